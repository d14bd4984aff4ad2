"""Which pairs are read together, and in which order: a pass, its steps, and the reads of a step."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from finetune.training.encoding import Encoded

Read = list[Encoded]
"""What goes through the model at once."""
Step = list[Read]
"""What the weights change for at once."""


@dataclass(frozen=True, slots=True)
class Row:
    """Texts one behind the other. `ids` and `positions` are [1, tokens]; `lengths` says where one ends; `learnt` are
    the places whose next token is to be learnt, `targets` those tokens, `owner` the number of the text of each."""

    ids: Tensor
    positions: Tensor
    lengths: list[int]
    learnt: Tensor
    targets: Tensor
    owner: Tensor

    def to(self, device: str) -> Row:
        """The same on another device."""
        moved = (one.to(device) for one in (self.ids, self.positions, self.learnt, self.targets, self.owner))
        ids, positions, learnt, targets, owner = moved
        return Row(ids, positions, self.lengths, learnt, targets, owner)


def row(read: Read) -> Row:
    """The texts of `read` in one row; of a preference the chosen text, then the rejected one."""
    ids, positions, lengths = list[int](), list[int](), list[int]()
    learnt, targets, owner = list[int](), list[int](), list[int]()
    for number, text in enumerate(text for one in read for text in one.texts):
        start = len(ids)
        ids += text.ids
        positions += range(len(text.ids))
        lengths.append(len(text.ids))
        learnt += range(start + text.learnt - 1, start + len(text.ids) - 1)
        targets += text.ids[text.learnt :]
        owner += [number] * (len(text.ids) - text.learnt)
    made = (torch.tensor(values, dtype=torch.long) for values in ([ids], [positions], learnt, targets, owner))
    one, two, three, four, five = made
    return Row(one, two, lengths, three, four, five)


def steps(pairs: Sequence[Encoded], order: Sequence[int], batch_tokens: int, read_tokens: int) -> list[Step]:
    """The pairs in that order, cut into steps of at most `batch_tokens` and reads of at most `read_tokens` tokens.

    A step holds one pair at least, though it be longer.
    """
    found: list[Step] = []
    in_step = in_read = 0
    for at in order:
        pair = pairs[at]
        if not found or in_step + pair.tokens > batch_tokens:
            found.append([[]])
            in_step = in_read = 0
        elif in_read + pair.tokens > read_tokens:
            found[-1].append([])
            in_read = 0
        found[-1][-1].append(pair)
        in_step, in_read = in_step + pair.tokens, in_read + pair.tokens
    return found


def order(pairs: Sequence[Encoded], seed: int, number: int, temperature: float | None) -> list[int]:
    """The places of the pairs of pass `number`, shuffled by `seed`.

    With a temperature as many are drawn as there are, a kind's chance being its count to the power of 1 / temperature:
    1 leaves the kinds as they are, larger ones bring them near each other. Within a kind none comes twice before all
    have come once.
    """
    dice = random.Random(f"{seed}-{number}")
    if temperature is None:
        places = list(range(len(pairs)))
        dice.shuffle(places)
        return places
    counts = Counter(pair.kind for pair in pairs)
    kinds = sorted(counts)
    drawn = dice.choices(kinds, [counts[kind] ** (1 / temperature) for kind in kinds], k=len(pairs))
    of_kind = {kind: _endless([at for at, pair in enumerate(pairs) if pair.kind == kind], dice) for kind in kinds}
    return [next(of_kind[kind]) for kind in drawn]


def _endless(places: list[int], dice: random.Random) -> Iterator[int]:
    while True:
        dice.shuffle(places)
        yield from list(places)


def learnt_tokens(step: Step) -> int:
    """How many tokens a step learns."""
    return sum(len(text.ids) - text.learnt for read in step for one in read for text in one.texts)
