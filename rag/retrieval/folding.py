"""The same passage in several documents is one hit that names them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.types import Hit
from ingestion.tokens import spans

_SAME = 0.9
_TELLING = ("number", "date", "code", "name", "negation")


@dataclass(frozen=True, slots=True)
class _Content:
    """What two passages are compared by: all their tokens, and those that may never differ, in order."""

    words: frozenset[str]
    telling: tuple[str, ...]


def fold(hits: Sequence[Hit]) -> list[Hit]:
    """The hits in order without those that repeat an earlier one; the other document's name goes into `also_in`.

    Two passages repeat each other when nine tenths of their words are the same, and all of their numbers, dates,
    codes, names and negations: two versions of a clause that differ in a term of months stay two.
    """
    kept: list[Hit] = []
    contents: list[_Content] = []
    for hit in hits:
        content = _content(hit.passage.text)
        for position, earlier in enumerate(contents):
            if _repeats(content, earlier):
                kept[position] = _joined(kept[position], hit)
                break
        else:
            kept.append(hit)
            contents.append(content)
    return kept


def _content(text: str) -> _Content:
    tokens = spans(text)
    return _Content(
        frozenset(token.norm for token in tokens),
        tuple(token.norm for token in tokens if token.kind in _TELLING),
    )


def _repeats(one: _Content, other: _Content) -> bool:
    if one.telling != other.telling:
        return False
    together = len(one.words | other.words)
    return together == 0 or len(one.words & other.words) >= _SAME * together


def _joined(kept: Hit, repeated: Hit) -> Hit:
    names = dict.fromkeys((*kept.also_in, repeated.document, *repeated.also_in))
    names.pop(kept.document, None)
    return replace(kept, also_in=tuple(names))
