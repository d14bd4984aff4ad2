"""Sentence boundaries: each case is a text and the sentences expected of it."""

import random

import pytest

from ingestion.sentences import LONG, sentence_spans

CASES = {
    "plain": ("It works. It stays. Done!", ["It works.", "It stays.", "Done!"]),
    "titles": ("Mr. Li met Dr. Wu. They spoke.", ["Mr. Li met Dr. Wu.", "They spoke."]),
    "for example": ("Use a cable, e.g. The Long One, i.e. Type C.", ["Use a cable, e.g. The Long One, i.e. Type C."]),
    "number": ("See No. 5 and Art. 12 first. No. He left.", ["See No. 5 and Art. 12 first.", "No.", "He left."]),
    "company": (
        "Acme Inc. Boston pays. Ask Acme Inc. The fee is due.",
        ["Acme Inc. Boston pays.", "Ask Acme Inc.", "The fee is due."],
    ),
    "U.S.": ("The U.S. Army left the U.S. It was 1946.", ["The U.S. Army left the U.S.", "It was 1946."]),
    "initials": (
        "J. R. Smith signs. Take plan B. The rest waits.",
        ["J. R. Smith signs.", "Take plan B.", "The rest waits."],
    ),
    "decimals": (
        "Use 3.5 mm. Version 2.10.1 is out. Pay $1.50.",
        ["Use 3.5 mm.", "Version 2.10.1 is out.", "Pay $1.50."],
    ),
    "clause number": (
        "12.3.1 The Supplier shall pay. It may wait.",
        ["12.3.1 The Supplier shall pay.", "It may wait."],
    ),
    "clause number with stop": ("12.3. Term. It ends.", ["12.3. Term.", "It ends."]),
    "section": (
        "Section 4.2. Fees are due. See Section 4.2. The rest.",
        ["Section 4.2. Fees are due.", "See Section 4.2.", "The rest."],
    ),
    "not a number": ("Item sold. It is gone. Step aside. Go.", ["Item sold.", "It is gone.", "Step aside.", "Go."]),
    "numbers inside a line": ("It ends. 3. Term. It runs.", ["It ends.", "3. Term.", "It runs."]),
    "dots to a page": ("Fees ..... 12", ["Fees ..... 12"]),
    "chinese ellipsis": ("他走了……然后回来。", ["他走了……然后回来。"]),
    "year": ("It began in 2019. 5 people came.", ["It began in 2019.", "5 people came."]),
    "ellipsis": ("He waited... then left. And... No.", ["He waited... then left.", "And...", "No."]),
    "quote": ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
    "quote asked": ('"Really?" he asked. "Yes."', ['"Really?" he asked.', '"Yes."']),
    "bracket": ("(See page 3.) Next (if any) follows.", ["(See page 3.)", "Next (if any) follows."]),
    "note mark": ("It rained.[12] Then it stopped.", ["It rained.[12]", "Then it stopped."]),
    "file name": ("Open setup.exe and example.com now.", ["Open setup.exe and example.com now."]),
    "inner capital": ("Press OK. iOS asks again.", ["Press OK.", "iOS asks again."]),
    "lines": ("One line\nAnother. Two\n\n  Third ", ["One line", "Another.", "Two", "Third"]),
    "bullets": ("• Press OK.\n- Wait. Then go.\n1. Turn it on.", ["Press OK.", "Wait.", "Then go.", "1. Turn it on."]),
    "bullets in a line": ("Needed: • a pen • a cup", ["Needed:", "a pen", "a cup"]),
    "table row": ("E-104 | Pump blocked. Stop it. | Call us", ["E-104 | Pump blocked. Stop it. | Call us"]),
    "chinese": ("你好。你是谁？我很好！第一；第二。", ["你好。", "你是谁？", "我很好！", "第一；", "第二。"]),
    "chinese quote": ("他说：“走吧。”她笑了。（见下。）完", ["他说：“走吧。”", "她笑了。", "（见下。）", "完"]),
    "chinese corner quote": ("他說：「走吧！」我們走。", ["他說：「走吧！」", "我們走。"]),
    "chinese decimals": ("价格为3.5元。版本2.0发布。", ["价格为3.5元。", "版本2.0发布。"]),
    "chinese with western marks": ("真的吗?是的!好.走吧", ["真的吗?", "是的!", "好.", "走吧"]),
    "mixed": ("按 OK 键。Then wait. 然后重启。", ["按 OK 键。", "Then wait.", "然后重启。"]),
    "empty": (" \n\n ", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_sentences(text, expected):
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


def test_a_long_clause_is_cut_at_its_semicolons_and_enumerations():
    parts = [
        f"({letter}) the Supplier shall keep the records of part {letter} " + "and more " * 20 + "safe"
        for letter in "abcdef"
    ]
    text = "The parties agree that " + "; ".join(parts) + "."
    pieces = [text[start:end] for start, end in sentence_spans(text)]
    assert len(pieces) > 1
    assert all(len(piece) <= LONG for piece in pieces)
    assert all(piece.startswith("(") for piece in pieces[1:])
    assert "".join(text.split()) == "".join("".join(pieces).split())


def test_spans_are_ordered_and_hold_every_letter_of_random_text():
    generator = random.Random(7)
    for _ in range(300):
        text = "".join(generator.choices("ab A.B!? \n;；。“”()1.•|-…条", k=80))
        spans = sentence_spans(text)
        assert all(start < end for start, end in spans)
        assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))
        kept = "".join(text[start:end] for start, end in spans)
        assert [c for c in kept if c.isalnum()] == [c for c in text if c.isalnum()]
        assert all(text[start:end].strip() == text[start:end] for start, end in spans)


def test_a_code_after_its_abbreviation_belongs_to_the_sentence():
    text = "This Agreement No. HR-MS-2025-014 is made on 3 March 2025. See drawing No. AB-12. He said no. Then he left."
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "This Agreement No. HR-MS-2025-014 is made on 3 March 2025.",
        "See drawing No. AB-12.",
        "He said no.",
        "Then he left.",
    ]
