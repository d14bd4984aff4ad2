"""Cuts long passages to what a judge reads at once, on the borders of sentences."""

from __future__ import annotations

import random

from ingestion.sentences import sentence_spans
from ingestion.tokens import spans

LIMIT = {"en": 1100, "zh": 450}
"""Characters of a passage in each language; about 300 tokens, which leaves room for the question."""


def window(passage: str, start: int, end: int, limit: int, rng: random.Random) -> tuple[str, int, int]:
    """A stretch of whole sentences, at most `limit` characters, that holds `passage[start:end]` at a random place.

    Gives the stretch and the offsets inside it. Where the sentences with the answer alone are longer than `limit`,
    the stretch is cut at words instead; it always holds the answer whole.
    """
    if len(passage) <= limit:
        return passage, start, end
    sentences = sentence_spans(passage)
    first = max((i for i, (at, _) in enumerate(sentences) if at <= start), default=0)
    last = min((i for i, (_, to) in enumerate(sentences) if to >= end), default=len(sentences) - 1)
    if last < first or sentences[last][1] - sentences[first][0] > limit:
        return _by_words(passage, start, end, limit, rng)
    while True:
        wider = [
            (i, j)
            for i, j in ((first - 1, last), (first, last + 1))
            if i >= 0 and j < len(sentences) and sentences[j][1] - sentences[i][0] <= limit
        ]
        if not wider:
            break
        first, last = rng.choice(wider)
    at, to = min(start, sentences[first][0]), max(end, sentences[last][1])
    return passage[at:to], start - at, end - at


def _by_words(passage: str, start: int, end: int, limit: int, rng: random.Random) -> tuple[str, int, int]:
    room = max(0, limit - (end - start))
    at = max(0, start - rng.randint(0, room))
    to = min(len(passage), end + max(0, room - (start - at)))
    while 0 < at < start and not passage[at - 1].isspace():
        at += 1
    while end < to < len(passage) and not passage[to].isspace():
        to -= 1
    return passage[at:to], start - at, end - at


def head(passage: str, limit: int, rng: random.Random) -> str:
    """A stretch of at most about `limit` characters of `passage`, anywhere in it."""
    if len(passage) <= limit:
        return passage
    at = rng.randrange(len(passage))
    return window(passage, at, at + 1, limit, rng)[0].strip()


def nearest(premise: str, claim: str, limit: int) -> str:
    """The sentences of `premise` that share most words with `claim`, in their order, at most `limit` characters."""
    if len(premise) <= limit:
        return premise
    asked = content(claim)
    sentences = [premise[at:to] for at, to in sentence_spans(premise)]
    order = sorted(range(len(sentences)), key=lambda i: (-len(asked & content(sentences[i])), i))
    chosen: list[int] = []
    room = limit
    for i in order:
        if len(sentences[i]) <= room:
            chosen.append(i)
            room -= len(sentences[i]) + 1
    return " ".join(sentences[i] for i in sorted(chosen)) or premise[:limit]


def without_answer(passage: str, start: int, end: int) -> str | None:
    """`passage` without the sentences that hold the answer; None where fewer than two sentences would be left or the
    answer is said elsewhere in it."""
    answer = passage[start:end].lower()
    kept = [(at, to) for at, to in sentence_spans(passage) if to <= start or at >= end]
    before = [span for span in kept if span[1] <= start]
    after = [span for span in kept if span[0] >= end]
    parts = [passage[part[0][0] : part[-1][1]] for part in (before, after) if part]
    rest = " ".join(parts)
    if len(kept) < 2 or len(rest) < 60 or answer in rest.lower():
        return None
    return rest


def sentence_of(passage: str, start: int, end: int) -> str:
    """The sentence or sentences of `passage` that hold the characters from `start` to `end`."""
    touched = [(at, to) for at, to in sentence_spans(passage) if to > start and at < end]
    return passage[touched[0][0] : touched[-1][1]] if touched else passage[start:end]


def content(text: str) -> set[str]:
    """The words that carry meaning, as stems, numbers and dates in one spelling."""
    return {token.norm for token in spans(text) if token.kind != "stop"}
