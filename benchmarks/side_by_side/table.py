"""The tables of docs/benchmarks.md and the plot beside it, from the records of `run.py`.

    python -m benchmarks.side_by_side.table --work WORK [--plot docs/benchmarks/retrieval.svg]

A figure is over the questions that every system of its table has a record of. Intervals are paired bootstraps of the
lead of Pincite, at 95 %.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.side_by_side.score import Score, score
from benchmarks.side_by_side.sets import Gold
from rag.evaluation.statistics import paired_difference

OURS = "pincite-default"
Scored: TypeAlias = dict[str, tuple[list[dict[str, Any]], list[Score]]]


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The records of a run by question."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: row for row in rows if "id" in row}


def golds(path: Path) -> dict[str, Gold]:
    """The gold of a set by question."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {
        row["id"]: Gold(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in rows
    }


def scores(found: dict[str, Path], gold: dict[str, Gold]) -> Scored:
    """Records and scores by system, over the questions that all of them answered, in one order."""
    runs = {name: run for name, path in found.items() if (run := read(path))}
    common = [key for key in gold if all(key in run for run in runs.values())]
    return {
        name: ([run[key] for key in common], [score(run[key], gold[key]) for key in common])
        for name, run in runs.items()
    }


def retrieval_row(name: str, found: list[Score], ours: list[Score] | None) -> list[str]:
    """One system's line of a retrieval table."""
    mean = statistics.mean(one.ndcg for one in found)
    hits = [sum(bool(one.found and one.found <= k) for one in found) / len(found) for k in (1, 4, 10)]
    return [name, *(f"{value:.2f}" for value in hits), f"{mean:.3f}", _against(found, ours)]


def _against(found: list[Score], ours: list[Score] | None) -> str:
    if ours is None or ours is found:
        return ""
    interval = paired_difference([one.ndcg for one in found], [one.ndcg for one in ours])
    return f"{interval.estimate:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})"


def answer_row(name: str, records: list[dict[str, Any]], found: list[Score]) -> list[str]:
    """One system's line of an answer table."""
    able = [one for one in found if one.right is not None]
    unable = [one for one in found if one.invented is not None]
    tokens = [record["prompt_tokens"] for record in records if record.get("prompt_tokens")]
    return [
        name,
        f"{sum(bool(one.right) for one in able)} of {len(able)}",
        f"{sum(bool(one.cited) for one in able)} of {len(able)}",
        f"{sum(bool(one.invented) for one in unable)} of {len(unable)}",
        f"{sum(bool(one.refused) for one in able)} of {len(able)}",
        f"{statistics.median(tokens):.0f}" if tokens else "none",
        _seconds([record["first_work_s"] for record in records if "first_work_s" in record]),
        _seconds([record["work_s"] for record in records if "work_s" in record]),
        str(sum("error" in record for record in records)),
    ]


def _seconds(times: list[float]) -> str:
    """The median, and what one in twenty takes longer than."""
    if not times:
        return "none"
    return f"{statistics.median(times):.1f} ({sorted(times)[int(0.95 * (len(times) - 1))]:.1f})"


def tables(work: Path) -> str:
    """All tables, in Markdown: of each set the ranking, then the answers with every model."""
    told: list[str] = []
    for path in sorted((work / "gold").glob("*.json")):
        gold = golds(path)
        able = {key: one for key, one in gold.items() if one.answers}
        ranked = scores(_runs(work, "retrieval", path.stem), able)
        answered = {
            f"{system}, {folder.name}": run
            for folder in sorted((work / "runs").iterdir())
            if folder.name != "retrieval"
            for system, run in _runs(work, folder.name, path.stem).items()
        }
        told += _table("retrieval", path.stem, ranked) + _table("answers", path.stem, scores(answered, gold))
    return "\n".join(told)


def summary(work: Path) -> str:
    """One table of nDCG@10, a line a set and a column a system: in bold where it is surely behind Pincite, in italics
    where it is surely ahead."""
    told: dict[str, dict[str, str]] = {}
    for path in sorted((work / "gold").glob("*.json")):
        able = {key: one for key, one in golds(path).items() if one.answers}
        ranked = scores(_runs(work, "retrieval", path.stem), able)
        if ours := ranked.get(OURS, (None, []))[1]:
            told[f"{path.stem} ({len(ours)})"] = {name: _marked(found, ours) for name, (_, found) in ranked.items()}
    systems = sorted({name for row in told.values() for name in row}, key=lambda name: (name != OURS, name))
    rows = [["set (questions)", *systems], ["---"] + ["--:"] * len(systems)]
    rows += [[name, *(row.get(system, "") for system in systems)] for name, row in told.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _marked(found: list[Score], ours: list[Score]) -> str:
    value = f"{statistics.mean(one.ndcg for one in found):.3f}"
    lead = paired_difference([one.ndcg for one in found], [one.ndcg for one in ours])
    return f"**{value}**" if lead.low > 0 else f"*{value}*" if lead.high < 0 else value


def _runs(work: Path, kind: str, name: str) -> dict[str, Path]:
    """The records of a set by system."""
    return {path.stem: path for path in sorted((work / "runs" / kind / name).glob("*.jsonl"))}


def _table(kind: str, name: str, found: Scored) -> list[str]:
    n = min((len(records) for records, _ in found.values()), default=0)
    if not n:
        return []
    ours = found.get(OURS, (None, None))[1]
    if kind == "retrieval":
        head = ["system", "top 1", "top 4", "top 10", "nDCG@10", "Pincite ahead by (95 %)"]
        rows = [retrieval_row(system, one, ours) for system, (_, one) in found.items()]
    else:
        head = ["system", "right", "rightly cited", "invented", "wrongly refused", "prompt tokens"]
        head += ["to the first token, processor s (p95)", "whole, processor s (p95)", "failed"]
        rows = [answer_row(system, *one) for system, one in found.items()]
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] + ["--:"] * (len(head) - 1), *rows]]
    return [f"{kind}, {name}, {n} questions:", "", *lines, ""]


def plot(work: Path) -> str:
    """An SVG with a bar a system for each set: nDCG@10."""
    bars: list[tuple[str, float]] = []
    for folder in sorted((work / "runs" / "retrieval").glob("*")):
        gold = {key: one for key, one in golds(work / "gold" / f"{folder.name}.json").items() if one.answers}
        for system, (_, found) in scores(_runs(work, "retrieval", folder.name), gold).items():
            if found:
                bars.append((f"{folder.name}, {system}", statistics.mean(one.ndcg for one in found)))
    lines = [
        f'<text x="230" y="{24 + i * 20}" text-anchor="end">{label}</text>'
        f'<rect x="240" y="{13 + i * 20}" width="{value * 300:.0f}" height="14" '
        f'fill="{"#1f6f5c" if OURS in label else "#b8c4c0"}"/>'
        f'<text x="{246 + value * 300:.0f}" y="{24 + i * 20}">{value:.3f}</text>'
        for i, (label, value) in enumerate(bars)
    ]
    size = f'width="600" height="{20 + len(bars) * 20}"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([svg, ground, *lines, "</svg>", ""])


def main() -> None:
    """Print the tables; draw the plot where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    print(summary(asked.work), tables(asked.work), sep="\n\n")
    if asked.plot:
        asked.plot.write_text(plot(asked.work), encoding="utf-8")


if __name__ == "__main__":
    main()
