"""Passages follow the document: small documents built block by block, and random ones for what must always hold."""

import random

import pytest

from core.errors import SettingsError
from core.types import Block, Box, Document
from ingestion.passages import PassageSettings, split

SMALL = PassageSettings(target=100, maximum=150)


def document(*parts, page_starts=(), boxes=()):
    """A document of (kind, text) or (kind, text, level or header rows) parts, one after another, a line each."""
    text, blocks = "", []
    for kind, content, *number in parts:
        start = len(text)
        text += content
        extra = {"level": number[0]} if kind == "heading" else {"header_rows": number[0]} if number else {}
        if kind != "gap":
            blocks.append(Block(kind, start, len(text), **extra))
        text += "\n"
    return Document("d.txt", "text/plain", text, "0", tuple(page_starts), tuple(blocks), tuple(boxes))


def texts(passages):
    return [passage.text for passage in passages]


def test_small_blocks_under_one_heading_are_one_passage_with_its_path():
    passages = split(
        document(
            ("heading", "Care", 1), ("heading", "Cleaning  the\nlens", 2), ("text", "Use a cloth."), ("text", "Dry it.")
        )
    )
    assert texts(passages) == ["Use a cloth.\nDry it."]
    assert passages[0].heading == ("Care", "Cleaning the lens")


def test_a_passage_never_crosses_a_heading():
    passages = split(
        document(("text", "Before."), ("heading", "A", 1), ("text", "In A."), ("heading", "B", 1), ("text", "In B."))
    )
    assert [(p.text, p.heading) for p in passages] == [("Before.", ()), ("In A.", ("A",)), ("In B.", ("B",))]


def test_a_heading_closes_those_as_deep_as_itself():
    passages = split(
        document(
            ("heading", "1", 1),
            ("heading", "1.1", 2),
            ("text", "a"),
            ("heading", "1.2", 2),
            ("text", "b"),
            ("heading", "2", 1),
            ("text", "c"),
        )
    )
    assert [p.heading for p in passages] == [("1", "1.1"), ("1", "1.2"), ("2",)]


def test_long_text_is_cut_where_sentences_end():
    sentences = [f"Sentence number {n} says a thing of some length." for n in range(6)]
    passages = split(document(("text", " ".join(sentences))), SMALL)
    assert texts(passages) == [" ".join(sentences[n : n + 2]) for n in (0, 2, 4)]


def test_a_remnant_joins_its_neighbour():
    body = "x" * 45 + ". " + "Y" * 45 + "."
    assert texts(split(document(("text", body), ("text", "The end.")), SMALL)) == [body + "\nThe end."]


def test_chinese_counts_three_letters_a_character():
    sentence = "合同终止后供应商应当退还全部款项。"
    passages = split(document(("text", sentence * 4)), SMALL)
    assert texts(passages) == [sentence * 2, sentence * 2]


def test_a_table_that_fits_stays_whole():
    table = "Code | Meaning\n" + "\n".join(f"E-{n} | Fault {n}" for n in range(9))
    passages = split(document(("table", table, 1)), SMALL)
    assert [(p.text, p.header) for p in passages] == [(table, "")]


def test_a_large_table_is_split_by_row_and_each_part_knows_the_header():
    rows = [f"E-{n} | Fault number {n} of pump" for n in range(8)]
    passages = split(
        document(("text", "Faults:"), ("table", "Code | Meaning\n" + "\n".join(rows), 1), ("text", "End.")), SMALL
    )
    assert [(p.text, p.header) for p in passages] == [
        ("Faults:", ""),
        ("Code | Meaning\n" + "\n".join(rows[:3]), ""),
        ("\n".join(rows[3:6]), "Code | Meaning"),
        ("\n".join(rows[6:]), "Code | Meaning"),
        ("End.", ""),
    ]
    assert passages[2].indexed_text.startswith("Code | Meaning\nE-3 |")


def test_a_list_keeps_the_line_that_introduces_it():
    filler = "This text stands before it and fills the passage up to a good part of its target."
    items = ["- the first thing", "- the second thing", "- the third thing"]
    passages = split(document(("text", filler), ("text", "You need:"), *(("item", item) for item in items)), SMALL)
    assert texts(passages) == [filler, "You need:\n" + "\n".join(items)]


def test_code_is_kept_whole():
    code = "\n".join(f"line_{n}()" for n in range(14))
    assert texts(split(document(("text", "Run this."), ("code", code)), SMALL)) == ["Run this.\n" + code]


def test_a_heading_with_nothing_under_it_is_a_passage():
    passages = split(
        document(("heading", "A", 1), ("heading", "A.1", 2), ("heading", "A.2", 2), ("heading", "B", 1), ("text", "b"))
    )
    assert [(p.text, p.heading) for p in passages] == [("A.1\nA.2", ("A",)), ("b", ("B",))]
    assert texts(split(document(("text", "t"), ("heading", "Last", 1)))) == ["t", "Last"]


def test_without_blocks_lines_and_sentences_are_kept():
    lines = [f"Line {n} of a plain text, which says something." for n in range(4)]
    passages = split(Document("n.txt", "text/plain", "\n\n".join(lines), "0"), SMALL)
    assert texts(passages) == ["\n\n".join(lines[:2]), "\n\n".join(lines[2:])]


def test_text_between_blocks_is_not_lost():
    assert texts(split(document(("text", "One."), ("gap", "Two."), ("text", "Three.")))) == ["One.\nTwo.\nThree."]


def test_page_and_boxes_are_those_of_the_passage():
    boxes = [Box(0, 9, 1, 10, 700, 90, 712), Box(10, 20, 1, 10, 680, 90, 692), Box(21, 30, 2, 10, 700, 90, 712)]
    passages = split(
        document(
            ("text", "First one\nsecond row"),
            ("heading", "Head two.", 1),
            ("text", "third"),
            page_starts=(0, 21),
            boxes=boxes,
        )
    )
    assert [(p.page, p.boxes) for p in passages] == [(1, tuple(boxes[:2])), (2, ())]


def test_one_endless_word_is_cut_at_the_maximum():
    passages = split(document(("text", "x" * 1000)), SMALL)
    assert "".join(texts(passages)) == "x" * 1000
    assert max(len(p.text) for p in passages) <= SMALL.maximum


def test_nothing_gives_no_passages():
    assert split(Document("e.txt", "text/plain", " \n ", "0")) == []


@pytest.mark.parametrize(("target", "maximum"), [(99, 150), (200, 100)])
def test_settings_that_cannot_be(target, maximum):
    with pytest.raises(SettingsError, match=f"target is {target} and maximum is {maximum}"):
        PassageSettings(target, maximum)


def random_document(generator):
    parts = []
    for _ in range(generator.randrange(12)):
        kind = generator.choice(["heading", "text", "text", "item", "table", "code", "gap"])
        words = ["word", "Stop.", "合同终止。", "a | b", "\n", "x" * 60, "e.g.", "；", "(a)"]
        content = " ".join(generator.choices(words, k=generator.randrange(1, 40)))
        if kind == "heading":
            parts.append((kind, " ".join(content.split()[:3]) or "H", generator.randrange(1, 4)))
        else:
            parts.append((kind, content, generator.randrange(3)) if kind == "table" else (kind, content))
    return document(*parts)


def test_every_character_but_headings_is_in_exactly_one_passage():
    generator = random.Random(11)
    for _ in range(300):
        made = random_document(generator)
        passages = split(made, SMALL)
        count = [0] * len(made.text)
        for passage in passages:
            assert passage.text == made.text[passage.start : passage.end] == passage.text.strip() != ""
            for offset in range(passage.start, passage.end):
                count[offset] += 1
        headings = {o for block in made.blocks if block.kind == "heading" for o in range(block.start, block.end)}
        for offset, character in enumerate(made.text):
            if not character.isspace():
                assert count[offset] <= 1 if offset in headings else count[offset] == 1
        found = "\n".join(" ".join((*p.heading, p.text)) for p in passages)
        for _, title, _ in made.outline:
            assert " ".join(title.split()) in " ".join(found.split())


def test_no_passage_is_over_the_maximum():
    generator = random.Random(12)
    for _ in range(200):
        for passage in split(random_document(generator), SMALL):
            han = sum("\u3400" <= character <= "\u9fff" for character in passage.text)
            assert len(passage.text) + 2 * han <= SMALL.maximum + 20  # white space between joined pieces
