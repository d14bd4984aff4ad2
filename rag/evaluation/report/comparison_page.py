"""Two runs side by side: every difference with its interval, what they were made with, which questions changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.evaluation.compare import Comparison, Difference, caution
from rag.evaluation.files import write_whole
from rag.evaluation.report import charts
from rag.evaluation.report.cases import case
from rag.evaluation.report.parts import page, panel, section, table, tag, text, unfolding
from rag.evaluation.report.run_page import GROUPS, as_set, made, name
from rag.evaluation.run import Run
from rag.evaluation.scores import FIGURES

LOOKED_AT = ("rightly cited", "wrongly answered", "wrongly refused", "mrr")
"""Figures whose changed questions are shown."""
SHOWN = 20
"""Questions shown a figure."""
NAMES = {"en": "English", "zh": "Chinese"}
_TONES = {"better": "good", "worse": "bad", "no clear difference": "plain"}
_COLOURS = {"better": "var(--good)", "worse": "var(--bad)", "no clear difference": "var(--soft)"}


def write_comparison(comparison: Comparison) -> Path:
    """Writes the page into the second run's folder, named after the first, and gives its path."""
    first, second = comparison.first, comparison.second
    intervals = len(comparison.differences) + sum(map(len, comparison.languages.values()))
    unlike = ", ".join(comparison.unlike) or "nothing that they were made with"
    body = (
        f"<p>Before is <b>{text(first.folder)}</b>, after is <b>{text(second.folder)}</b>. "
        f"They differ in: {text(unlike)}.</p>",
        *_tables(comparison.differences),
        *_of_languages(comparison),
        f'<p class="soft small">{text(caution(intervals))}</p>',
        _curves(first, second),
        *_changed(comparison),
        section("How they were made", panel(made(first.manifest), title="before"),
                panel(made(second.manifest), title="after")),
    )  # fmt: skip
    title = f"Comparison: {name(second)}"
    subtitle = f"{len(comparison.ids)} questions in both runs"
    return write_whole(
        second.folder / f"comparison-with-{first.folder.resolve().name}.html", page(title, subtitle, body)
    )


def _tables(differences: Sequence[Difference]) -> Iterable[str]:
    for group, title in GROUPS.items():
        if held := [each for each in differences if FIGURES[each.figure].group == group]:
            yield section(title, panel(_table(held)))


def _of_languages(comparison: Comparison) -> Iterable[str]:
    for language, differences in comparison.languages.items():
        yield section(f"Questions in {NAMES.get(language, language)}", panel(_table(differences)))


def _table(held: Sequence[Difference]) -> str:
    reach = max(0.05, *(abs(bound) for each in held for bound in (each.change.low, each.change.high)))
    header = ("figure", "before", "after", "difference", "", "95 % interval", "questions", "")
    return table(header, [_row(each, reach) for each in held], (1, 2, 3, 6))


def _row(each: Difference, reach: float) -> tuple[str, ...]:
    bounds = each.change
    return (
        f"<b>{text(each.figure)}</b>",
        f"{each.before:.3f}",
        f"{each.after:.3f}",
        f"{bounds.estimate:+.3f}",
        charts.change(bounds.low, bounds.estimate, bounds.high, reach, _COLOURS[each.verdict]),
        f'<span class="firm">{bounds.low:+.3f} to {bounds.high:+.3f}</span>',
        str(bounds.count),
        tag(each.verdict, _TONES[each.verdict]),
    )


def _curves(first: Run, second: Run) -> str:
    one, other = first.figures["risk_coverage"], second.figures["risk_coverage"]
    if not one or not other:
        return ""
    points = [point or (0.0, 0.0) for point in (as_set(first), as_set(second))]
    drawn = charts.risk_coverage({"before": one["points"], "after": other["points"]}, points)
    said = f"Areas {one['area']:.3f} and {other['area']:.3f}; the rings are where the thresholds in use stand."
    return section("When to answer", panel(drawn, f'<p class="soft small">{said}</p>', title="Risk and coverage"))


def _changed(comparison: Comparison) -> Iterable[str]:
    questions = {question.id: question for question in comparison.second.questions}
    for figure in LOOKED_AT:
        changed = comparison.changed(figure)
        if not changed:
            continue
        parts = []
        for key, before, after in changed[:SHOWN]:
            lost = (after < before) == FIGURES[figure].higher
            head = (f'<span class="what">{text(questions[key].question)}</span>'
                    f'{tag(f"{before:.2f} → {after:.2f}", "bad" if lost else "good")}')  # fmt: skip
            both = (
                f"<h3>before</h3>{case(questions[key], comparison.first.records[key], opened=True)}"
                f"<h3>after</h3>{case(questions[key], comparison.second.records[key], opened=True)}"
            )
            parts.append(unfolding(head, both))
        about = f"{len(changed)} questions changed; losses first, {min(SHOWN, len(changed))} shown."
        yield section(f"Changed: {figure}", *parts, about=about)
