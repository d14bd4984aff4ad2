"""One scorer for every system: what a record is worth, question by question.

An answer is right when it holds a gold text: word for word where answers stand so in the documents, else half of the
gold's distinct words or more. Of a gold text in several parts it must hold all, a source any; of a clause 40 letters in
a row are enough, for both. It is rightly cited when it is right and one source in a right document holds the gold (or,
where gold is no literal span, comes from a right place). A peer's sources are the chunks it read; Pincite's are the
quotes that it cites. A refusal anywhere in an answer counts as a refusal, but for one in a sentence of its sources. A
record with an error is neither an answer nor a refusal: it is not right, and where there is no answer it counts for
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.side_by_side.sets import Gold
from ingestion.chinese import fold
from ingestion.tokens import index_terms
from rag.evaluation.ranking import measured

REFUSALS = re.compile(
    r"not found|n't know|not know|cannot answer|can't answer|unable to|no (?:information|mention|answer)"
    r"|not (?:mention|provid|specif|stat|contain|availab|enough|explicit|include|answer)|insufficient"
    r"|n't (?:mention|provide|specify|state|contain|include|have)"
    r"|未找到|没有找到|找不到|无法|未提及|没有提|未提供|不知道|没有答案|没有相关",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^\n。！？]+?(?:[.!?](?=\s|$)|[\n。！？]|$)")
NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)")
WINDOW = 40
"""Characters that a source and a section must share for the source to come from it."""
SHORT = 20
"""Characters that something shorter than a clause must have for it to be a part of it: a heading alone is none."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one record is worth. `found` is the rank of the first right chunk, from 1, None below 10; `ndcg` that of the
    first ten; the last four are None where they do not apply: no answer was asked for, or the question has or has not
    one."""

    found: int | None
    ndcg: float = 0.0
    right: bool | None = None
    cited: bool | None = None
    invented: bool | None = None
    refused: bool | None = None


def score(record: Mapping[str, Any], gold: Gold) -> Score:
    """The score of one question's record."""
    found, ndcg = _ranked(record.get("ranking", [])[:10], gold)
    if "answer" not in record:
        return Score(found, ndcg)
    if record.get("error"):
        return Score(found, ndcg, *((False, False, None, False) if gold.answers else ()))
    refused = is_refusal(record["answer"], [text for _, text in record["sources"]])
    if not gold.answers:
        return Score(found, ndcg, invented=not refused)
    right = is_right(record["answer"], gold)
    cited = right and any(_met(document, text, gold) for document, text in record["sources"])
    return Score(found, ndcg, right, cited, None, refused and not right)


def _ranked(ranking: Sequence[tuple[str, str]], gold: Gold) -> tuple[int | None, float]:
    """The rank of the first right chunk, and nDCG@10 as `pincite evaluate` counts it: over all that is right, what is
    found again left out."""
    if not gold.answers:
        return None, 0.0
    met = [_met(document, text, gold) for document, text in ranking]
    by_document = not gold.literal and not gold.places
    others = [document if by_document else f"chunk {at}" for at, (document, _) in enumerate(ranking)]
    order = dict.fromkeys(unit for held, other in zip(met, others, strict=True) for unit in held or [other])
    found = next((rank for rank, held in enumerate(met, 1) if held), None)
    return found, measured(list(order), _wanted(gold), ["ndcg@10"])["ndcg@10"]


def _wanted(gold: Gold) -> list[str]:
    """All that is right of one question: its places; or of its documents each, with an answer in parts each part."""
    if gold.places:
        return [f"place {at}" for at in range(len(gold.places))]
    if not gold.parted:
        return list(gold.documents)
    parts = dict.fromkeys(part for answer in gold.answers for part in _parts(answer, gold))
    return [f"{document} {part}" for document in gold.documents for part in parts]


def _met(document: str, text: str, gold: Gold) -> list[str]:
    """What of `_wanted` a chunk is."""
    if document not in gold.documents:
        return []
    if gold.places:
        shared = _shares_clause if gold.clauses else shares
        return [f"place {at}" for at, place in enumerate(gold.places) if shared(text, place)]
    if not gold.literal:
        return [document]
    told = bare(text)
    held = dict.fromkeys(part for answer in gold.answers for part in _parts(answer, gold) if part in told)
    return [f"{document} {part}" for part in held] if gold.parted else [document] * bool(held)


def is_refusal(answer: str, sources: Iterable[str] = ()) -> bool:
    """Whether an answer says that it has none; generous. A sentence that stands so in a source is the document's own:
    "shall not provide" in a contract refuses nothing."""
    if not answer.strip():
        return True
    said = [sentence for sentence in SENTENCE.findall(answer) if REFUSALS.search(sentence)]
    held = [bare(source) for source in sources] if said else []
    return any(not any(bare(sentence) in source for source in held) for sentence in said)


def is_right(answer: str, gold: Gold) -> bool:
    """Whether the answer holds what is right."""
    if gold.literal:
        return any(all(part in bare(answer) for part in _parts(text, gold)) for text in gold.answers)
    if gold.clauses and any(_shares_clause(answer, text) for text in gold.answers):
        return True
    told = set(index_terms(answer))
    long = [text for text in gold.answers if not gold.clauses or len(bare(text)) > WINDOW]
    return any(len(told & wanted) * 2 >= len(wanted) for text in long if (wanted := set(index_terms(text))))


def _parts(answer: str, gold: Gold) -> list[str]:
    """What of an answer must be held, bare."""
    return [part for part in map(bare, re.split("[,，]", answer) if gold.parted else [answer]) if part]


def shares(source: str, section: str) -> bool:
    """Whether they have WINDOW characters in a row in common, or all of the shorter one."""
    shorter, longer = sorted((bare(source), bare(section)), key=len)
    if len(shorter) <= WINDOW:
        return bool(shorter) and shorter in longer
    return any(shorter[at : at + WINDOW] in longer for at in range(0, len(shorter) - WINDOW + 1))


def _shares_clause(text: str, clause: str) -> bool:
    """Whether a text holds a clause, or WINDOW characters in a row of it, or is a part of it of more than SHORT."""
    told, held = bare(text), bare(clause)
    return bool(held) and (held in told or (min(len(told), len(held)) > SHORT and shares(text, clause)))


def bare(text: str) -> str:
    """Letters and digits alone, small, Traditional Chinese as Simplified; a number stands between spaces, as written
    but for the commas in it, so that 19 is found neither in 2019 nor in 1.9."""
    parts = NUMBER.split(fold(text).lower())
    for at, part in enumerate(parts):
        is_number = at % 2 == 1
        parts[at] = f" {part.replace(',', '')} " if is_number else "".join(filter(str.isalnum, part))
    return "".join(parts)
