"""Curves and bars as inline SVG. Every value is 0 to 1 unless it says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

_WIDTH, _HEIGHT = 420, 300
_LEFT, _TOP, _RIGHT, _BOTTOM = 44, 12, 14, 40
_FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def interval(low: float, value: float, high: float) -> str:
    """A value with its interval on a line from 0 to 1."""
    at = [4 + 112 * min(1.0, max(0.0, each)) for each in (low, value, high)]
    return (
        '<svg width="120" height="14" viewBox="0 0 120 14" role="img" aria-label="interval">'
        '<line x1="4" x2="116" y1="7" y2="7" stroke="var(--line)" stroke-width="2"/>'
        f'<line x1="{at[0]:.1f}" x2="{at[2]:.1f}" y1="7" y2="7" stroke="var(--accent)" stroke-width="4" '
        'stroke-linecap="round" opacity=".4"/>'
        f'<circle cx="{at[1]:.1f}" cy="7" r="4" fill="var(--accent)"/></svg>'
    )


def change(low: float, value: float, high: float, reach: float, colour: str) -> str:
    """A difference with its interval on a line from -reach to reach, zero marked."""
    at = [80 + 74 * min(1.0, max(-1.0, each / reach)) for each in (low, value, high)]
    return (
        '<svg width="160" height="16" viewBox="0 0 160 16" role="img" aria-label="difference">'
        '<line x1="6" x2="154" y1="8" y2="8" stroke="var(--line)" stroke-width="2"/>'
        '<line x1="80" x2="80" y1="1" y2="15" stroke="var(--soft)"/>'
        f'<line x1="{at[0]:.1f}" x2="{at[2]:.1f}" y1="8" y2="8" stroke="{colour}" stroke-width="4" '
        'stroke-linecap="round" opacity=".45"/>'
        f'<circle cx="{at[1]:.1f}" cy="8" r="4" fill="{colour}"/></svg>'
    )


def risk_coverage(curves: Mapping[str, Sequence[Mapping[str, float]]], as_set: Iterable[tuple[float, float]]) -> str:
    """Risk over coverage, a line a name; `as_set` marks where the threshold in use stands, a point a curve."""
    colours = ("var(--accent)", "var(--warn)")
    parts = _frame("share of the questions that is answered", "share of those answers that is wrong")
    for (name, points), colour in zip(curves.items(), colours, strict=False):
        line = " ".join(f"{_x(point['coverage']):.1f},{_y(point['risk']):.1f}" for point in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if len(curves) > 1:
            at = _TOP + 16 + 15 * list(curves).index(name)
            parts.append(f'<line x1="{_LEFT + 10}" x2="{_LEFT + 28}" y1="{at - 4}" y2="{at - 4}" stroke="{colour}" '
                         f'stroke-width="3"/><text x="{_LEFT + 34}" y="{at}">{escape(name)}</text>')  # fmt: skip
    for (coverage, risk), colour in zip(as_set, colours, strict=False):
        parts.append(f'<circle cx="{_x(coverage):.1f}" cy="{_y(risk):.1f}" r="5" fill="var(--card)" stroke="{colour}" '
                     'stroke-width="3"/>')  # fmt: skip
    return _svg(parts, "risk and coverage")


def reliability(bins: Sequence[Mapping[str, Any]]) -> str:
    """The share of right answers over the confidence, a bar a bin; on the diagonal both would agree."""
    parts = _frame("confidence", "share that is right")
    most = max((each["count"] for each in bins), default=1)
    for each in bins:
        left, right, top = _x(each["low"]) + 2, _x(each["high"]) - 2, _y(each["right"])
        opacity = 0.25 + 0.6 * each["count"] / most
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{_y(0) - top:.1f}" '
            f'fill="var(--accent)" opacity="{opacity:.2f}"><title>{each["count"]} questions</title></rect>'
            f'<text x="{(left + right) / 2:.1f}" y="{max(top - 4, _TOP + 10):.1f}" text-anchor="middle">'
            f"{each['count']}</text>"
        )
    diagonal = (
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="var(--soft)" stroke-dasharray="4 4"/>'
    )
    return _svg([*parts, diagonal], "calibration")


def _frame(across: str, up: str) -> list[str]:
    parts = []
    for value in _FIFTHS:
        x, y = _x(value), _y(value)
        parts.append(f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--line)"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.1f}</text>')
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{value:.1f}</text>')
    middle = _TOP + (_HEIGHT - _TOP - _BOTTOM) / 2
    parts.append(f'<text x="{_x(0.5)}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(across)}</text>')
    parts.append(f'<text x="12" y="{middle}" text-anchor="middle" transform="rotate(-90 12 {middle})">'
                 f"{escape(up)}</text>")  # fmt: skip
    return parts


def _svg(parts: Iterable[str], label: str) -> str:
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{label}">{"".join(parts)}</svg>'
    )


def _x(value: float) -> float:
    return _LEFT + value * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float) -> float:
    return _TOP + (1 - value) * (_HEIGHT - _TOP - _BOTTOM)
