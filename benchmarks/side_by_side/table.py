"""The tables of docs/benchmarks.md and the plots beside it, from the records of `run.py`.

    python -m benchmarks.side_by_side.table --work WORK [--plots docs/benchmarks]

A figure of the ranking is over the questions that every system of its table has a record of; of the answers each
system has its own, and is compared with Pincite on those that both were asked. Intervals are paired bootstraps of the
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
OUR_ANSWERS = "pincite-default, 135m-tuned"
"""What the answers are compared with: Pincite as installed."""
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
    return _interval([one.ndcg for one in found], [one.ndcg for one in ours], 3)


def _interval(theirs: list[float], ours: list[float], digits: int = 2) -> str:
    """The lead of Pincite."""
    lead = paired_difference(theirs, ours)
    estimate, low, high = (f"{value:+.{digits}f}" for value in (lead.estimate, lead.low, lead.high))
    return f"{estimate} ({low} to {high})"


def answer_row(name: str, records: list[dict[str, Any]], found: list[Score]) -> list[str]:
    """What is told of one system's answers."""
    tokens = [record["prompt_tokens"] for record in records if record.get("prompt_tokens")]
    return [
        name,
        *(_count(found, what) for what in ("right", "cited", "invented", "refused")),
        f"{statistics.median(tokens):.0f}" if tokens else "none",
        _seconds(_told(records, "first_work_s")),
        _seconds(_told(records, "work_s")),
        str(sum("error" in record for record in records)),
    ]


def _count(found: list[Score], what: str) -> str:
    """How many of those it applies to."""
    values = [value for one in found if (value := getattr(one, what)) is not None]
    return f"{sum(values)} of {len(values)}"


def _told(records: list[dict[str, Any]], what: str) -> list[float]:
    return [record[what] for record in records if what in record]


def _seconds(times: list[float]) -> str:
    """The median, and what one in twenty takes longer than."""
    if not times:
        return "none"
    return f"{statistics.median(times):.1f} ({sorted(times)[int(0.95 * (len(times) - 1))]:.1f})"


def answered(work: Path, name: str) -> dict[str, Path]:
    """The records of a set's answers by system and model, Pincite's first."""
    folders = [folder for folder in sorted((work / "runs").iterdir()) if folder.name != "retrieval"]
    found = {f"{system}, {one.name}": run for one in folders for system, run in _runs(work, one.name, name).items()}
    return dict(sorted(found.items(), key=lambda item: (not item[0].startswith(OUR_ANSWERS), item[0])))


def answers(work: Path) -> str:
    """One table of all answers, a line a set, system and model, with Pincite's lead on the same questions."""
    head = ["set", "system, model", "right", "rightly cited", "unanswerable answered", "wrongly refused"]
    head += ["prompt tokens", "first token, s (p95)", "whole, s (p95)", "failed", "Pincite right more often by (95 %)"]
    head += ["rightly cited by (95 %)", "first token, times Pincite's"]
    rows = [head, ["---"] * 2 + ["--:"] * (len(head) - 2)]
    for path in sorted((work / "gold").glob("*.json")):
        gold = golds(path)
        ours = read(found[OUR_ANSWERS]) if OUR_ANSWERS in (found := answered(work, path.stem)) else {}
        for name, records in ((name, read(run)) for name, run in found.items()):
            row = answer_row(name, list(records.values()), [score(records[key], gold[key]) for key in records])
            both = {key: one for key, one in gold.items() if key in ours and key in records}
            lead = _lead(both, records, ours) if name != OUR_ANSWERS else [""] * 3
            rows.append([path.stem, *row, *lead])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _lead(gold: dict[str, Gold], theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """By how much Pincite is ahead of others on the same questions: right, rightly cited, and how many times its wait
    for the first token theirs is."""
    able = [key for key, one in gold.items() if one.answers]
    told = []
    for what in ("right", "cited"):
        values = [[float(getattr(score(run[key], gold[key]), what)) for key in able] for run in (theirs, ours)]
        told.append(_interval(*values) if able else "")
    waits = [_told([run[key] for key in gold], "first_work_s") for run in (theirs, ours)]
    return [*told, f"{statistics.median(waits[0]) / statistics.median(waits[1]):.1f}" if all(waits) else ""]


def costs(work: Path) -> str:
    """Of each set what taking it in costs, and the most memory that a system and its server have needed; from the run
    that took it in first."""
    head = ["set (documents)", "system, model", "taking in, s (processor s)"]
    head += ["one document in a hundred again, s (processor s)", "most memory, MB"]
    rows = [head, ["---"] * 2 + ["--:"] * 3]
    for path in sorted((work / "gold").glob("*.json")):
        for name, run in answered(work, path.stem).items():
            lines = [json.loads(line) for line in run.read_text(encoding="utf-8").splitlines()]
            first = next((line for line in lines if "index_s" in line), None)
            last = next((line for line in lines if "reindex_s" in line), None)
            if first and last:
                seconds = [f"{row[kind + '_s']:.1f} ({row[kind + '_work_s']:.1f})"
                           for row, kind in ((first, "index"), (last, "reindex"))]  # fmt: skip
                rows.append([f"{path.stem} ({first['documents']})", name, *seconds, f"{last['peak_mb']:,}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def tables(work: Path) -> str:
    """The ranking of each set, in Markdown."""
    told: list[str] = []
    for path in sorted((work / "gold").glob("*.json")):
        able = {key: one for key, one in golds(path).items() if one.answers}
        told += _table(path.stem, scores(_runs(work, "retrieval", path.stem), able))
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


def _table(name: str, found: Scored) -> list[str]:
    counts = {len(records) for records, _ in found.values()} - {0}
    if not counts:
        return []
    ours = found.get(OURS, (None, None))[1]
    head = ["system", "top 1", "top 4", "top 10", "nDCG@10", "Pincite ahead by (95 %)"]
    rows = [retrieval_row(system, one, ours) for system, (_, one) in found.items()]
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] + ["--:"] * (len(head) - 1), *rows]]
    return [f"{name}, {max(counts)} questions:", "", *lines, ""]


def ranked_bars(work: Path) -> list[tuple[str, float]]:
    """nDCG@10 of each system for each set."""
    bars: list[tuple[str, float]] = []
    for folder in sorted((work / "runs" / "retrieval").glob("*")):
        gold = {key: one for key, one in golds(work / "gold" / f"{folder.name}.json").items() if one.answers}
        for system, (_, found) in scores(_runs(work, "retrieval", folder.name), gold).items():
            if found:
                bars.append((f"{folder.name}, {system}", statistics.mean(one.ndcg for one in found)))
    return bars


def cited_bars(work: Path) -> list[tuple[str, float]]:
    """The share of answerable questions that each system and model answers rightly and cites rightly, for each set."""
    bars: list[tuple[str, float]] = []
    for path in sorted((work / "gold").glob("*.json")):
        gold = golds(path)
        for name, run in answered(work, path.stem).items():
            cited = [one.cited for key, row in read(run).items() if (one := score(row, gold[key])).cited is not None]
            if cited:
                bars.append((f"{path.stem}, {name}", statistics.mean(cited)))
    return bars


def drawn(bars: list[tuple[str, float]]) -> str:
    """An SVG with a bar for each."""
    lines = [
        f'<text x="270" y="{24 + i * 20}" text-anchor="end">{label}</text>'
        f'<rect x="280" y="{13 + i * 20}" width="{value * 300:.0f}" height="14" '
        f'fill="{"#1f6f5c" if OURS in label else "#b8c4c0"}"/>'
        f'<text x="{286 + value * 300:.0f}" y="{24 + i * 20}">{value:.3f}</text>'
        for i, (label, value) in enumerate(bars)
    ]
    size = f'width="640" height="{20 + len(bars) * 20}"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([svg, ground, *lines, "</svg>", ""])


def main() -> None:
    """Print the tables; draw the plots where a folder for them is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--plots", type=Path, help="the folder that retrieval.svg and answers.svg come to")
    asked = parser.parse_args()
    print(summary(asked.work), answers(asked.work), costs(asked.work), tables(asked.work), sep="\n\n")
    if asked.plots:
        for name, bars in (("retrieval", ranked_bars(asked.work)), ("answers", cited_bars(asked.work))):
            (asked.plots / f"{name}.svg").write_text(drawn(bars), encoding="utf-8")


if __name__ == "__main__":
    main()
