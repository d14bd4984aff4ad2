"""One scorer for every system: what a record is worth, question by question.

An answer is right when it holds a gold text: word for word where answers stand so in the documents, else half of the
gold's distinct words or more. Of a gold text in several parts it must hold all, a source any. It is rightly cited when
it is right and one source in a right document holds the gold (or, where gold is no literal span, comes from a right
place). A peer's sources are the chunks it read; Pincite's are the quotes that it cites. A refusal anywhere in an answer
counts as a refusal. A record with an error is neither an answer nor a refusal: it is not right, and where there is no
answer it counts for nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.side_by_side.sets import Gold
from ingestion.chinese import fold
from ingestion.tokens import index_terms

REFUSALS = re.compile(
    r"not found|n't know|not know|cannot answer|can't answer|unable to|no (?:information|mention|answer)"
    r"|not (?:mention|provid|specif|stat|contain|availab|enough|explicit|include|answer)|insufficient"
    r"|n't (?:mention|provide|specify|state|contain|include|have)"
    r"|未找到|没有找到|找不到|无法|未提及|没有提|未提供|不知道|没有答案|没有相关",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)")
WINDOW = 40
"""Characters that a source and a section must share for the source to come from it."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one record is worth. `found` is the rank of the first right chunk, from 1, None below 10; the last four are
    None where they do not apply: no answer was asked for, or the question has or has not one."""

    found: int | None
    right: bool | None = None
    cited: bool | None = None
    invented: bool | None = None
    refused: bool | None = None

    @property
    def ndcg(self) -> float:
        """With the first right chunk as the one that counts."""
        return 1 / math.log2(1 + self.found) if self.found else 0.0


def score(record: Mapping[str, Any], gold: Gold) -> Score:
    """The score of one question's record."""
    places = [_is_right(document, text, gold) for document, text in record.get("ranking", [])[:10]]
    found = places.index(True) + 1 if True in places else None
    if "answer" not in record:
        return Score(found)
    if record.get("error"):
        return Score(found, *((False, False, None, False) if gold.answers else ()))
    refused = is_refusal(record["answer"])
    if not gold.answers:
        return Score(found, invented=not refused)
    right = is_right(record["answer"], gold)
    cited = right and any(_is_right(document, text, gold) for document, text in record["sources"])
    return Score(found, right, cited, None, refused and not right)


def is_refusal(answer: str) -> bool:
    """Whether an answer says that it has none; generous."""
    return not answer.strip() or bool(REFUSALS.search(answer))


def is_right(answer: str, gold: Gold) -> bool:
    """Whether the answer holds what is right."""
    if gold.literal:
        return any(all(part in bare(answer) for part in _parts(text, gold)) for text in gold.answers)
    told = set(index_terms(answer))
    return any(len(told & wanted) * 2 >= len(wanted) for text in gold.answers if (wanted := set(index_terms(text))))


def _is_right(document: str, text: str, gold: Gold) -> bool:
    if document not in gold.documents:
        return False
    if gold.places:
        return any(shares(text, place) for place in gold.places)
    return not gold.literal or any(part in bare(text) for answer in gold.answers for part in _parts(answer, gold))


def _parts(answer: str, gold: Gold) -> list[str]:
    """What of an answer must be held, bare."""
    return [part for part in map(bare, re.split("[,，]", answer) if gold.parted else [answer]) if part]


def shares(source: str, section: str) -> bool:
    """Whether they have WINDOW characters in a row in common, or all of the shorter one."""
    shorter, longer = sorted((bare(source), bare(section)), key=len)
    if len(shorter) <= WINDOW:
        return bool(shorter) and shorter in longer
    return any(shorter[at : at + WINDOW] in longer for at in range(0, len(shorter) - WINDOW + 1))


def bare(text: str) -> str:
    """Letters and digits alone, small, Traditional Chinese as Simplified; a number stands between spaces, as written
    but for the commas in it, so that 19 is found neither in 2019 nor in 1.9."""
    parts = NUMBER.split(fold(text).lower())
    for at, part in enumerate(parts):
        is_number = at % 2 == 1
        parts[at] = f" {part.replace(',', '')} " if is_number else "".join(filter(str.isalnum, part))
    return "".join(parts)
