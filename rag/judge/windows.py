"""Which stretches of a long text are read, where a judge can read only so many tokens at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

OVERLAP = 64
"""Tokens that neighbouring windows share, so that an answer on the border of one stands whole in the other."""
MOST = 16
"""Windows of one text at most, however long it is: about a second's reading on two cores."""


def windows(asked: Sequence[int], text: Sequence[int], room: int, most: int = MOST) -> list[tuple[int, int]]:
    """The stretches of the token ids `text` to read for the token ids `asked`, as (start, end), in order.

    Each is `room` tokens at most. Together they cover the text, unless that takes more than `most`: then those are
    read that hold most of what is asked, a token counting the more the fewer of them hold it.
    """
    if len(text) <= room:
        return [(0, len(text))]
    step = max(1, room - OVERLAP)
    covering = [(start, min(start + room, len(text))) for start in range(0, len(text) - (room - step), step)]
    if len(covering) <= most:
        return covering
    held = [set(asked).intersection(text[start:end]) for start, end in covering]
    counts = Counter(token for tokens in held for token in tokens)
    worth = [sum(math.log(1 + len(covering) / counts[token]) for token in tokens) for tokens in held]
    best = sorted(range(len(covering)), key=lambda at: -worth[at])[:most]
    return [covering[at] for at in sorted(best)]
