"""Two runs over the same questions: every difference with its paired bootstrap interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import UsageError
from rag.evaluation.figures import valued
from rag.evaluation.made import differing
from rag.evaluation.run import Run
from rag.evaluation.scores import FIGURES
from rag.evaluation.statistics import Interval, paired_difference


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure in both runs, over the `change.count` questions that have it in both; `change` is the second's mean
    minus the first's with its 95 % interval."""

    figure: str
    before: float
    after: float
    change: Interval

    @property
    def verdict(self) -> str:
        """ "better" or "worse" where the interval leaves no room for chance, else "no clear difference"."""
        if not self.change.excludes(0.0):
            return "no clear difference"
        return "better" if (self.change.estimate > 0) == FIGURES[self.figure].higher else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side. `ids` are the questions that both have, `unlike` what the runs were made with that
    differs, in words. `languages` are the differences over the questions of each, where there are several."""

    first: Run
    second: Run
    ids: tuple[str, ...]
    unlike: tuple[str, ...]
    differences: tuple[Difference, ...]
    languages: Mapping[str, tuple[Difference, ...]]

    def changed(self, figure: str) -> list[tuple[str, float, float]]:
        """The questions whose figure differs: id, before and after, the greatest loss first, then the greatest gain."""
        one, other = (_by_id(run, figure) for run in (self.first, self.second))
        both = [(key, one[key], other[key]) for key in self.ids if key in one and key in other]
        sign = 1 if FIGURES[figure].higher else -1
        return sorted((each for each in both if each[1] != each[2]), key=lambda each: sign * (each[2] - each[1]))


def caution(count: int) -> str:
    """What so many intervals do not say: each is taken for itself."""
    return (
        f"{count} intervals of 95 % each: were nothing different, {count / 20:.1f} of them would look better or worse "
        "by chance. `pincite gate` corrects for that."
    )


def compared(first: Run, second: Run) -> Comparison:
    """Both runs over the questions they share. Raises UsageError where they share none, or where one id stands for
    different questions."""
    one = {question.id: question for question in first.questions}
    other = {question.id: question for question in second.questions}
    ids = tuple(key for key in one if key in other)
    for key in ids:
        if (one[key].question, one[key].answers, one[key].gold) != (
            other[key].question,
            other[key].answers,
            other[key].gold,
        ):
            raise UsageError(
                f"Comparing {first.folder} with {second.folder}: the question {key!r} is not the same in both. "
                "Evaluate one set in both."
            )
    if not ids:
        raise UsageError(
            f"Comparing {first.folder} with {second.folder}: they have no question in common. Evaluate one set in both."
        )
    spoken = sorted({one[key].language for key in ids})
    languages = {
        language: _differences(first, second, [key for key in ids if one[key].language == language])
        for language in (spoken if len(spoken) > 1 else [])
    }
    unlike = tuple(differing(first.manifest, second.manifest))
    return Comparison(first, second, ids, unlike, _differences(first, second, ids), languages)


def read_and_compare(first: Path, second: Path) -> Comparison:
    """The runs in two folders. Raises UsageError as `Run.read` and `compared` do."""
    return compared(Run.read(first), Run.read(second))


def _differences(first: Run, second: Run, ids: Sequence[str]) -> tuple[Difference, ...]:
    found = (_difference(first, second, ids, figure) for figure in FIGURES)
    return tuple(difference for difference in found if difference is not None)


def _difference(first: Run, second: Run, ids: Sequence[str], figure: str) -> Difference | None:
    one, other = _by_id(first, figure), _by_id(second, figure)
    both = [key for key in ids if key in one and key in other]
    if not both:
        return None
    before, after = [one[key] for key in both], [other[key] for key in both]
    change = paired_difference(before, after)
    return Difference(figure, sum(before) / len(both), sum(after) / len(both), change)


def _by_id(run: Run, figure: str) -> dict[str, float]:
    return valued(run.questions, run.records, figure)
