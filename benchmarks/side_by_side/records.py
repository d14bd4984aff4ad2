"""The records of `run.py` with what each is worth: of the ranking, and of the answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.side_by_side.score import Score, score
from benchmarks.side_by_side.sets import Gold

OURS = "pincite-default"
OUR_ANSWERS = "pincite-default, 135m-tuned"
"""What the answers are compared with: Pincite as installed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one system told of one set: the records of its questions, what each is worth, and what taking in cost."""

    records: dict[str, dict[str, Any]]
    scores: dict[str, Score]
    costs: list[dict[str, Any]]

    def values(self, what: str) -> dict[str, float]:
        """A field of the scores, of those questions that it applies to."""
        told = {key: getattr(one, what) for key, one in self.scores.items()}
        return {key: float(value) for key, value in told.items() if value is not None}

    def times(self, what: str) -> dict[str, float]:
        """A field of the records, of those questions that have it."""
        return {key: record[what] for key, record in self.records.items() if what in record}


def golds(path: Path) -> dict[str, Gold]:
    """The gold of a set by question."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        row["id"]: Gold(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in rows
    }


def answered(work: Path) -> dict[str, dict[str, Run]]:
    """The answers by set, and by system and model, Pincite's first."""
    models = sorted(path.name for path in (work / "runs").iterdir() if path.name != "retrieval")
    found: dict[str, dict[str, Run]] = {}
    for name, gold in _sets(work):
        runs = {
            f"{path.stem}, {model}": _run(_rows(path), gold)
            for model in models
            for path in sorted((work / "runs" / model / name).glob("*.jsonl"))
        }
        if runs:
            found[name] = {system: runs[system] for system in ordered(runs)}
    return found


def ranked(work: Path) -> dict[str, dict[str, Run]]:
    """The ranking by set and system, over the questions with an answer that every system of the set has a record of."""
    found: dict[str, dict[str, Run]] = {}
    for name, gold in _sets(work):
        able = {key: one for key, one in gold.items() if one.answers}
        paths = sorted((work / "runs" / "retrieval" / name).glob("*.jsonl"))
        read = {path.stem: _rows(path) for path in paths}
        runs = {system: rows for system, rows in read.items() if any("id" in row for row in rows)}
        held = [{row.get("id") for row in rows} for rows in runs.values()]
        common = {key: one for key, one in able.items() if all(key in keys for keys in held)}
        if runs and common:
            found[name] = {
                system: _run([row for row in runs[system] if row.get("id") in common], common)
                for system in sorted(runs)
            }
    return found


def ordered(systems: dict[str, Any]) -> list[str]:
    """The names of systems, Pincite as installed first, then Pincite otherwise."""
    return sorted(systems, key=lambda name: (name != OUR_ANSWERS, not name.startswith(OURS), name))


def _sets(work: Path) -> list[tuple[str, dict[str, Gold]]]:
    return [(path.stem, golds(path)) for path in sorted((work / "gold").glob("*.json"))]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _run(rows: list[dict[str, Any]], gold: dict[str, Gold]) -> Run:
    told = {row["id"]: row for row in rows if "id" in row}
    order = {key: at for at, key in enumerate(gold)}
    records = {key: told[key] for key in sorted(told, key=lambda key: order[key])}  # the bootstrap draws by place
    scores = {key: score(record, gold[key]) for key, record in records.items()}
    return Run(records, scores, [row for row in rows if "id" not in row])
