"""The side by side's tables and plots, from records made by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.side_by_side.plots import Bar, Point, cited_bars, draw, drawn_bars, drawn_waits, ranked_bars, waits
from benchmarks.side_by_side.records import answered, ranked
from benchmarks.side_by_side.table import (
    answers,
    answers_summary,
    costs,
    ranking_summary,
    rankings,
    waits_summary,
)

RED = {"answer": "It is red.", "sources": [["a", "red"]], "ranking": []}
GREEN = {"answer": "It is green.", "sources": [["a", "red"]], "ranking": []}
NONE = {"answer": "Not found", "sources": [], "ranking": []}


def _kept(work: Path, gold: dict[str, list[str]], runs: dict[str, list[dict[str, Any]]]) -> Path:
    """The gold of a set called own, its answers by question, and runs by MODEL/SYSTEM."""
    (work / "gold").mkdir()
    rows = [
        {"id": key, "answers": given, "documents": ["a"], "places": [], "literal": True} for key, given in gold.items()
    ]
    (work / "gold" / "own.json").write_text(json.dumps(rows), encoding="utf-8")
    for name, records in runs.items():
        model, _, system = name.partition("/")
        path = work / "runs" / model / "own" / f"{system}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return work


def test_the_ranking_is_over_the_questions_that_all_have_a_record_of(tmp_path: Path) -> None:
    right, wrong = [["a", "red"]], [["a", "blue"]]
    keys = [f"{number}" for number in range(7)]
    ours = [{"index_s": 1.0}, *({"id": key, "ranking": right} for key in keys)]
    theirs = [{"id": key, "ranking": wrong} for key in keys[:6]]
    runs = {"retrieval/pincite-default": ours, "retrieval/langchain-default": theirs}
    found = ranked(_kept(tmp_path, {key: ["red"] for key in keys}, runs))
    told = rankings(found).splitlines()
    assert told[0] == "own, 6 questions:"
    assert told[4:] == [
        "| langchain-default | 0.00 | 0.00 | 0.00 | 0.000 | +1.000 (+1.000 to +1.000) |",
        "| pincite-default | 1.00 | 1.00 | 1.00 | 1.000 |  |",
    ]
    assert ranking_summary(found).splitlines() == [
        "| set (questions) | pincite-default | langchain-default |",
        "| --- | --: | --: |",
        "| own (6) | 1.000 | **0.000** |",
    ]
    bars = [Bar("own, langchain-default", 0.0, 0.0, 0.0), Bar("own, pincite-default", 1.0, 1.0, 1.0)]
    assert ranked_bars(found) == bars
    assert drawn_bars(bars).count("<rect") == 3


def test_a_row_of_answers_counts_and_weighs(tmp_path: Path) -> None:
    cost = {"prompt_tokens": 100, "first_work_s": 1.5, "work_s": 2.0}
    told = [{"id": "1", **RED, **cost}, {"id": "2", **NONE, "work_s": 0.5}, {"id": "3", **NONE, "error": "Timeout"}]
    work = _kept(tmp_path, {"1": ["red"], "2": [], "3": ["red"]}, {"135m/langchain-best": told})
    lines = answers(answered(work)).splitlines()
    counts = "1 of 2 | 1 of 2 | 0 of 1 | 0 of 2 | 1.5 (slowest 1.5) | 1.2 (slowest 2.0) | 100"
    assert lines[0] == "own:"
    assert lines[4:] == [
        f"| langchain-best, 135m | {counts} |  |",
        "",
        "Failed questions of own: langchain-best, 135m: 1.",
    ]


@pytest.mark.parametrize(
    ("count", "told"), [(19, "9.0 (slowest 18.0)"), (20, "9.5 (p95 18.0)"), (40, "19.5 (p95 37.0)")]
)
def test_of_few_questions_the_slowest_is_told(tmp_path: Path, count: int, told: str) -> None:
    keys = {f"{number}": ["red"] for number in range(count)}
    records = [{"id": key, **RED, "first_work_s": float(key)} for key in keys]
    work = _kept(tmp_path, keys, {"135m/langchain-best": records})
    assert answers(answered(work)).splitlines()[4].split(" | ")[5] == told


def test_answers_are_compared_with_pincite_on_the_questions_that_both_were_asked(tmp_path: Path) -> None:
    able = [f"{number}" for number in range(6)]
    gold = {key: ["red"] for key in able} | {f"u{key}": [] for key in able} | {"more": ["blue"]}
    quick = {"first_work_s": 0.5, "work_s": 1.0}
    ours = [{"id": key, **(RED if key in able else NONE), **quick} for key in gold if key != "more"]
    theirs = [{"id": key, **GREEN, "first_work_s": 2.0, "work_s": 3.0} for key in gold]
    few = [{"id": key, **GREEN, "first_work_s": 2.0, "work_s": 3.0} for key in (*able[:5], "more")]
    runs = {"135m-tuned/pincite-default": ours, "135m/langchain-best": theirs, "135m/txtai-best": few}
    found = answered(_kept(tmp_path, gold, runs))
    assert answers_summary(found, "cited", more_is_better=True).splitlines() == [
        "| system, model | own |",
        "| --- | --: |",
        "| pincite-default, 135m-tuned | 6 of 6 |",
        "| langchain-best, 135m | **0 of 7** |",
        "| txtai-best, 135m | 0 of 6 |",  # five in common are too few to be sure of anything
    ]
    assert answers_summary(found, "invented", more_is_better=False).splitlines()[2:] == [
        "| pincite-default, 135m-tuned | 0 of 6 |",
        "| langchain-best, 135m | **6 of 6** |",
        "| txtai-best, 135m |  |",
    ]
    assert waits_summary(found).splitlines()[3] == "| langchain-best, 135m | 4.0 |"
    assert answers(found).splitlines()[5].endswith("| none | +1.00 (+1.00 to +1.00) |")
    bars = cited_bars(found)
    assert [(bar.label, bar.value) for bar in bars] == [
        ("own, pincite-default, 135m-tuned (6)", 1.0),
        ("own, langchain-best, 135m (7)", 0.0),
        ("own, txtai-best, 135m (6)", 0.0),
    ]
    assert (bars[0].low, bars[1].high) == (pytest.approx(0.025 ** (1 / 6)), pytest.approx(1 - 0.025 ** (1 / 7)))
    points = waits(found)
    assert points["own"][:2] == [
        Point("pincite-default, 135m-tuned", 0.5, 1.0),
        Point("langchain-best, 135m", 2.0, 0.0),
    ]
    assert drawn_waits(points).count("<title>") == 3
    (tmp_path / "plots").mkdir()
    draw(tmp_path / "plots", {}, found)
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["answers.svg", "retrieval.svg", "waits.svg"]


def test_costs_are_of_the_first_run_and_say_what_child_processes_took(tmp_path: Path) -> None:
    taken = {"index_s": 2.0, "index_work_s": 1.5, "documents": 3}
    again = {"reindex_s": 0.25, "reindex_work_s": 0.12, "peak_mb": 1700}
    later = {"reindex_s": 9.0, "reindex_work_s": 9.0, "peak_mb": 900}
    parts = [
        row
        for name, peak in (("a", 500), ("b", 400))
        for row in (
            taken | {"index_children_work_s": 0.5, "documents": 1, "within": [name]},
            again | {"peak_mb": peak, "children_mb": peak - 400, "within": [name]},
        )
    ]
    runs = {"135m-tuned/pincite-default": [taken, again, later], "135m/pincite-default": parts}
    assert costs(answered(_kept(tmp_path, {}, runs))).splitlines()[2:] == [
        "| own (3) | pincite-default, 135m-tuned | 2.0 (1.5) | not measured | 0.2 (0.1) | 1,700 | not measured |",
        "| own (2) | pincite-default, 135m | 4.0 (3.0) | 1.0 | 0.5 (0.2) | 500 | 100 |",
    ]
