"""The sentences of public documents that claims are made of, each with what stands around it."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from finetune.judge.chinese_claims import simplified
from finetune.judge.held import held
from finetune.judge.manuals import SISTERS, sections
from finetune.judge.readers import DRCD, SQUAD2, TRAINING, dev_items, document_of, lines, named, table
from finetune.judge.swaps import Said
from ingestion.sentences import sentence_spans

LENGTHS = {"en": (40, 420), "zh": (12, 160)}
"""Characters of a sentence that claims are made of, at least and at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence with the sentences around it; `document` groups what must not be on both sides of a split, `title`
    names what the sentence is about, if anything does."""

    source: str
    document: str
    sentence: str
    before: str
    after: str
    near: tuple[str, ...]
    rules: bool = False
    title: str = ""

    @property
    def said(self) -> Said:
        """The sentence as the changes take it."""
        return Said(self.sentence, self.near, self.rules)


def places(data: Path, language: str, dice: random.Random) -> list[Place]:
    """The sentences that claims are made of, the sources taking turns, so that each has its part."""
    shuffled: list[list[Place]] = []
    for source in (_english(data) if language == "en" else _chinese(data)).values():
        found = list(chain.from_iterable(_places(*one, language=language) for one in source))
        dice.shuffle(found)
        shuffled.append(found)
    return [place for turn in zip_longest(*shuffled) for place in turn if place is not None]


Text = tuple[str, str, str, str, bool]
"""A source; a document, called as its questions call it (`finetune.judge.held`); what names it to a reader, if anything
does; one of its texts; and whether that lays down what shall be done."""


def _english(data: Path) -> dict[str, list[Text]]:
    contracts: list[Text] = []
    for contract in lines(data / "01_contracts_cuad" / "cuad_qa.jsonl"):
        if contract["split"] == "train":
            text = (data / "01_contracts_cuad" / contract["contract_txt"]).read_text(encoding="utf-8")
            document = f"cuad:{contract['contract_txt']}"
            contracts += [("cuad", document, "", piece, True) for piece in _pieces(text)]
    manuals = [
        ("manuals", named("written", one.passage), one.title, "\n".join(one.lines), True)
        for one in sections(data, sorted(path.stem for path in (data / SISTERS).glob("*.json")))
    ]
    told = [
        ("tatqa", _report(report), "", "\n".join(part["text"] for part in report["paragraphs"]), False)
        for kept_back in (False, True)
        for report in reports(data, kept_back)
    ]
    return {
        "cuad": contracts,
        "more-cuad": contracts,
        "manuals": manuals,
        "squad2": _articles(data, SQUAD2),
        "wiki": _contexts(data, "qa_squadshifts_new_wiki"),
        "tatqa": told,
        "qed": _contexts(data, "qa_qed_dev"),
        "covid": _contexts(data, "qa_covidqa_windows"),
    }


def reports(data: Path, kept_back: bool) -> list[dict[str, Any]]:
    """The financial reports to train on, or those held out."""
    dev = dev_items(data, "10_finance_qa/tatqa")
    every = table(data / "10_finance_qa" / "tatqa" / "tatqa_dataset_dev.json")
    return [one for one in every if one["table"]["uid"] not in dev and held(_report(one)) == kept_back]


def _report(report: dict[str, Any]) -> str:
    return f"tatqa:{report['table']['uid']}"


def _chinese(data: Path) -> dict[str, list[Text]]:
    # The judge meets Traditional and Simplified characters, so every other article is given in either.
    drcd = [
        (source, document, title, simplified(text) if is_simplified(title) else text, rules)
        for source, document, title, text, rules in _articles(data, DRCD)
    ]
    return {
        "drcd": drcd,
        "squad": _contexts(data, "qa_zh_chinesesquad2_dev"),
        "law": _law(data, "lawbench_1-1_statute_recitation.jsonl", "answer"),
        "rulings": _law(data, "lawbench_2-5_reading_comprehension.jsonl", "question"),
    }


def is_simplified(title: str) -> bool:
    """Whether a Traditional article is given in Simplified characters: one in two."""
    return hashlib.sha256(title.encode()).digest()[1] % 2 == 0


def _law(data: Path, file: str, field: str) -> list[Text]:
    dev = dev_items(data, file)
    return [
        (
            "lawbench",
            f"lawbench:{item['id']}",
            "",
            re.sub(r"^(?:答案|段落)[:：]", "", item[field].partition("问题:")[0]),
            field == "answer",
        )
        for item in lines(data / "04_chinese_qa" / "lawbench" / file)
        if item["id"] not in dev
    ]


def _contexts(data: Path, source: str) -> list[Text]:
    documents = {item["context"]: document_of(source, item) for item in lines(data / TRAINING / f"{source}.jsonl")}
    return [(source, document, "", _joined(context), False) for context, document in documents.items()]


def _joined(text: str) -> str:
    """Text that was cut into words put together again: "1995 ." as "1995."."""
    return re.sub(r"(?<=[(“]) ", "", re.sub(r" (?=[,.;:!?)%”]|['’]s\b|n['’]t\b)", "", text))


def _articles(data: Path, file: str) -> list[Text]:
    dev, source = dev_items(data, Path(file).name), Path(file).stem
    return [
        (source, f"{source}:{article['title']}", article["title"], paragraph["context"], False)
        for article in table(data / file)["data"]
        if article["title"] not in dev
        for paragraph in article["paragraphs"]
    ]


def _pieces(text: str) -> list[str]:
    """A long text in stretches of some thousand characters, cut between sentences, so that names stay near."""
    pieces: list[str] = [""]
    for start, end in sentence_spans(text):
        pieces[-1] += f" {' '.join(text[start:end].split())}"
        if len(pieces[-1]) > 3000:
            pieces.append("")
    return pieces


def _places(source: str, document: str, title: str, text: str, rules: bool, *, language: str) -> Iterator[Place]:
    sentences = [" ".join(text[start:end].split()).lstrip(",，；; ") for start, end in sentence_spans(text)]
    least, most = LENGTHS[language]
    for at, sentence in enumerate(sentences):
        if least <= len(sentence) <= most and _whole(sentence, language):
            before = sentences[at - 1] if at else ""
            after = sentences[at + 1] if at + 1 < len(sentences) else ""
            near = tuple(other for other in sentences[max(0, at - 8) : at + 9] if other != sentence)
            yield Place(source, document, sentence, before[-most:], after[:most], near, rules, title)


def _whole(sentence: str, language: str) -> bool:
    """Whether it reads as a sentence: begins and ends as one, with more words than figures and marks."""
    if language == "zh":
        return sentence[-1] in "。；;！”」" and len(re.findall("[一-鿿]", sentence)) > 0.6 * len(sentence)
    letters = sum(character.isalpha() for character in sentence)
    begins = sentence[0].isupper() or sentence[0] in '"“('
    ends = sentence[-1] in '.;"”' and sentence.count("(") == sentence.count(")")
    return bool(begins and ends and letters > 0.72 * len(sentence) and not _LITTER.search(sentence))


_LITTER = re.compile(
    r"\*\*|\[\*|__|Source:|Confidential|CONFIDENTIAL|\bPage \d|[A-Z]{4,} [A-Z]{4,} [A-Z]{4,}| \d+(?:\.\d+)*\.$|\|"
)
"""What page heads, blanks and numbers of clauses leave in a sentence."""
