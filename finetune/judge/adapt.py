"""Adapts the judge of a library to its own confirmed questions and feedback, and puts it live if it is better.

The questions are parted into folds that share no document. For each fold a judge is trained on the others, and the fold
is asked with it; the gate compares that with the judge that serves now. What goes live is trained on all of them in the
same way, and asked all of them once more, so that a training that went astray is seen.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

from core.errors import MissingDependency, UsageError
from core.settings import read_section
from core.weights import sha256_of
from finetune.judge import calibration
from finetune.judge.adapt_live import put_live, trained_on
from finetune.judge.adapt_measure import Trial, Weighed, measurable, merged
from finetune.judge.adapt_questions import Confirmed, parted
from finetune.judge.adapt_rows import Rows, for_training
from finetune.judge.calibration import Item
from finetune.judge.examples import Example
from finetune.judge.recipe import Recipe
from rag.answer.answer import AnswerSettings
from rag.assistant import Assistant
from rag.evaluation.gate import Measured, Verdict, compare, fingerprint
from rag.evaluation.questions import Question
from rag.evaluation.statistics import Interval, paired_difference
from rag.judge.judge import Judge
from rag.judge.open import FOLDER, Judges, Language
from rag.judge.profile import Profile

RECIPE = Recipe(
    "adapted", "the judge that is shipped", "", strategy="lora", rank=8, passes=3.0, learning_rate=4e-4, head_rate=2e-4,
    batch_tokens=3072,
)  # fmt: skip
"""Low-rank additions: of the weights that a few hundred rows could bend, few are free."""
WHOLE = "whole"
HELD_CLAIMS = 4
"""Every so many'th claim is kept out of the training, to set the limits of entailment by."""
_NEEDS = {
    **dict.fromkeys(("torch", "transformers", "peft", "onnx", "safetensors"), "tuning"),
    **dict.fromkeys(("ir_measures", "rouge_score", "sacrebleu"), "evaluation"),
}

Progress: TypeAlias = Callable[[int, int], None]
Bars: TypeAlias = Callable[[str], AbstractContextManager[Progress | None]]
"""Shows how far the counting of some unit is."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """What came of adapting one language's judge.

    `rows` counts the rows it was trained on by kind; `by` says what the folds share none of. `weighed` sets judges that
    were trained without a question beside the present one; `whole` the judge itself, which was trained on them.
    """

    language: str
    questions: int
    praised: int
    blamed: int
    rows: Mapping[str, int]
    by: str
    weighed: Weighed
    whole: Verdict
    live: bool

    @property
    def passed(self) -> bool:
        """Whether it may go live."""
        return self.weighed.passed and self.whole.passed

    @property
    def sentence(self) -> str:
        """What was found, and what serves now."""
        found = self.weighed.sentence
        if self.weighed.passed and not self.whole.passed:
            found = f"Its last training went astray: {self.whole.sentence}"
        forced = ", since it was forced" if self.live and not self.passed else ""
        return f"{found} " + (f"It is live{forced}." if self.live else "The judge before it stays.")


def adapt(
    assistant: Assistant, spoken: Language, given: Confirmed, recipe: Recipe, bars: Bars, force: bool = False
) -> Adapted:
    """Trains, measures, and puts live what is better, or what is forced. Goes on where it was stopped.

    The judges of the folds lie in LIBRARY/judge/tuning-LANGUAGE until they are trained with other rows.
    Raises UsageError for too few questions, MissingDependency, WeightsError.
    """
    check_installed()
    given.check_enough(spoken)
    library, questions = assistant._library.folder, given.questions
    if not read_section(library, "answer", AnswerSettings).judge:
        raise UsageError("Adapting the judge: [answer] judge is false in pincite.toml, so that no judge is asked.")
    base = _base(library, spoken)
    by, parts = parted((*questions, *given.blamed))
    present = _present(assistant, spoken, questions, base, bars)
    sets, held = _sets(assistant, spoken, given, parts, bars)
    work = library / FOLDER / f"tuning-{spoken}"
    _settle(work, _hash([base.profile.sha256, asdict(recipe), {k: list(map(asdict, v)) for k, v in sets.items()}]))

    from finetune.judge.adapt_train import train_all

    with bars("rows") as progress:
        train_all(base, {work / name: rows for name, rows in sets.items()}, recipe, progress)
    folds = _ask_folds(assistant, work, spoken, base, parts, bars)
    judges = _finish(work, spoken, base, folds, held)
    with bars("questions") as progress:
        whole = compare(present.figures, Trial(assistant, judges).measured(questions, progress))
    weighed = Weighed(compare(present.figures, folds.figures), _nearer(present, folds))
    counts = Counter(row.kind for row in sets[WHOLE])
    made = Adapted(spoken, len(questions), given.praised, len(given.blamed), counts, by, weighed, whole, False)
    if made.passed or force:
        put_live(library, spoken, work / WHOLE / FOLDER, map(fingerprint, questions))
        made = replace(made, live=True)
    return made


def check_installed() -> None:
    """Raises MissingDependency naming the extra that is missing."""
    for module, extra in _NEEDS.items():
        if find_spec(module) is None:
            raise MissingDependency(
                f"Adapting the judge: {module} is not installed. `pip install 'pincite[{extra}]'` installs it."
            )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What judges make of the questions: the guarded figures, the items, and how sure they are of each item."""

    figures: Measured
    items: list[Item]
    confidences: list[float]


def _base(library: Path, spoken: Language) -> Judge:
    """The judge to start from: the shipped one, so that adapting again does not drift; else the library's own."""
    judge = Judges().of(spoken) or Judges(library).of(spoken)
    if judge is None:
        raise UsageError(
            f"Adapting the judge for {spoken!r}: none is shipped for that language, and the library has none. "
            "Questions in it are answered by words and similarity alone."
        )
    return judge


def _present(assistant: Assistant, spoken: Language, questions: Sequence[Question], base: Judge, bars: Bars) -> _Asked:
    """The figures of now. A question that the library's judge was trained on says nothing about it: there the shipped
    one stands in."""
    library = assistant._library.folder
    seen = trained_on(library, spoken)
    known = [question for question in questions if fingerprint(question) in seen]
    fresh = [question for question in questions if fingerprint(question) not in seen]
    parts: list[_Asked] = []
    with bars("questions") as progress:
        for judges, of in ((Judges(library), fresh), (Judges(), known)):
            judge = judges.of(spoken) or base
            if of:
                trial = Trial(assistant, judges)
                items = [item for question in of for item in trial.items(question)]
                parts.append(_Asked(trial.measured(of, progress), items, calibration.sure(items, judge.profile)))
    return _Asked(
        merged([part.figures for part in parts]),
        [item for part in parts for item in part.items],
        [one for part in parts for one in part.confidences],
    )


def _nearer(present: _Asked, folds: _Asked) -> Interval:
    """By how much the squared distance of the confidence from the truth has changed, question by question."""
    old, new = (
        {
            item.question: (one - item.right) ** 2
            for item, one in zip(asked.items, asked.confidences, strict=True)
            if item.natural
        }
        for asked in (present, folds)
    )
    both = sorted(old.keys() & new.keys())
    return paired_difference([old[each] for each in both], [new[each] for each in both])


def _sets(
    assistant: Assistant, spoken: str, given: Confirmed, parts: Sequence[Sequence[Question]], bars: Bars
) -> tuple[dict[str, list[Example]], list[Example]]:
    """The rows to train each fold's judge on, and the last one; and the claims that none is trained on."""
    maker = Rows(assistant, spoken)
    with bars("questions") as progress:
        rows = maker.of_questions((*given.questions, *given.blamed), progress)
    if not any(rows.values()):
        raise UsageError(
            "Adapting the judge: of no question could a passage be found that answers it, or that does not. Give "
            "answers in the documents' words, or the page or heading where they stand."
        )
    claims = maker.of_sentences(len(given.questions))
    held = claims[::HELD_CLAIMS]
    learned = [claim for number, claim in enumerate(claims) if number % HELD_CLAIMS]
    sets = {
        f"part-{number}": for_training(rows, [q.id for other in parts if other is not part for q in other], learned)
        for number, part in enumerate(parts)
    }
    return sets | {WHOLE: for_training(rows, list(rows), learned)}, held


def _settle(work: Path, inputs: str) -> None:
    """Empties the folder of what was made with other rows, another base or another recipe."""
    mark = work / "inputs"
    if mark.exists() and mark.read_text() == inputs:
        return
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    mark.write_text(inputs)


def _ask_folds(
    assistant: Assistant,
    work: Path,
    spoken: Language,
    base: Judge,
    parts: Sequence[Sequence[Question]],
    bars: Bars,
) -> _Asked:
    """Every question asked with the judge that was trained without its fold, its profile fitted without it too."""
    places = [work / f"part-{number}" for number in range(len(parts))]
    asked = [measurable(part) for part in parts]
    of_fold: list[list[Item]] = []
    for place, questions in zip(places, asked, strict=True):
        trial = Trial(assistant, Judges(place))
        of_fold.append([item for question in questions for item in trial.items(question)])
    profiles = [
        calibration.refitted(base.profile, [item for other in of_fold if other is not mine for item in other])
        for mine in of_fold
    ]
    confidences = [calibration.sure(mine, profile) for mine, profile in zip(of_fold, profiles, strict=True)]
    measured: list[Measured] = []
    with bars("questions") as progress:
        for number, (place, questions) in enumerate(zip(places, asked, strict=True)):
            others = [at for at in range(len(parts)) if at != number]
            risks = calibration.promises(
                base.profile,
                [item for at in others for item in of_fold[at]],
                [one for at in others for one in confidences[at]],
            )
            _write_profile(place, spoken, replace(profiles[number], risks=risks))
            measured.append(Trial(assistant, Judges(place)).measured(questions, progress))
    return _Asked(
        merged(measured), [item for mine in of_fold for item in mine], [one for mine in confidences for one in mine]
    )


def _finish(work: Path, spoken: Language, base: Judge, folds: _Asked, held: Sequence[Example]) -> Judges:
    """Fits the profile of the judge that was trained on all; gives it as judges of a library."""
    place = work / WHOLE
    judge = Judges(place).of(spoken)
    assert judge is not None
    contradicted, entailed = calibration.limits(
        base.profile, judge.check([(row.question, row.passage) for row in held]), [row.label for row in held]
    )
    fitted = replace(
        calibration.refitted(base.profile, folds.items),
        risks=calibration.promises(base.profile, folds.items, folds.confidences),
        contradicted_from=contradicted,
        entailed_from=entailed,
    )
    _write_profile(place, spoken, fitted)
    return Judges(place)


def _write_profile(place: Path, spoken: str, profile: Profile) -> None:
    """Lays the profile beside the judge in `place`, whose hash it gets."""
    judge = place / FOLDER / f"judge-{spoken}.onnx"
    partial = judge.with_suffix(".partial")
    replace(profile, sha256=sha256_of(judge)).write(partial)
    partial.replace(judge.with_suffix(".json"))


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
