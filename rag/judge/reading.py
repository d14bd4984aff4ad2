"""What a judge says of a passage, and of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = NDArray[np.float64]
Offsets: TypeAlias = NDArray[np.int64]

LONGEST = 120
"""Tokens of an answer at most: a clause of a contract; answers to plain questions are far shorter by themselves."""


@dataclass(frozen=True, slots=True)
class Belief:
    """Where the answer begins and ends, as seen through one window.

    Of each token of the window: the character `begins` and `ends` of the passage, and how likely the answer's first
    (`first`) and last (`last`) token it is; each of the two sums to 1. `weight` is how much this window counts among
    the windows of its passage; those sum to 1.
    """

    begins: Offsets
    ends: Offsets
    first: Column
    last: Column
    weight: float

    def mass(self, start: int, end: int) -> float:
        """How likely it is that the answer begins and ends among the characters start..end, as seen through here."""
        if not len(self.begins) or end <= start:
            return 0.0
        inside = (self.begins >= start) & (self.ends <= end)
        return float(self.first[inside].sum() * self.last[inside].sum())

    def best(self) -> tuple[float, int, int]:
        """The likeliest answer of LONGEST tokens at most: its likelihood, and its first and last character's place."""
        found = (-1.0, 0, 0)
        for length in range(min(LONGEST, len(self.first))):
            likely = self.first[: len(self.first) - length] * self.last[length:]
            at = int(likely.argmax())
            if likely[at] > found[0]:
                found = (float(likely[at]), at, at + length)
        likelihood, first, last = found
        return likelihood, int(self.begins[first]), int(self.ends[last])


@dataclass(frozen=True, slots=True)
class Reading:
    """What a judge says of one passage for one question.

    `relevance` is how likely it is that the passage bears on the question, `answerable` that it holds the answer, each
    0 to 1; of `answerable` that is calibrated. `start` and `end` are the characters of the passage where the answer
    most likely stands, None where there was nothing to read; `held` is how likely it stands just there, if anywhere.
    """

    relevance: float
    answerable: float
    start: int | None
    end: int | None
    held: float
    beliefs: tuple[Belief, ...] = field(default=(), compare=False, repr=False)

    def mass(self, start: int, end: int) -> float:
        """How likely it is, 0 to 1, that the answer, if there is one, lies within the characters start..end."""
        return sum(belief.weight * belief.mass(start, end) for belief in self.beliefs)


NOTHING = Reading(0.0, 0.0, None, None, 0.0)
"""Of an empty passage, or for an empty question."""


def reading(relevance: float, answerable: float, beliefs: Sequence[Belief]) -> Reading:
    """The reading of a passage whose windows gave these beliefs, one at least."""
    likeliest = max(beliefs, key=lambda belief: belief.weight)
    held, start, end = likeliest.best()
    return Reading(relevance, answerable, start, end, held * likeliest.weight, tuple(beliefs))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How likely it is that a span entails a claim, leaves it open, or contradicts it; the three sum to 1."""

    entailed: float
    open: float
    contradicted: float


OPEN = Verdict(0.0, 1.0, 0.0)
"""Of an empty claim, or against an empty span."""
