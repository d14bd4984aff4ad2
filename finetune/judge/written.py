"""Questions and claims written for Pincite about passages of the public sets: such as are asked of manuals, contracts,
reports and articles in everyday words, and such as sound as if the passage answered them, and it does not.

WRITTEN/LANGUAGE.jsonl has one passage a line, by the hash of its text, since the texts themselves stay in their sets:
`{"passage", "source", "asked": [[question, start, end], [question], ...], "twins": [question, ...],
"claims": [[label, claim, start, end], ...]}`. Where a question has an answer, its place in the passage is named. Twins
are what questions with an answer became when a word or two were changed so that the passage answers them no more. A
claim is entailed ("E"), contradicted ("C") or left open ("N") by the stretch that is named, and by the passage.
Passages that are not found in the sets any more, cut otherwise since, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from finetune.judge.examples import Example
from finetune.judge.manuals import sections
from finetune.judge.readers import PREMISE, Sourced, hashed, lines, table
from finetune.judge.windows import nearest
from ingestion.passages import split
from ingestion.readers import read_file
from rag.judge.passages import headed

WRITTEN = Path(__file__).parent / "written"
ZOO = "06_file_zoo"
MANUALS = ("Galaxy_Fit", "Galaxy_Tab_S6")
LABEL = {"E": "entailment", "C": "contradiction", "N": "neutral"}
SHORTEST, LONGEST = 150, 1500
"""Characters of a passage that was written about."""


def written(data: Path, language: str, rows: Sequence[Sourced]) -> Iterator[Sourced]:
    """The written questions of `language` with their passages: those of `rows` and, in English, of whole documents."""
    for record, passage in _found(data, language, rows):
        yield from _questions(record, passage, language)


def written_claims(data: Path, language: str, rows: Sequence[Sourced]) -> Iterator[Sourced]:
    """The written claims of `language`, each against its stretch and once more against its passage."""
    for record, passage in _found(data, language, rows):
        document = f"written:{record['passage']}"
        for number, (label, claim, start, end) in enumerate(record.get("claims", ())):
            for name, premise in (("", passage[start:end]), (":whole", nearest(passage, claim, PREMISE[language]))):
                name = f"{document}:claim-{number}{name}"
                kind = "written-claim"
                example = Example(
                    name, "entailment", claim, premise, LABEL[label], None, None, kind, "written", language
                )
                yield Sourced(example, document)


def _found(data: Path, language: str, rows: Sequence[Sourced]) -> Iterator[tuple[dict[str, Any], str]]:
    """What was written about each passage that is found, with the passage."""
    texts = {hashed(row.example.passage): row.example.passage for row in rows if row.example.task != "entailment"}
    if language == "en":
        texts |= {hashed(text): text for text in documents(data)}
    for record in lines(WRITTEN / f"{language}.jsonl"):
        passage = texts.get(record["passage"])
        if passage is not None:
            yield record, passage


def _questions(record: dict[str, Any], passage: str, language: str) -> Iterator[Sourced]:
    document = f"written:{record['passage']}"
    asked = [(*one, "written" if one[1:] else "written-unanswerable") for one in record["asked"]]
    asked += [(twin, "written-twin") for twin in record.get("twins", ())]
    for number, (question, *place, kind) in enumerate(asked):
        start, end = place or (None, None)
        label = "answerable" if place else "unanswerable"
        example = Example(
            f"{document}:{number}", "span", question, passage, label, start, end, kind, "written", language
        )
        yield Sourced(example, document, (passage[start:end],) if place else ())


def documents(data: Path) -> Iterator[str]:
    """Passages of handbooks, reports of agencies, standard contracts and manuals, as a judge is shown them; of the
    manuals no section that the one developed with has too, so that the questions about those fall away."""
    zoo = data / ZOO
    files = [*zoo.glob("postgresql15_html/*.html"), *zoo.glob("pdf_us_gov/*.pdf"), *zoo.glob("md_commonpaper/*.md")]
    for path in sorted(files):
        for read in read_file(path, path.name):
            yield from (headed(passage)[0] for passage in split(read.document))
    yield from (section.passage for section in sections(data, MANUALS))
    yield from _guidelines(table(data / "08_support_finetune" / "abcd" / "guidelines.json"))


def _guidelines(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The instructions to a support desk's agents, those of one case as a passage under its name."""
    if isinstance(node, dict):
        parts = [((*path, key), one) for key, one in node.items()]
    else:
        parts = [(path, one) for one in node]
    said = [one for _, one in parts if isinstance(one, str)]
    if sum(map(len, said)) > SHORTEST:
        yield (" / ".join(path[-2:]) + "\n" + "\n".join(said))[:LONGEST]
    for under, one in parts:
        if isinstance(one, (dict, list)):
            yield from _guidelines(one, under)
