"""What a run writes down about each question, one line of its `records.jsonl`, and how it is read again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UsageError

RECORDS = "records.jsonl"


@dataclass(frozen=True, slots=True)
class Found:
    """A passage of the ranking, best first: its document, its characters start..end, its page from 1, its score.

    `also_in` names the documents whose near-identical passage was folded into it. `gold` says whether it stands at a
    gold place. `heading` is its heading path and `text` how it begins, of those that a report shows.
    """

    document: str
    start: int
    end: int
    page: int | None
    score: float
    also_in: tuple[str, ...] = ()
    gold: bool = False
    heading: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One figure of one question, and why it is that. `value` is None where the figure says nothing about the
    question, as page accuracy where no page is known."""

    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """One question of a run.

    `answer` is the Answer as JSON, None where only the ranking was asked for. `confidence` is the probability, 0 to
    1, that the evidence holds the answer. `evidence` are the quotes that are shown where that is enough, as sentences
    with their citations. `timings` are seconds and tokens by name. `scores` are the figures by name. `files` are where
    the PDFs that it names lie, by document. `error` says why asking it failed, and then there is nothing else; "" where
    it did not.
    """

    id: str
    ranking: tuple[Found, ...] = ()
    answer: Mapping[str, Any] | None = None
    confidence: float | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    error: str = ""


def to_line(record: Record) -> str:
    """The record as one line of JSON, with its end of line."""
    return json.dumps(asdict(record), ensure_ascii=False, allow_nan=False) + "\n"


def from_line(line: str) -> Record:
    """The inverse of `to_line`. Raises ValueError, KeyError or TypeError for what is no record."""
    values = json.loads(line)
    return Record(
        values["id"],
        tuple(map(_found, values["ranking"])),
        values["answer"],
        values["confidence"],
        tuple(values["evidence"]),
        values["timings"],
        {name: Score(**score) for name, score in values["scores"].items()},
        values.get("files", {}),
        values.get("error", ""),
    )


def _found(values: Mapping[str, Any]) -> Found:
    return Found(**{**values, **{name: tuple(values.get(name, ())) for name in ("also_in", "heading")}})


def read_records(folder: Path) -> dict[str, Record]:
    """The records of a run's folder by question id, in their order. Raises UsageError naming the line."""
    path = folder / RECORDS
    if not path.is_file():
        raise UsageError(
            f"Reading a run: {folder} holds no {RECORDS}. `pincite evaluate FILE --run {folder}` makes one."
        )
    records = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                record = from_line(line)
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(
                    f"Reading {path}, line {number}: it is no record ({error}). Evaluate again: it goes on from there."
                ) from error
            records[record.id] = record
    return records


def values(records: Mapping[str, Record], figure: str, ids: Sequence[str] | None = None) -> dict[str, float]:
    """The values of one figure by question id, without the questions that it says nothing about; of `ids`, or all."""
    found = {}
    for key in records if ids is None else ids:
        score = records[key].scores.get(figure)
        if score is not None and score.value is not None:
            found[key] = score.value
    return found
