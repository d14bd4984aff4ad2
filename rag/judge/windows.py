"""Which stretches of a text are read: all of it in windows of so many tokens as a judge can read at once, and for a
closer look the sentences around a place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ingestion.sentences import sentence_spans

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


def around(text: str, place: int, enough: int) -> tuple[int, int]:
    """The sentence of `text` in which the character `place` stands, with sentences before and after it in turn until
    they are `enough` characters, as (start, end)."""
    sentences = sentence_spans(text)
    if not sentences:
        return 0, len(text)
    first = last = next((number for number, (_, end) in enumerate(sentences) if place < end), len(sentences) - 1)
    before = True
    while sentences[last][1] - sentences[first][0] < enough and last - first + 1 < len(sentences):
        if first > 0 and (before or last == len(sentences) - 1):
            first -= 1
        else:
            last += 1
        before = not before
    return sentences[first][0], sentences[last][1]
