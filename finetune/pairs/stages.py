"""The stages that pairs of any source go through: drafts in several ways, settled, parted, mixed, written."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from core.weights import sha256_of
from finetune.pairs import contrast
from finetune.pairs.draft import Draft
from finetune.pairs.memo import Memo
from finetune.pairs.mixing import augmented, balanced, folds, parts
from finetune.pairs.pair import Pair, made, write_pairs, write_whole
from finetune.pairs.settings import PairSettings
from finetune.pairs.settle import settled
from finetune.pairs.shelf import Shelf

Progress: TypeAlias = Callable[[int, int], None]
MANIFEST = "manifest.json"
TRAIN, HELD = "train.jsonl", "held.jsonl"
_SPARE = 0.75
"""Refusals that each of the ways to make them is asked for, as a share of what is wanted: many are left out again."""


@dataclass
class Made:
    """What there is so far: the pairs, and what was left out by reason."""

    pairs: list[Pair]
    left_out: Counter[str]


@dataclass(frozen=True)
class Run:
    """One run: what all its stages need."""

    settings: PairSettings
    out: Path
    memo: Memo
    progress: Progress | None


def mixed(run: Run, drafts: Sequence[Draft], codes: frozenset[str] = frozenset()) -> list[Draft]:
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


def settle(run: Run, shelf: Shelf, drafts: Sequence[Draft], found: Made) -> None:
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


def written_out(run: Run, kept: Sequence[Pair], inputs: Mapping[str, Any], left_out: Counter[str]) -> dict[str, Any]:
    """Writes the pairs in parts, and the manifest at last; gives it. Raises UsageError where that cannot be done."""
    settings, out = run.settings, run.out
    train, held = parts(kept, settings.held, settings.seed)
    files = {TRAIN: _learned(settings, train)} | ({HELD: held} if held else {})
    for number, (learned, apart) in enumerate(folds(kept, settings.folds, settings.seed) if settings.folds else (), 1):
        files |= {f"fold-{number}/{TRAIN}": _learned(settings, learned), f"fold-{number}/{HELD}": apart}
    if not held:
        (out / HELD).unlink(missing_ok=True)
    for name, pairs in files.items():
        write_pairs(out / name, pairs)
    manifest: dict[str, Any] = {
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
