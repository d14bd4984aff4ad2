"""The questions and documents of one set as a job for a peer, and its gold in a file of its own.

    python -m benchmarks.side_by_side.sets --data DATA --work WORK squad2 cmrc --n 30 --documents 40

A job is what a peer sees: documents and questions. WORK/gold/NAME.json holds what only the scorer reads. Questions of
a conversation are asked as they stand, without what was said before, of every system alike; and every system searches
all documents of the set, but for the sets of ALONE.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import answer_sets
from benchmarks.answer_sets import AnswerSet, load
from benchmarks.answers import reduced
from benchmarks.side_by_side.readers import READERS

SETS = answer_sets.SETS | READERS
PARTED = frozenset({"lawbench"})
"""Sets whose answers are often several spans in one text."""
CLAUSES = frozenset({"contracts"})
"""Sets whose answers are clauses, of which some of one is enough."""
ALONE = frozenset({"contracts"})
"""Sets of which each question is asked of its own documents alone; of all others each is of all documents."""


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right for one question. `answers` is empty where the documents do not hold the answer; `places` are the
    texts of the right places where those are less than a document; `literal` says that an answer stands word for word
    in the documents, `parted` that it is several such texts with commas between, `clauses` that it is a clause."""

    id: str
    answers: tuple[str, ...]
    documents: tuple[str, ...]
    places: tuple[str, ...]
    literal: bool
    parted: bool = False
    clauses: bool = False


def job(measured: AnswerSet) -> dict[str, object]:
    """What a peer sees."""
    return {
        "name": measured.name,
        "language": measured.language,
        "documents": [{"name": name, "text": text} for name, text in measured.texts.items()],
        "questions": [
            {"id": case.id, "question": case.question} | ({"within": case.within} if measured.name in ALONE else {})
            for case in measured.cases
        ],
    }


def gold(measured: AnswerSet) -> list[Gold]:
    """What the scorer reads, in the job's order."""
    sections = {name: _sections(text) for name, text in measured.texts.items()}
    return [
        Gold(
            case.id,
            case.gold,
            case.documents,
            (
                *(sections[name].get(heading, "") for name in case.documents for heading in case.headings),
                *case.places,
            ),
            measured.spans,
            measured.name in PARTED,
            measured.name in CLAUSES,
        )
        for case in measured.cases
    ]


def _sections(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in ("\n" + text).split("\n# ")[1:]:
        heading, _, body = part.partition("\n")
        found[heading.strip()] = f"{found.get(heading.strip(), '')}\n{body.strip()}".strip()
    return found


def main() -> None:
    """Write the jobs and the gold of the sets named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", choices=SETS)
    parser.add_argument("--data", type=Path, required=True, help="the folder with DEV_SPLIT.json")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--n", type=int, default=30, help="questions a set, the same ones each time")
    parser.add_argument("--documents", type=int, default=40, help="documents a set, those of the questions among them")
    asked = parser.parse_args()
    for kind in ("jobs", "gold"):
        (asked.work / kind).mkdir(parents=True, exist_ok=True)
    for name in asked.sets:
        measured = reduced(load(asked.data, name, sets=SETS), asked.n, asked.documents)
        kept = {"jobs": job(measured), "gold": [asdict(one) for one in gold(measured)]}
        for kind, content in kept.items():
            told = json.dumps(content, ensure_ascii=False, indent=1)
            (asked.work / kind / f"{name}.json").write_text(told, encoding="utf-8")
        print(f"{name}: {len(measured.texts)} documents, {len(measured.cases)} questions")


if __name__ == "__main__":
    main()
