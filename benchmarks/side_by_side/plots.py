"""The plots beside the tables, each an SVG."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import NamedTuple

from benchmarks.side_by_side.records import OURS, Run
from rag.evaluation.statistics import lower_bound, mean_interval, upper_bound

COLOURS = {
    "pincite": "#1f6f5c",
    "langchain": "#c0572b",
    "llamaindex": "#5b4b9a",
    "haystack": "#2f6fb0",
    "txtai": "#b8962e",
}
LEVEL = 0.975
"""Of one side, so that 95 % lie between both."""
WIDE, HIGH, ACROSS = 200, 150, 3
"""Of a set's field among the waits, and how many stand beside each other."""
SECONDS = (0.1, 100.0)
"""The ends of the waits' scale."""


class Bar(NamedTuple):
    """A value with its interval at 95 %."""

    label: str
    value: float
    low: float
    high: float


class Point(NamedTuple):
    """The median of a system's seconds to its first token, and the share that it answers and cites rightly."""

    label: str
    seconds: float
    share: float


def ranked_bars(sets: dict[str, dict[str, Run]]) -> list[Bar]:
    """nDCG@10 of each system for each set, with its bootstrap interval."""
    found = {
        f"{name}, {system}": mean_interval(list(run.values("ndcg").values()))
        for name, runs in sets.items()
        for system, run in runs.items()
    }
    return [Bar(label, one.estimate, one.low, one.high) for label, one in found.items()]


def cited_bars(sets: dict[str, dict[str, Run]]) -> list[Bar]:
    """The share of answerable questions that each system and model answers rightly and cites rightly, for each set,
    with its Clopper-Pearson interval."""
    bars: list[Bar] = []
    for name, runs in sets.items():
        for system, run in runs.items():
            if cited := run.values("cited"):
                hits, count = int(sum(cited.values())), len(cited)
                ends = lower_bound(hits, count, LEVEL), upper_bound(hits, count, LEVEL)
                bars.append(Bar(f"{name}, {system} ({count})", hits / count, *ends))
    return bars


def waits(sets: dict[str, dict[str, Run]]) -> dict[str, list[Point]]:
    """First-token time and rightly cited share of each system and model, for each set."""
    return {
        name: [
            Point(system, statistics.median(first.values()), statistics.mean(cited.values()))
            for system, run in runs.items()
            if (first := run.times("first_work_s")) and (cited := run.values("cited"))
        ]
        for name, runs in sets.items()
    }


def drawn_bars(bars: list[Bar]) -> str:
    """A bar for each, with a line over its interval."""
    lines = []
    for at, (label, value, low, high) in enumerate(bars):
        top = 13 + at * 20
        lines += [
            f'<text x="290" y="{top + 11}" text-anchor="end">{label}</text>',
            f'<rect x="300" y="{top}" width="{value * 300:.0f}" height="14" '
            f'fill="{"#63ab97" if OURS in label else "#c3ccc9"}"/>',
            f'<path d="M{300 + low * 300:.0f} {top + 7}H{300 + high * 300:.0f}" stroke="#222" stroke-width="1.5"/>',
            f'<text x="608" y="{top + 11}">{value:.3f}</text>',
        ]
    return _svg(660, 20 + len(bars) * 20, lines)


def drawn_waits(sets: dict[str, list[Point]]) -> str:
    """A field for each set: to the right the seconds to the first token, each line ten times the one before, upwards
    the share rightly cited; a full circle is a system's best setting or Pincite, an empty one its default."""
    lines = [
        f'<circle cx="{30 + at * 110}" cy="16" r="5" fill="{colour}"/><text x="{40 + at * 110}" y="20">{system}</text>'
        for at, (system, colour) in enumerate(COLOURS.items())
    ]
    for at, (name, points) in enumerate(sets.items()):
        left, top = 40 + at % ACROSS * (WIDE + 40), 60 + at // ACROSS * (HIGH + 60)
        lines += [*_field(name, left, top), *(line for point in points for line in _point(point, left, top))]
    rows = math.ceil(len(sets) / ACROSS)
    return _svg(ACROSS * (WIDE + 40) + 40, 60 + rows * (HIGH + 60), lines)


def _field(name: str, left: int, top: int) -> list[str]:
    lines = [
        f'<text x="{left}" y="{top - 8}" font-weight="bold">{name}</text>',
        f'<rect x="{left}" y="{top}" width="{WIDE}" height="{HIGH}" fill="none" stroke="#999"/>',
    ]
    lines += [
        f'<text x="{left - 4}" y="{_y(share, top) + 4:.0f}" text-anchor="end">{share:g}</text>' for share in (0, 0.5, 1)
    ]
    for seconds in (1, 10, 100):
        x = _x(seconds, left)
        lines += [
            f'<path d="M{x:.0f} {top}V{top + HIGH}" stroke="#ddd"/>',
            f'<text x="{x:.0f}" y="{top + HIGH + 14}" text-anchor="middle">{seconds:g} s</text>',
        ]
    return lines


def _point(point: Point, left: int, top: int) -> list[str]:
    system, _, model = point.label.partition(", ")
    colour = COLOURS[system.partition("-")[0]]
    fill = colour if system == OURS or system.endswith("-best") else "white"
    x, y = _x(point.seconds, left), _y(point.share, top)
    told = f"<title>{point.label}: {point.seconds:.1f} s, {point.share:.2f}</title>"
    lines = [
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2">{told}</circle>'
    ]
    if not model.startswith("135m"):
        lines.append(f'<text x="{x + 7:.0f}" y="{y - 5:.0f}" font-size="10">{model}</text>')
    return lines


def _x(seconds: float, left: int) -> float:
    least, most = map(math.log10, SECONDS)
    at = (math.log10(seconds) - least) / (most - least)
    return left + WIDE * min(1.0, max(0.0, at))


def _y(share: float, top: int) -> float:
    return top + HIGH * (1 - share)


def _svg(width: int, height: int, lines: list[str]) -> str:
    size = f'width="{width}" height="{height}"'
    ground = '<rect width="100%" height="100%" fill="white"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    return "\n".join([svg, ground, *lines, "</svg>", ""])


def draw(folder: Path, ranking: dict[str, dict[str, Run]], answers: dict[str, dict[str, Run]]) -> None:
    """The plots as files in a folder."""
    plots = {
        "retrieval": drawn_bars(ranked_bars(ranking)),
        "answers": drawn_bars(cited_bars(answers)),
        "waits": drawn_waits(waits(answers)),
    }
    for name, told in plots.items():
        (folder / f"{name}.svg").write_text(told, encoding="utf-8")
