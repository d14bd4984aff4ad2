"""The gate: is what stands here now worse than what was frozen?

    baseline = read_baseline(Path("examples/baseline.json"))
    verdict = compare(baseline, measure(subject, questions))
    if not verdict.passed: ...

Both sides hold every guarded figure of every question. Of each figure the paired bootstrap tells how likely so large a
loss is by chance; so it does for BY_LANGUAGE over the questions of each language that has ENOUGH, since one language's
gain would hide another's loss. Holm's correction holds the chance of any false alarm, over all together, to LEVEL. What
is CERTAIN may not fall at all. A figure that rose is no alarm; freezing anew raises the bar.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from core.errors import UsageError
from rag.evaluation.files import write_whole
from rag.evaluation.made import differing
from rag.evaluation.questions import Question, to_json
from rag.evaluation.records import Score
from rag.evaluation.scores import FIGURES
from rag.evaluation.statistics import Interval, holm, loss_p, mean_interval, paired_difference

_T = TypeVar("_T")
FORM = 1
"""Of the baseline's file; grows when an older Pincite could not read it."""
LEVEL = 0.05
"""The chance of a false alarm in one comparison, over all figures."""
WORST = 5
"""Questions named of a figure that fell."""
GUARDED = (
    "ndcg@10",
    "recall@10",
    "rightly cited",
    "right",
    "page accuracy",
    "verbatim",
    "wrongly refused",
    "wrongly answered",
    "draft kept",
)
"""The figures that may not become worse. Where the model, its prompt or its template breaks, only the last one tells:
the answer is then its quotes, as good as ever."""

CERTAIN = frozenset({"verbatim"})
"""Those of them in which one question's loss is no noise but a defect."""
BY_LANGUAGE = ("ndcg@10", "rightly cited", "wrongly refused", "wrongly answered")
"""Those of them that are compared within each language too. Few, since each makes all of them harder to lose."""
ENOUGH = 20
"""Questions with a figure that a language takes for it to be compared."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The guarded figures a question: `figures[name][question id]`, without those that say nothing about a question.

    `questions` holds a fingerprint a question, so that figures of another question under the same id are not
    compared. `made` says what they were measured with: for people, not compared. `languages` are those of the
    questions; empty where an older Pincite measured. `failed` says why, of questions that could not be asked: those are
    in nothing else, and what lacks them is neither compared nor frozen.
    """

    figures: Mapping[str, Mapping[str, float]]
    questions: Mapping[str, str]
    made: Mapping[str, Any]
    languages: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)

    def only(self, ids: Container[str]) -> Measured:
        """The figures of some of the questions, none of which failed."""
        figures = {name: _only(of, ids) for name, of in self.figures.items()}
        return Measured(figures, _only(self.questions, ids), self.made, _only(self.languages, ids))

    @property
    def failure(self) -> str:
        """Which questions failed, and the first one's reason, in words; "" where none did."""
        if not self.failed:
            return ""
        count = len(self.failed) + len(self.questions)
        first = next(iter(self.failed.values()))
        return f"{len(self.failed)} of {count} questions failed: {', '.join(self.failed)}. The first: {first}"


def _only(of: Mapping[str, _T], ids: Container[str]) -> dict[str, _T]:
    return {key: value for key, value in of.items() if key in ids}


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure, before and now: its means over the `difference.count` questions that have it on both sides, their
    difference with its 95 % interval, and the chance `p`, corrected, of such a loss where nothing became worse.
    `worse` are the ids of the questions that lost most, the worst first. A figure that no question has any more is
    lost, with NaN for means and difference. `language` is None where the questions of all are compared."""

    figure: str
    before: float
    now: float
    difference: Interval
    p: float
    lost: bool
    worse: tuple[str, ...]
    language: str | None = None

    @property
    def name(self) -> str:
        """The figure, and the language where it is of one."""
        return _called(self.figure, self.language)

    @property
    def told(self) -> str:
        """The figure before and now, in words."""
        if not self.difference.count:
            return f"{self.name} is gone"
        return f"{self.name} from {self.before:.3f} to {self.now:.3f}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of each guarded figure that the baseline has."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether no figure was lost."""
        return not self.lost

    @property
    def lost(self) -> tuple[Finding, ...]:
        """The figures that became worse by more than chance explains."""
        return tuple(finding for finding in self.findings if finding.lost)

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.passed:
            return "Passed: no guarded figure is significantly worse than the baseline."
        losses = ", ".join(each.told for each in self.lost)
        return f"Failed: significantly worse than the baseline: {losses}."


def measured(
    questions: Sequence[Question], scores: Mapping[str, Mapping[str, Score]], made: Mapping[str, Any]
) -> Measured:
    """The guarded ones of the figures of a run, `scores[question id][figure]`."""
    figures = {name: {key: found[name].value for key, found in scores.items() if name in found} for name in GUARDED}
    return Measured(
        {name: {key: value for key, value in of.items() if value is not None} for name, of in figures.items()},
        {question.id: fingerprint(question) for question in questions},
        made,
        {question.id: question.language for question in questions},
    )


def compare(baseline: Measured, present: Measured, level: float = LEVEL, seed: int = 0) -> Verdict:
    """Whether `present` is worse than `baseline`, figure by figure, on the same questions, all and of each language.

    Raises UsageError where the questions are not the same or some failed, so that nothing passes by being left out.
    """
    for side in (baseline, present):
        _check_whole("Comparing with the baseline", side)
    _check_same(baseline.questions, present.questions)
    compared = [_Compared.of(name, baseline, present) for name in GUARDED if baseline.figures.get(name)]
    compared += _by_language(compared, present.languages or baseline.languages)
    corrected = holm({each.called: 0.0 if each.surely_lost else loss_p(*each.upwards, seed) for each in compared})
    return Verdict(tuple(_finding(each, corrected[each.called], level, seed) for each in compared))


def read_baseline(path: Path) -> Measured:
    """The frozen figures in a file. Raises UsageError for one that is missing or is none."""
    if not path.is_file():
        raise UsageError(f"Reading the baseline: there is no file {path}. `pincite gate --freeze` makes one.")
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        form, baseline = held["form"], _from_json(held)
        values = [value for of in baseline.figures.values() for value in of.values()]
        maps = all(isinstance(each, dict) for each in (baseline.questions, baseline.languages))
        if not maps or not all(isinstance(value, int | float) for value in values):
            raise ValueError("its figures are no numbers")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise UsageError(
            f"Reading the baseline {path}: it is none ({error!r}). `pincite gate --freeze` makes it anew."
        ) from error
    if form != FORM:
        raise UsageError(
            f"Reading the baseline {path}: it is of form {form}, this Pincite reads {FORM}. "
            "`pincite gate --freeze` makes it anew."
        )
    return baseline


def write_baseline(path: Path, figures: Measured) -> None:
    """Lays the figures in a file, whole or not at all; a value a line, so that a change can be read.

    Raises UsageError where questions failed.
    """
    _check_whole("Keeping the figures", figures)
    held = {"form": FORM, **asdict(figures)}
    del held["failed"]
    text = json.dumps(held, ensure_ascii=False, indent=1, allow_nan=False)
    write_whole(path, text + "\n")


def _from_json(held: Mapping[str, Any]) -> Measured:
    return Measured(held["figures"], held["questions"], held["made"], held.get("languages", {}))


def fingerprint(question: Question) -> str:
    """16 hex digits of all that a question's figures depend on."""
    return hashlib.sha256(json.dumps(to_json(question), sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Compared:
    """The values of one figure of the questions that have it on both sides."""

    name: str
    ids: tuple[str, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]
    language: str | None = None

    @classmethod
    def of(cls, name: str, baseline: Measured, present: Measured) -> _Compared:
        old, new = (side.figures.get(name, {}) for side in (baseline, present))
        ids = tuple(sorted(old.keys() & new.keys()))
        return cls(name, ids, tuple(old[each] for each in ids), tuple(new[each] for each in ids))

    def within(self, language: str, languages: Mapping[str, str]) -> _Compared:
        """The questions of one language alone."""
        both = zip(self.ids, self.before, self.now, strict=True)
        kept = [each for each in both if languages.get(each[0]) == language]
        ids, before, now = zip(*kept, strict=True) if kept else ((), (), ())
        return _Compared(self.name, ids, before, now, language)

    @property
    def called(self) -> str:
        """The figure, and the language where it is of one."""
        return _called(self.name, self.language)

    @property
    def upwards(self) -> tuple[list[float], list[float]]:
        """Before and now, turned so that higher is better."""
        sign = 1.0 if FIGURES[self.name].higher else -1.0
        return [sign * value for value in self.before], [sign * value for value in self.now]

    @property
    def surely_lost(self) -> bool:
        """Whether chance has no part in it: nothing is left to measure, or a quote is not its document's text."""
        return not self.ids or (self.name in CERTAIN and any(now < old for old, now in zip(*self.upwards, strict=True)))


def _called(figure: str, language: str | None) -> str:
    return f"{figure}, {language}" if language else figure


def _by_language(compared: Sequence[_Compared], languages: Mapping[str, str]) -> list[_Compared]:
    """The figures of BY_LANGUAGE for each language with ENOUGH questions, where there is more than one language."""
    spoken = sorted(set(languages.values()))
    if len(spoken) < 2:
        return []
    parts = [each.within(one, languages) for one in spoken for each in compared if each.name in BY_LANGUAGE]
    return [each for each in parts if len(each.ids) >= ENOUGH]


def _finding(compared: _Compared, p: float, level: float, seed: int) -> Finding:
    losses = {each: old - new for each, old, new in zip(compared.ids, *compared.upwards, strict=True)}
    worse = sorted((each for each in losses if losses[each] > 0), key=lambda each: -losses[each])
    return Finding(
        compared.name,
        mean_interval(compared.before).estimate,
        mean_interval(compared.now).estimate,
        paired_difference(compared.before, compared.now, seed=seed),
        p,
        p <= level,
        tuple(worse[:WORST]),
        compared.language,
    )


def check_same_questions(baseline: Measured, questions: Sequence[Question]) -> None:
    """Raises UsageError where these are not the questions that were frozen: asked before they are measured."""
    _check_same(baseline.questions, {question.id: fingerprint(question) for question in questions})


def changed_since(baseline: Measured, present: Measured) -> list[str]:
    """What both were measured with that differs, in words; nothing where the baseline does not say."""
    try:
        return differing(baseline.made, present.made)
    except (KeyError, TypeError):
        return []


def _check_whole(doing: str, state: Measured) -> None:
    if state.failed:
        raise UsageError(f"{doing}: {state.failure}")


def _check_same(old: Mapping[str, str], new: Mapping[str, str]) -> None:
    changed = [each for each in old if new.get(each) != old[each]] + [each for each in new if each not in old]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UsageError(
            f"Comparing with the baseline: question {changed[0]!r}{more} is new, gone or changed since it was frozen. "
            "Ask the same questions, or run `pincite gate --freeze` where the present state is well."
        )
