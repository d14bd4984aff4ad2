"""Parts and shares: what is held out, what is seen more often, questions put otherwise. No document is in two parts."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from finetune.judge import chinese_edits, english_edits
from finetune.judge.english_edits import Asked
from finetune.pairs.pair import Pair, made

Balance: TypeAlias = Literal["natural", "under", "over", "temperature"]


def parts(pairs: Sequence[Pair], held: float, seed: int) -> tuple[list[Pair], list[Pair]]:
    """The pairs to train on and about the share `held` of them to measure on, by whole documents.

    Both in the pairs' order. Nothing is held out of a single document, since it would leak.
    """
    sizes = _sizes(pairs)
    order = sorted(sizes, key=lambda document: _drawn(document, seed))
    chosen: set[str] = set()
    room = held * len(pairs)
    for document in order if len(order) > 1 else ():
        # a document may be large: it goes where the share comes out nearer to what is wanted
        if sizes[document] <= 2 * room and len(chosen) < len(order) - 1:
            chosen.add(document)
            room -= sizes[document]
        if room <= 0:
            break
    if not chosen and held > 0 and len(order) > 1:
        chosen.add(min(order, key=lambda document: (sizes[document], _drawn(document, seed))))
    return _apart(pairs, chosen)


def folds(pairs: Sequence[Pair], count: int, seed: int) -> list[tuple[list[Pair], list[Pair]]]:
    """`count` ways to part the pairs, each document held out in exactly one; the held parts are of about one size.

    Fewer than `count` documents give as many folds as there are documents.
    """
    sizes = _sizes(pairs)
    held: list[set[str]] = [set() for _ in range(min(count, len(sizes)))]
    filled = [0] * len(held)
    for document in sorted(sizes, key=lambda document: (-sizes[document], _drawn(document, seed))):
        least = filled.index(min(filled))
        held[least].add(document)
        filled[least] += sizes[document]
    return [_apart(pairs, documents) for documents in held]


def _sizes(pairs: Sequence[Pair]) -> Mapping[str, int]:
    sizes: dict[str, int] = defaultdict(int)
    for pair in pairs:
        sizes[pair.document] += 1
    return sizes


def _drawn(document: str, seed: int) -> str:
    """A draw that does not change with the documents beside it."""
    return hashlib.sha256(f"{seed}\0{document}".encode()).hexdigest()


def _apart(pairs: Sequence[Pair], held: set[str]) -> tuple[list[Pair], list[Pair]]:
    train = [pair for pair in pairs if pair.document not in held]
    return train, [pair for pair in pairs if pair.document in held]


def balanced(pairs: Sequence[Pair], balance: Balance, temperature: float, seed: int) -> list[Pair]:
    """The pairs with their kinds in other shares: "under" takes as many of each kind as of the rarest, "over" as many
    as of the most frequent, some more than once; "temperature" keeps the number of pairs and draws each kind by its
    share to the power of 1/temperature: 1 changes nothing, larger ones make it evener. Shuffled, unless "natural".
    """
    if balance == "natural" or not pairs:
        return list(pairs)
    kinds: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        kinds[pair.kind].append(pair)
    dice = random.Random(seed)
    wanted = _wanted({kind: len(group) for kind, group in kinds.items()}, balance, temperature)
    drawn = [pair for kind, group in kinds.items() for pair in _drawn_of(group, wanted[kind], dice)]
    dice.shuffle(drawn)
    return drawn


def _wanted(counts: Mapping[str, int], balance: Balance, temperature: float) -> Mapping[str, int]:
    if balance == "under":
        return dict.fromkeys(counts, min(counts.values()))
    if balance == "over":
        return dict.fromkeys(counts, max(counts.values()))
    total = sum(counts.values())
    powers = {kind: (count / total) ** (1 / temperature) for kind, count in counts.items()}
    return {kind: max(1, round(total * power / sum(powers.values()))) for kind, power in powers.items()}


def _drawn_of(group: Sequence[Pair], count: int, dice: random.Random) -> list[Pair]:
    """`count` of the group, none more often than another by more than one."""
    return [*list(group) * (count // len(group)), *dice.sample(group, count % len(group))]


def augmented(pairs: Sequence[Pair], share: float, seed: int) -> list[Pair]:
    """For this share of the pairs another beside it, its question put otherwise and meaning the same."""
    dice = random.Random(seed)
    asked = [pair for pair in pairs if pair.question]
    chosen = dice.sample(asked, min(len(asked), round(share * len(pairs))))
    return [other for pair in chosen if (other := _otherwise(pair, dice)) is not None]


def _otherwise(pair: Pair, dice: random.Random) -> Pair | None:
    edits = english_edits if pair.language == "en" else chinese_edits
    question = edits.kept(Asked(pair.question, "", 0, 0), dice)
    if not question or question == pair.question:
        return None
    return made(
        question,
        pair.answer,
        kind=pair.kind,
        document=pair.document,
        source=pair.source,
        language=pair.language,
        evidence=pair.evidence,
        history=pair.history,
        rejected=pair.rejected,
    )
