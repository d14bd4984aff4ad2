"""Answers that readers approved of, and beside them those that they did not, out of a library's feedback."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from finetune.pairs.pair import REFUSAL, Pair, made
from finetune.pairs.settle import joined
from finetune.pairs.shelf import Shelf
from ingestion.duplicates import fingerprint
from rag.answer import check
from rag.library.journal import Journal

ALL = 2**31
_UNDERSTOOD = re.compile(r"Understood as: (.+)", re.DOTALL)
CHANGED = "the documents do not bear the approved answer any more"
REASONS = (CHANGED,)
"""Why an approved answer becomes no pair."""


def approved(
    shelf: Shelf, journal: Journal, source: str, left_out: Counter[str], group: Callable[[str, int], str]
) -> list[Pair]:
    """A pair for each answer with a thumb up, with the evidence as the library now holds it.

    `rejected` is an answer to the same question with a thumb down. `group` says what splits go by for a document and
    a place in it.
    """
    thumbs = {feedback.audit: feedback.thumbs for feedback in journal.feedback(ALL)}
    entries = [entry for entry in reversed(journal.answers(ALL)) if thumbs.get(entry.number)]
    worse = {
        fingerprint(_question(entry.question, entry.answer)): _text(entry.answer)
        for entry in entries
        if thumbs[entry.number] == "down"
    }
    pairs = []
    for entry in entries:
        if thumbs[entry.number] != "up":
            continue
        question = _question(entry.question, entry.answer)
        rejected = worse.get(fingerprint(question))
        pair = _pair(shelf, question, entry.answer, rejected, source, group)
        if pair is None:
            left_out[CHANGED] += 1
        else:
            pairs.append(pair)
    return pairs


def _question(asked: str, answer: Mapping[str, Any]) -> str:
    """The question as it was understood: a follow-up behind the one it leans on."""
    understood = (_UNDERSTOOD.match(note) for note in answer.get("notes", ()))
    return next((match[1] for match in understood if match), asked)


def _text(answer: Mapping[str, Any]) -> str:
    return joined([sentence["text"] for sentence in answer["sentences"]])


def _pair(
    shelf: Shelf,
    question: str,
    answer: Mapping[str, Any],
    rejected: str | None,
    source: str,
    group: Callable[[str, int], str],
) -> Pair | None:
    """The pair; None where a sentence of the answer has no quote any more."""
    shown = shelf.shown(question)
    text = _text(answer)
    if not text:
        kind, text, document = "unanswerable", REFUSAL[shown.language], question
    else:
        sentences = [sentence["text"] for sentence in answer["sentences"]]
        if not all(check.supported(sentence, shown.read) for sentence in sentences):
            return None
        cited = answer["sentences"][0]["citations"][0]
        kind, document = "approved", group(cited["document"], cited["start"])
    if not shown.read:
        return None
    return made(
        question,
        text,
        kind=kind,
        document=document,
        source=source,
        language=shown.language,
        evidence=[quote.headed for quote in shown.read],
        rejected=None if rejected == text else rejected or None,
    )
