"""The same passage in several documents is one hit that names them all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.types import Hit
from ingestion.chinese import HAN
from ingestion.tokens import spans

_SAME = 0.9
_WORD = re.compile(rf"[{HAN}]|[^\W{HAN}]+")
_TELLING = ("number", "date", "code", "name", "negation")


def fold(hits: Sequence[Hit]) -> list[Hit]:
    """The hits in order without those that repeat an earlier one; the other document's name goes into `also_in`.

    Two passages repeat each other when nine tenths of their words are the same, and all of their numbers, dates,
    codes, names and negations: two versions of a clause that differ in a term of months stay two.
    """
    kept: list[Hit] = []
    words: list[frozenset[str]] = []
    for hit in hits:
        found = frozenset(_WORD.findall(hit.passage.text))
        for position, earlier in enumerate(kept):
            if _alike(found, words[position]) and _telling(hit) == _telling(earlier):
                kept[position] = _joined(earlier, hit)
                break
        else:
            kept.append(hit)
            words.append(found)
    return kept


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    # Lengths first: most pairs end there, and this runs for every pair.
    if min(len(one), len(other)) < _SAME * max(len(one), len(other)):
        return False
    return len(one & other) >= _SAME * len(one | other)


def _telling(hit: Hit) -> list[str]:
    text = " ".join(hit.passage.text.split())  # whether a capital is a name depends on where lines break
    return [token.norm for token in spans(text) if token.kind in _TELLING]


def _joined(kept: Hit, repeated: Hit) -> Hit:
    names = dict.fromkeys((*kept.also_in, repeated.document, *repeated.also_in))
    names.pop(kept.document, None)
    return replace(kept, also_in=tuple(names))
