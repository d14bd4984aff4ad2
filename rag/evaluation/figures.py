"""The figures of a run out of its records: means with intervals, slices, risk and coverage, calibration, seconds."""

from __future__ import annotations

import math
import statistics as plain
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from rag.evaluation import classification
from rag.evaluation.questions import Question
from rag.evaluation.records import Record
from rag.evaluation.scores import FIGURES
from rag.evaluation.statistics import calibration_error, mean_interval, nearest_rank, reliability, risk_coverage

Json: TypeAlias = dict[str, Any]

SLICES: Mapping[str, Callable[[Question], str]] = {
    "language": lambda question: question.language,
    "document type": lambda question: question.document_type,
    "kind": lambda question: question.kind,
}
POINTS = 200
"""Points of a curve that are kept at most."""


def summarised(questions: Sequence[Question], records: Mapping[str, Record], cost: float = classification.COST) -> Json:
    """All figures of a run, as its figures.json holds them; but for "seconds", the same records give the same.

    A figure that no question has a value of is left out; what needs answers is None where none were asked for.
    Questions that failed are counted, and are in no figure. `cost` is what an invented answer costs, in needless
    refusals.
    """
    done = [question for question in questions if question.id in records and not records[question.id].error]
    answerable = sum(question.answerable for question in done)
    return {
        "questions": len(done),
        "answerable": answerable,
        "unanswerable": len(done) - answerable,
        "drafts": sum(question.draft for question in done),
        "failed": sum(bool(record.error) for record in records.values()),
        "figures": _means(done, records),
        "slices": {name: sliced for name in SLICES if (sliced := _slices(done, records, name))},
        "answerability": _answerability(done, records, classification.costs(cost)),
        "risk_coverage": _risk(done, records),
        "calibration": _calibration(done, records),
        "seconds": _seconds(done, records),
    }


def valued(questions: Sequence[Question], records: Mapping[str, Record], figure: str) -> dict[str, float]:
    """The values of one figure by question id, without the questions that it says nothing about."""
    return {
        question.id: score.value
        for question in questions
        if (score := records[question.id].scores.get(figure)) is not None and score.value is not None
    }


def _means(questions: Sequence[Question], records: Mapping[str, Record]) -> Json:
    found: Json = {}
    for figure in FIGURES:
        if values := list(valued(questions, records, figure).values()):
            interval = mean_interval(values)
            found[figure] = {
                "value": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                "count": interval.count,
            }
    return found


def _slices(questions: Sequence[Question], records: Mapping[str, Record], name: str) -> Json:
    parts: dict[str, list[Question]] = {}
    for question in questions:
        parts.setdefault(SLICES[name](question) or "none", []).append(question)
    if len(parts) < 2:
        return {}
    return {
        part: {"questions": len(members), "figures": _means(members, records)}
        for part, members in sorted(parts.items())
    }


def judged(questions: Sequence[Question], records: Mapping[str, Record]) -> tuple[list[float], list[bool]]:
    """The confidence of each question, and whether the answer that it stands for, were it given, would be wrong.

    An answer to a question that the documents do not answer always is. Questions that cannot be judged are left out.
    """
    sure: list[float] = []
    wrong: list[bool] = []
    for question in questions:
        record = records[question.id]
        score = record.scores.get("evidence")
        known = not question.answerable or (score is not None and score.value is not None)
        if record.confidence is None or not known:
            continue
        sure.append(record.confidence)
        wrong.append(not question.answerable or score is None or score.value != 1.0)
    return sure, wrong


def _risk(questions: Sequence[Question], records: Mapping[str, Record]) -> Json | None:
    sure, wrong = judged(questions, records)
    if not sure:
        return None
    curve = risk_coverage(sure, wrong)
    points = list(zip(curve.coverage, curve.risk, curve.thresholds, strict=True))
    step = math.ceil(len(points) / POINTS)
    kept = [point for at, point in enumerate(points) if at % step == 0 or at == len(points) - 1]
    keys = ("coverage", "risk", "threshold")
    return {
        "area": curve.area,
        "questions": len(sure),
        "points": [dict(zip(keys, point, strict=True)) for point in kept],
    }


def _calibration(questions: Sequence[Question], records: Mapping[str, Record]) -> Json | None:
    sure, wrong = judged(questions, records)
    if not sure:
        return None
    right = [not each for each in wrong]
    return {"error": calibration_error(sure, right), "bins": [asdict(part) for part in reliability(sure, right)]}


def _answerability(
    questions: Sequence[Question], records: Mapping[str, Record], costs: Mapping[tuple[str, str], float]
) -> Json | None:
    """Answering and refusing as a classification of the questions; the areas are those of the confidence."""
    asked = [question for question in questions if records[question.id].answer is not None]
    if not asked:
        return None
    able, unable = classification.ANSWERABILITY
    true = [able if question.answerable else unable for question in asked]
    taken = [able if _answered(records[question.id]) else unable for question in asked]
    found = classification.classified(true, taken, classification.ANSWERABILITY)
    sure = [records[question.id].confidence or 0.0 for question in asked]
    both = classification.areas([question.answerable for question in asked], sure)
    return {
        **asdict(found),
        "roc_auc": both and both[0],
        "pr_auc": both and both[1],
        "cost": found.cost(costs),
        "costs": [{"is": true, "taken_for": taken, "cost": cost} for (true, taken), cost in costs.items()],
    }


def _answered(record: Record) -> bool:
    return record.answer is not None and record.answer["status"] == "answered"


def _seconds(questions: Sequence[Question], records: Mapping[str, Record]) -> Json:
    names = dict.fromkeys(name for question in questions for name in records[question.id].timings)
    found: Json = {}
    for name in names:
        values = [records[each.id].timings[name] for each in questions if name in records[each.id].timings]
        found[name] = {
            "median": plain.median(values),
            "p95": nearest_rank(values, 0.95),
            "count": len(values),
        }
    return found
