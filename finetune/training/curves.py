"""The picture of a training: its loss, and that of the hold-out, over the tokens read."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Curve = Sequence[tuple[float, float]]
"""(tokens read, loss), in order."""
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 360, 56, 40, 32
COLOURS = ("#9bb8d3", "#1f4e79", "#c0504d")


def picture(title: str, learnt: Curve, held: Curve) -> str:
    """An SVG with the loss of every step, its running mean, and the hold-out's."""
    named = {"each step": learnt, "mean": _smooth(learnt), "hold-out": held}
    points = [point for curve in named.values() for point in curve]
    most_tokens = max((at for at, _ in points), default=1.0) or 1.0
    low, high = min((loss for _, loss in points), default=0.0), max((loss for _, loss in points), default=1.0)
    low = min(low, 0.0) if low < high / 3 else low  # a curve that falls far is seen against 0
    high = high if high > low else low + 1

    def place(at: float, loss: float) -> str:
        x = LEFT + (WIDTH - LEFT - 16) * at / most_tokens
        return f"{x:.1f},{TOP + (HEIGHT - TOP - BOTTOM) * (high - loss) / (high - low):.1f}"

    parts = [_axis(low, high, most_tokens)]
    for number, (name, curve) in enumerate(named.items()):
        spelled = " ".join(place(*point) for point in curve)
        parts.append(
            f'<polyline points="{spelled}" fill="none" stroke="{COLOURS[number]}" stroke-width="{1 + (number > 0)}"/>'
            f'<text x="{WIDTH - 250 + 80 * number}" y="20" fill="{COLOURS[number]}">{name}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{LEFT}" y="20" font-weight="bold">{escape(title)}</text>{"".join(parts)}</svg>\n'
    )


def _smooth(curve: Curve) -> list[tuple[float, float]]:
    """A mean that follows the last twentieth of the steps."""
    weight, mean, found = 2 / (len(curve) / 20 + 1), None, []
    for at, loss in curve:
        mean = loss if mean is None else mean + min(1.0, weight) * (loss - mean)
        found.append((at, mean))
    return found


def _axis(low: float, high: float, most_tokens: float) -> str:
    lines = []
    for part in range(5):
        y = TOP + (HEIGHT - TOP - BOTTOM) * (1 - part / 4)
        x = LEFT + (WIDTH - LEFT - 16) * part / 4
        lines.append(
            f'<line x1="{LEFT}" x2="{WIDTH - 16}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{low + (high - low) * part / 4:.3g}</text>'
            f'<text x="{x:.1f}" y="{HEIGHT - 20}" text-anchor="middle">{most_tokens * part / 4:,.0f}</text>'
        )
    return "".join(lines) + f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">tokens read; loss</text>'
