"""Pairs for training in one folder: train.jsonl, held.jsonl, and a manifest that says what they came of.

A run that was broken off, in whatever stage, goes on where it stopped; one that has nothing new to do does nothing.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from core.errors import SettingsError, UsageError
from core.weights import sha256_of
from finetune.pairs import contrast
from finetune.pairs.approved import approved
from finetune.pairs.asked import read_squad, shelved
from finetune.pairs.draft import Draft, Found, passages
from finetune.pairs.forms import read_file
from finetune.pairs.inputs import inputs_of
from finetune.pairs.memo import Memo
from finetune.pairs.mixing import Balance, augmented, balanced, folds, parts
from finetune.pairs.pair import Pair, made, write_pairs, write_whole
from finetune.pairs.rules import drafts as by_rules
from finetune.pairs.settle import settled
from finetune.pairs.shelf import Count, Shelf, opened
from finetune.pairs.sifting import TestSplit, sifted, without_doubts
from finetune.pairs.written import written
from ingestion.tokens import language
from rag.engines.base import Generator

Source: TypeAlias = Literal["passages", "approved", "text"]
Progress: TypeAlias = Callable[[int, int], None]
SOURCES: tuple[Source, ...] = get_args(Source)
"""What pairs are made of in a library: its passages, the answers that were approved, its raw text."""
MANIFEST = "manifest.json"
TRAIN, HELD = "train.jsonl", "held.jsonl"
_WORK = ".work"
_SPARE = 0.75
"""Refusals that each of the ways to make them is asked for, as a share of what is wanted: many are left out again."""


@dataclass(frozen=True, slots=True)
class PairSettings:
    """What is made, and how it is mixed.

    `sources` of the library are used; `files` in the form `form`, found out where None. Questions of the files
    `keep_out` are left out. `unanswerable` is the share of questions to refuse, `distractors` that of answers among
    other passages' quotes, of all that are made of passages; at most `most` questions are made of those. `held` is
    the share held out by document, and `folds` the number of parts for cross-validation beside it, 0 for none.
    `balance` and `temperature` are those of `finetune.pairs.mixing`; `augment` is the share of pairs that a reworded
    one goes beside. Only what is trained on is balanced and reworded.
    """

    sources: tuple[Source, ...] = ("passages", "approved")
    files: tuple[Path, ...] = ()
    form: str | None = None
    keep_out: tuple[Path, ...] = ()
    unanswerable: float = 0.25
    distractors: float = 0.15
    most: int | None = None
    held: float = 0.1
    folds: int = 0
    balance: Balance = "natural"
    temperature: float = 2.0
    augment: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, below in (("unanswerable", 0.9), ("distractors", 0.9), ("held", 0.9), ("augment", 1.0)):
            if not 0 <= getattr(self, name) <= below:
                raise SettingsError(f"Making pairs: {name} is {getattr(self, name)}; it takes 0 to {below}.")
        if self.folds < 0 or self.folds == 1:
            raise SettingsError(f"Making pairs: folds is {self.folds}; it takes 0 for none, or 2 or more.")
        if self.balance not in get_args(Balance):
            raise SettingsError(f"Making pairs: balance is {self.balance!r}; valid are {', '.join(get_args(Balance))}.")
        if self.temperature <= 0 or (self.most is not None and self.most < 1):
            raise SettingsError("Making pairs: temperature and most take numbers over 0.")
        if wrong := [source for source in self.sources if source not in SOURCES]:
            raise SettingsError(f"Making pairs from {wrong[0]!r}: valid are {', '.join(SOURCES)}.")


@dataclass
class _Made:
    """What there is so far: the pairs, and what was left out by reason."""

    pairs: list[Pair]
    left_out: Counter[str]


@dataclass(frozen=True)
class _Run:
    """One run: what all its stages need."""

    settings: PairSettings
    out: Path
    count: Count
    split: TestSplit
    memo: Memo
    progress: Progress | None


def make(
    settings: PairSettings,
    library: Path | None,
    out: Path,
    count: Count,
    model: Generator | None = None,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Makes the pairs and gives their manifest; what is done already, from the same inputs, is not done again.

    `library` is the folder that `sources` are of; `count` gives the tokens of a text by the model that is to be
    trained; `model` writes questions where one is given. `progress` is called with (done, in all) in each stage.
    Raises UsageError naming file and line for what cannot be read or written, and where no pair was made.
    """
    inputs = inputs_of(_plain(settings), settings.files, settings.keep_out, library, settings.sources, model)
    if (done := finished(out)) is not None and done["inputs"] == inputs:
        return done
    work = out / _WORK
    (out / MANIFEST).unlink(missing_ok=True)
    found = _Made([], Counter())
    with Memo(work / f"settled-{inputs['sha256'][:12]}.jsonl") as memo:
        run = _Run(settings, out, count, TestSplit(settings.keep_out), memo, progress)
        for path in settings.files:
            _of_file(run, path, found)
        if library is not None and settings.sources:
            _of_library(run, library, model, found)
    kept = sifted(found.pairs, found.left_out, run.split)
    if not kept:
        raise UsageError(f"Making pairs: none came of it{_why(found.left_out)}. {_REMEDY}")
    manifest = _written_out(run, kept, inputs, found.left_out)
    shutil.rmtree(work)
    return manifest


_REMEDY = "Give other files, add documents with `pincite add`, or name another source with --from."


def _why(left_out: Mapping[str, int]) -> str:
    reasons = "; ".join(f"{count} left out, {reason}" for reason, count in left_out.items() if count)
    return f" ({reasons})" if reasons else ""


def finished(out: Path) -> Mapping[str, Any] | None:
    """The manifest of a folder whose files are what it says; None where there is none, or they are not."""
    try:
        manifest: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        if all(sha256_of(out / name) == digest for name, digest in manifest["outputs"].items()):
            return manifest
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _plain(settings: PairSettings) -> dict[str, Any]:
    values = asdict(settings)
    return {name: value for name, value in values.items() if name not in ("files", "keep_out")}


def _of_file(run: _Run, path: Path, found: _Made) -> None:
    read = read_file(path, run.settings.form)
    found.left_out += read.left_out
    if read.form != "squad":
        found.pairs += read.pairs
        return
    folder = run.out / _WORK / f"{path.stem}-{sha256_of(path)[:12]}"
    with shelved(read_squad(path), folder, run.count, str(path), run.progress) as (shelf, drafts):
        _settle(run, shelf, _mixed(run, drafts), found)


def _of_library(run: _Run, folder: Path, model: Generator | None, found: _Made) -> None:
    with opened(folder, run.count) as shelf:
        held = list(passages(shelf.library))
        if "passages" in run.settings.sources:
            drafts = list(by_rules(held, str(folder)))
            if model is not None:
                with Memo(run.out / _WORK / "written.jsonl") as memo:
                    drafts += written(held, str(folder), model, memo, found.left_out, run.progress)
            drafts = without_doubts(drafts, found.left_out, run.split)
            texts = [one.hit.passage.indexed_text for one in held]
            _settle(run, shelf, _mixed(run, drafts, contrast.codes_in(texts)), found)
        if "approved" in run.settings.sources:
            groups = _Groups(held)
            found.pairs += approved(shelf, shelf.library.journal, str(folder), found.left_out, groups.of)
        if "text" in run.settings.sources:
            found.pairs += [_text(one, str(folder)) for one in held if one.hit.passage.text.strip()]


def _text(one: Found, source: str) -> Pair:
    text = one.hit.passage.indexed_text
    return made("", text, kind="text", document=one.group, source=source, language=language(text))


class _Groups:
    """What splits go by for a place in a library."""

    def __init__(self, found: Sequence[Found]) -> None:
        self._found = found

    def of(self, document: str, start: int) -> str:
        """The group of the passage that holds the character; the document itself where none does."""
        for one in self._found:
            passage = one.hit.passage
            if one.hit.document == document and passage.start <= start < passage.end:
                return one.group
        return document


def _mixed(run: _Run, drafts: Sequence[Draft], codes: frozenset[str] = frozenset()) -> list[Draft]:
    """The drafts, `most` at most, with those made of them; what is made of one question stands in a row."""
    settings = run.settings
    dice = random.Random(settings.seed)
    if settings.most is not None and len(drafts) > settings.most:
        drafts = _spread(drafts, settings.most, dice)
    answered = [draft for draft in drafts if draft.way == "answered"]
    shares = 1 - settings.unanswerable, 1 - settings.distractors
    refused = round(len(answered) * settings.unanswerable / shares[0] * _SPARE)
    others = contrast.in_other_ways(answered, round(len(answered) * settings.distractors / shares[1]), refused, dice)
    if refused:
        others += contrast.edited(answered, refused, dice)
        swapped = list(contrast.code_swapped(answered, codes)) if codes else []
        others += dice.sample(swapped, min(len(swapped), refused))
    by_question: dict[str, list[Draft]] = {}
    for draft in (*drafts, *others):
        by_question.setdefault(draft.question, []).append(draft)
    return [draft for group in by_question.values() for draft in group]


def _spread(drafts: Sequence[Draft], most: int, dice: random.Random) -> list[Draft]:
    """`most` of the drafts, as many of each kind as there are, in their order."""
    by_kind: dict[str, list[int]] = {}
    for number, draft in enumerate(drafts):
        by_kind.setdefault(draft.kind, []).append(number)
    for numbers in by_kind.values():
        dice.shuffle(numbers)
    chosen: list[int] = []
    while len(chosen) < most:
        chosen += [numbers.pop() for numbers in by_kind.values() if numbers]
    return [drafts[number] for number in sorted(chosen[:most])]


def _settle(run: _Run, shelf: Shelf, drafts: Sequence[Draft], found: _Made) -> None:
    """The drafts' pairs, the made refusals among them no more than their share."""
    pairs: list[Pair] = []
    natural = 0
    refusals: list[Pair] = []
    for number, draft in enumerate(drafts, 1):
        outcome = run.memo.get(draft.key, lambda draft=draft: _outcome(draft, shelf))  # type: ignore[misc]
        if isinstance(outcome, str):
            found.left_out[outcome] += 1
        else:
            pair = made(**outcome)
            made_up = draft.way in ("edited", "evidence-removed")
            natural += draft.way == "unanswerable"
            (refusals if made_up else pairs).append(pair)
        if run.progress:
            run.progress(number, len(drafts))
    share = run.settings.unanswerable
    wanted = max(0, round((len(pairs) - natural) * share / (1 - share)) - natural)
    chosen = random.Random(run.settings.seed).sample(refusals, min(len(refusals), wanted))
    found.left_out["more refusals than were asked for"] += len(refusals) - len(chosen)
    found.pairs += [*pairs, *chosen]


def _outcome(draft: Draft, shelf: Shelf) -> str | dict[str, Any]:
    pair = settled(draft, shelf)
    if isinstance(pair, str):
        return pair
    values = asdict(pair)
    del values["id"]
    return values


def _written_out(
    run: _Run, kept: Sequence[Pair], inputs: Mapping[str, Any], left_out: Counter[str]
) -> Mapping[str, Any]:
    settings, out = run.settings, run.out
    train, held = parts(kept, settings.held, settings.seed)
    files = {TRAIN: _learned(settings, train)} | ({HELD: held} if held else {})
    for number, (learned, apart) in enumerate(folds(kept, settings.folds, settings.seed) if settings.folds else (), 1):
        files |= {f"fold-{number}/{TRAIN}": _learned(settings, learned), f"fold-{number}/{HELD}": apart}
    if not held:
        (out / HELD).unlink(missing_ok=True)
    for name, pairs in files.items():
        write_pairs(out / name, pairs)
    manifest = {
        "inputs": inputs,
        "counts": {name: _counted(pairs) for name, pairs in files.items()},
        "documents": len({pair.document for pair in kept}),
        "left_out": {reason: count for reason, count in sorted(left_out.items()) if count},
        "outputs": {name: sha256_of(out / name) for name in files},
        "notes": [] if held or not settings.held else ["All pairs are of one document, so none could be held out."],
    }
    write_whole(out / MANIFEST, [json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"])
    return manifest


def _learned(settings: PairSettings, train: Sequence[Pair]) -> list[Pair]:
    """What is trained on: with reworded ones beside, and in the shares that were asked for."""
    more = [*train, *augmented(train, settings.augment, settings.seed)]
    return balanced(more, settings.balance, settings.temperature, settings.seed)


def _counted(pairs: Sequence[Pair]) -> Mapping[str, Any]:
    kinds = Counter(pair.kind for pair in pairs)
    languages = Counter(pair.language for pair in pairs)
    return {"pairs": len(pairs), "kinds": dict(sorted(kinds.items())), "languages": dict(sorted(languages.items()))}
