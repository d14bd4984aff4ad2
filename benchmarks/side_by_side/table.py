"""The tables of docs/benchmarks.md and the plots beside it, from the records of `run.py`.

    python -m benchmarks.side_by_side.table --work WORK [--plots docs/benchmarks]

A figure of the ranking is over the questions that every system of its table has a record of; of the answers each
system has its own, and is compared with Pincite on those that both were asked. Intervals are paired bootstraps of the
lead of Pincite, at 95 %.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.side_by_side.plots import draw
from benchmarks.side_by_side.records import OUR_ANSWERS, OURS, Run, answered, ordered, ranked
from rag.evaluation.statistics import Interval, nearest_rank, paired_difference

FEW = 20
"""Below so many the 95th of a hundred is the slowest, and is called so."""
SURE = 6
"""Nothing is called sure of fewer questions: that five of five fall to one side comes about by chance once in 16."""
UNKNOWN = "not measured"


def ranking_summary(sets: dict[str, dict[str, Run]]) -> str:
    """nDCG@10, a line a set and a column a system: in bold where it is surely behind Pincite, in italics where it is
    surely ahead."""
    compared = {name: runs for name, runs in sets.items() if OURS in runs}
    systems = sorted({name for runs in compared.values() for name in runs}, key=lambda name: (name != OURS, name))
    rows = [["set (questions)", *systems]]
    for name, runs in compared.items():
        told = [_ranked(runs.get(system), runs[OURS]) for system in systems]
        rows.append([f"{name} ({len(runs[OURS].records)})", *told])
    return _table(rows)


def _ranked(run: Run | None, ours: Run) -> str:
    if run is None:
        return ""
    mean = f"{statistics.mean(run.values('ndcg').values()):.3f}"
    return _marked(mean, lead(run, ours, "ndcg"))


def rankings(sets: dict[str, dict[str, Run]]) -> str:
    """The ranking of each set, a line a system."""
    told: list[str] = []
    for name, runs in sets.items():
        rows = [["system", "top 1", "top 4", "top 10", "nDCG@10", "Pincite ahead by (95 %)"]]
        rows += [_ranking(system, run, runs.get(OURS)) for system, run in runs.items()]
        count = len(next(iter(runs.values())).records)
        told.append(f"{name}, {count} questions:\n\n{_table(rows)}")
    return "\n\n".join(told)


def _ranking(name: str, run: Run, ours: Run | None) -> list[str]:
    found = [one.found for one in run.scores.values()]
    hits = [f"{sum(bool(rank and rank <= k) for rank in found) / len(found):.2f}" for k in (1, 4, 10)]
    ahead = lead(run, ours, "ndcg") if name != OURS and ours else None
    return [name, *hits, f"{statistics.mean(run.values('ndcg').values()):.3f}", _interval(ahead, 3)]


def answers_summary(sets: dict[str, dict[str, Run]], what: str, more_is_better: bool) -> str:
    """How many are `what`, a line a system and model and a column a set: in bold where Pincite as installed is surely
    better on the questions that both were asked, in italics where it is surely worse."""

    def told(run: Run, ours: Run | None) -> str:
        ahead = lead(run, ours, what) if ours and ours is not run else None
        return _marked(_count(run, what), ahead, more_is_better)

    return _by_set({name: runs for name, runs in sets.items() if _any(runs.values(), what)}, told)


def waits_summary(sets: dict[str, dict[str, Run]]) -> str:
    """How many times Pincite's wait for the first token each system's is, on the questions that both were asked: a
    line a system and model, a column a set."""

    def told(run: Run, ours: Run | None) -> str:
        if not ours or ours is run:
            return ""
        both = set(run.records) & set(ours.records)
        medians = [
            statistics.median(times)
            for one in (run, ours)
            if (times := [seconds for key, seconds in one.times("first_work_s").items() if key in both])
        ]
        return f"{medians[0] / medians[1]:.1f}" if len(medians) == 2 else ""

    return _by_set(sets, told)


def _by_set(sets: dict[str, dict[str, Run]], told: Callable[[Run, Run | None], str]) -> str:
    systems = ordered({name: None for runs in sets.values() for name in runs})
    rows = [["system, model", *sets]]
    for system in systems:
        cells = [told(runs[system], runs.get(OUR_ANSWERS)) if system in runs else "" for runs in sets.values()]
        rows.append([system, *cells])
    return _table(rows)


def answers(sets: dict[str, dict[str, Run]]) -> str:
    """A table for each set, a line a system and model, Pincite's first."""
    told: list[str] = []
    for name, runs in sets.items():
        rows = [["system, model", "right", "rightly cited", "unanswerable answered", "wrongly refused"]]
        rows[0] += ["first token, s", "whole, s", "prompt tokens", "Pincite ahead in rightly cited by (95 %)"]
        rows += [_answers(system, run, runs.get(OUR_ANSWERS)) for system, run in runs.items()]
        failed = [f"{system}: {count}" for system, run in runs.items() if (count := len(run.times("error")))]
        told += [f"{name}:", _table(rows), *([f"Failed questions of {name}: {'; '.join(failed)}."] if failed else [])]
    return "\n\n".join(told)


def _answers(name: str, run: Run, ours: Run | None) -> list[str]:
    tokens = [count for count in run.times("prompt_tokens").values() if count]
    return [
        name,
        *(_count(run, what) for what in ("right", "cited", "invented", "refused")),
        *(_seconds(list(run.times(what).values())) for what in ("first_work_s", "work_s")),
        f"{statistics.median(tokens):.0f}" if tokens else "none",
        _interval(lead(run, ours, "cited") if ours and ours is not run else None),
    ]


def costs(sets: dict[str, dict[str, Run]]) -> str:
    """What taking a set in costs, and the most memory that a system and its server have needed; from the run that took
    it in first. Of a set that is asked document by document, the sum of all and the most memory of any."""
    rows = [["set (documents)", "system, model", "taking in, s (processor s)", "of it in child processes, processor s"]]
    rows[0] += ["one document in a hundred again, s (processor s)", "most memory, MB", "of it child processes, MB"]
    for name, runs in sets.items():
        for system, run in runs.items():
            taken, again = _firsts(run, "index_s"), _firsts(run, "reindex_s")
            if taken and again:
                documents = sum(row["documents"] for row in taken)
                work = _sum(taken, "index_children_work_s")
                children = [row["children_mb"] for row in again if "children_mb" in row]
                seconds = [
                    f"{_sum(part, kind + '_s'):.1f} ({_sum(part, kind + '_work_s'):.1f})"
                    for part, kind in ((taken, "index"), (again, "reindex"))
                ]
                child = [UNKNOWN if work is None else f"{work:.1f}", f"{max(children):,}" if children else UNKNOWN]
                most = f"{max(row['peak_mb'] for row in again):,}"
                rows.append([f"{name} ({documents})", system, seconds[0], child[0], seconds[1], most, child[1]])
    return _table(rows, left=2)


def _firsts(run: Run, what: str) -> list[dict[str, Any]]:
    """The first line with a cost for each group of documents that the system took in."""
    first: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in run.costs:
        if what in row:
            first.setdefault(tuple(row.get("within", ())), row)
    return list(first.values())


def _sum(rows: list[dict[str, Any]], what: str) -> float | None:
    return sum(row[what] for row in rows) if all(what in row for row in rows) else None


def lead(theirs: Run, ours: Run, what: str) -> Interval | None:
    """By how much Pincite has more of it on the questions that both were asked; None where there are none."""
    one, other = theirs.values(what), ours.values(what)
    both = [key for key in one if key in other]
    return paired_difference([one[key] for key in both], [other[key] for key in both]) if both else None


def _marked(told: str, ahead: Interval | None, more_is_better: bool = True) -> str:
    if ahead is None or ahead.count < SURE or not ahead.excludes(0):
        return told
    return f"**{told}**" if (ahead.low > 0) is more_is_better else f"*{told}*"


def _interval(ahead: Interval | None, digits: int = 2) -> str:
    if ahead is None:
        return ""
    estimate, low, high = (f"{value:+.{digits}f}" for value in (ahead.estimate, ahead.low, ahead.high))
    return f"{estimate} ({low} to {high})"


def _any(runs: Iterable[Run], what: str) -> bool:
    return any(run.values(what) for run in runs)


def _count(run: Run, what: str) -> str:
    """How many of those it applies to; empty where it applies to none."""
    values = run.values(what).values()
    return f"{sum(values):.0f} of {len(values)}" if values else ""


def _seconds(times: list[float]) -> str:
    """The median, and what one in twenty takes longer than."""
    if not times:
        return "none"
    name = "p95" if len(times) >= FEW else "slowest"
    return f"{statistics.median(times):.1f} ({name} {nearest_rank(times, 0.95):.1f})"


def _table(rows: list[list[str]], left: int = 1) -> str:
    ruled = [rows[0], ["---"] * left + ["--:"] * (len(rows[0]) - left), *rows[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def main() -> None:
    """Print the tables; draw the plots where a folder for them is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--plots", type=Path, help="the folder that retrieval.svg, answers.svg and waits.svg come to")
    asked = parser.parse_args()
    ranking, told = ranked(asked.work), answered(asked.work)
    parts = {
        "Ranking, nDCG@10": ranking_summary(ranking),
        "Ranking, set by set": rankings(ranking),
        "Rightly cited": answers_summary(told, "cited", more_is_better=True),
        "Unanswerable questions answered": answers_summary(told, "invented", more_is_better=False),
        "Time to the first token, times Pincite's": waits_summary(told),
        "Answers, set by set": answers(told),
        "What it costs": costs(told),
    }
    print("\n\n".join(f"### {name}\n\n{part}" for name, part in parts.items()))
    if asked.plots:
        draw(asked.plots, ranking, told)


if __name__ == "__main__":
    main()
