"""A draft becomes a pair, or a reason why not: the evidence is found, the answer taken out of it, both are checked."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Sequence

from core.types import Passage, Turn
from finetune.judge.windows import content
from finetune.pairs.draft import Draft, Place
from finetune.pairs.pair import REFUSAL, Pair, made
from finetune.pairs.rules import LONGEST
from finetune.pairs.shelf import Shelf, Shown
from ingestion.sentences import sentence_spans
from ingestion.tables import is_row
from rag.answer import check
from rag.answer.condense import standalone
from rag.answer.evidence import Quote
from rag.chain.chain import QUOTES_READ
from rag.evaluation.wording import says

SURE = 0.5
"""How likely a judge must find it that a passage alone answers the question."""
SENTENCES = 3
"""Quotes that an answer is taken from, at most."""
_LONG = 200
"""Characters up to which a sentence is answered whole; of a longer one, the shortest clauses that hold the answer."""
_LEAST = 40
"""Bytes of such clauses at least: fewer say too little by themselves."""
_TOLD = 0.6
"""Share of an answer's own words from which another quote may tell it too."""
_CLAUSES = re.compile(r"(?<=[,;:，；：])\s*|(?<=\s)(?=(?:and|but|while)\s)")

NOT_FOUND = "the place is not among the evidence that the service finds"
NOT_ANSWERABLE = "a judge does not find it answered by its passage alone"
NOT_GROUNDED = "the answer does not pass the check against its quotes"
ANSWERED = "the evidence may answer it after all"
NO_EVIDENCE = "too little evidence is left to show with it"
TOO_LONG = "its answer is longer than the service lets a model write"
REASONS = (NOT_FOUND, NOT_ANSWERABLE, NOT_GROUNDED, ANSWERED, NO_EVIDENCE, TOO_LONG)
"""Why a draft becomes no pair."""


def settled(draft: Draft, shelf: Shelf) -> Pair | str:
    """The pair, with the evidence that the service would show; or one of REASONS."""
    asked = standalone(draft.question, _turns(draft))
    shown = shelf.shown(asked, draft.within)
    if draft.way == "edited":
        return _refused(draft, shown, shown.read) if not _answers(draft, shelf, shown) else ANSWERED
    if draft.way == "unanswerable":
        return _refused(draft, shown, shown.read)
    if draft.way == "evidence-removed":
        return _without(draft, shelf, shown)
    return _told(draft, shelf, shown)


def _turns(draft: Draft) -> list[Turn]:
    return [Turn(*turn) for turn in draft.history]


def _told(draft: Draft, shelf: Shelf, shown: Shown) -> Pair | str:
    holding = _holding(draft, shown.read)
    if not holding:
        return _missed(draft, shown)
    if draft.kind != "faq" and draft.passage is not None and _unsure(draft.question, draft.passage, shelf):
        return NOT_ANSWERABLE
    read: Sequence[Quote] = shown.read
    if draft.way == "distractor":
        read = _among_others(draft, shelf, shown, [quote for quote, _ in holding])
        holding = _holding(draft, read)
        if len(read) < 2 or not holding:
            return NO_EVIDENCE
    parts = [_said(place, quote, draft, read, shelf) for quote, place in holding[:SENTENCES]]
    while parts and not shelf.writable(joined(parts)):
        parts.pop()
    if not parts:
        return TOO_LONG
    if not all(_grounded(part, read) for part in parts):
        return NOT_GROUNDED
    kind = "distractor" if draft.way == "distractor" else draft.kind
    return _pair(draft, shown, joined(parts), read, kind)


def _said(place: Place, quote: Quote, draft: Draft, read: Sequence[Quote], shelf: Shelf) -> str:
    """What to answer from a quote. Of a row, all of it, where a word that limits stands in the cells left out."""
    said = place.said or answer_in(quote, draft, shelf.writable)
    row = is_row(quote.text) or "\n" in quote.text
    return quote.labelled if row and len(quote.labelled) <= LONGEST and not _grounded(said, read) else said


def _missed(draft: Draft, shown: Shown) -> Pair | str:
    """What people ask and the evidence does not hold is to be refused, if no quote tells it in other words."""
    if draft.way == "distractor" or not draft.answers or any(_tells(draft, (), quote) for quote in shown.read):
        return NOT_FOUND
    return _refused(draft, shown, shown.read)


def _unsure(question: str, passage: Passage, shelf: Shelf) -> bool:
    answerable = shelf.answerable(question, passage)
    return answerable is not None and answerable < SURE


def _holding(draft: Draft, read: Sequence[Quote]) -> list[tuple[Quote, Place]]:
    """The quotes that hold the answer, each with its place.

    Of places that say what to answer from them, those from the first on without a gap: what comes after one says too
    little. Of places that people marked, one whose quotes hold half of it at least.
    """
    if draft.places and not draft.places[0].said:
        return next((marked for place in draft.places if (marked := _marked(place, read))), [])
    held: list[tuple[Quote, Place]] = []
    for place in draft.places:
        quote = next((quote for quote in read if _covers(quote, place)), None)
        if quote is None:
            break
        held.append((quote, place))
    return held


def _covers(quote: Quote, place: Place) -> bool:
    """Whether a quote holds a place, or the same words in another document that is nearly the same."""
    if quote.hit.document == place.document:
        return quote.start <= place.start and place.end <= quote.end
    return place.document in quote.hit.also_in and place.said in quote.labelled


def _marked(place: Place, read: Sequence[Quote]) -> list[tuple[Quote, Place]]:
    """The quotes of a marked place in their order; none where they hold less than half of it."""
    shared = [
        (quote, min(quote.end, place.end) - max(quote.start, place.start))
        for quote in read
        if quote.hit.document == place.document
    ]
    shared = sorted(((quote, size) for quote, size in shared if size > 0), key=lambda each: each[0].start)[:SENTENCES]
    if 2 * sum(size for _, size in shared) < place.end - place.start:
        return []
    return [(quote, place) for quote, _ in shared]


def _grounded(part: str, read: Sequence[Quote]) -> bool:
    return all(check.supported(part[start:end], read) is not None for start, end in sentence_spans(part))


def answer_in(quote: Quote, draft: Draft, writable: Callable[[str], bool]) -> str:
    """What to answer from a quote that holds one of the draft's answers: all of it, or of a long one the shortest
    beginning in whole clauses, of a table's row its name and the cell, that holds the answer and passes the check."""
    text = quote.labelled
    if len(text) <= _LONG and writable(text):
        return text
    kept = [run for run in _runs(text, quote) if any(says(run, answer) for answer in draft.answers)]
    wanted = content(draft.question) & content(text)
    kept = [run for run in kept if len(run.encode()) >= _LEAST and 2 * len(content(run) & wanted) >= len(wanted)]
    kept = [run for run in sorted(kept, key=len) if _grounded(run, [quote])]
    return kept[0] if kept else text


def _runs(text: str, quote: Quote) -> Iterator[str]:
    """Beginnings of a quote in whole clauses: later clauses alone would say it of nobody."""
    cells = text.split("; ")
    if is_row(quote.text) and len(cells) > 1:
        yield from (f"{cells[0]}; {cell}" for cell in cells[1:])
        return
    for match in _CLAUSES.finditer(text):
        if match.end():
            yield text[: match.end()].strip(" ,;:，；：")


def _among_others(draft: Draft, shelf: Shelf, shown: Shown, right: Sequence[Quote]) -> tuple[Quote, ...]:
    """The quotes that hold the answer at any place among quotes of other passages that do not."""
    own = {quote.hit.passage.id for quote in right}
    others = [
        quote
        for quote in (*shown.read, *shown.others)
        if quote.hit.passage.id not in own and not _tells(draft, right, quote)
    ][: QUOTES_READ - len(right)]
    at = zlib.crc32(draft.key.encode()) % (len(others) + 1)
    return shelf.fitted(shown.question, [*others[:at], *right, *others[at:]], shown.language) if others else ()


def _without(draft: Draft, shelf: Shelf, shown: Shown) -> Pair | str:
    """The question with its evidence, but for every quote that tells the answer."""
    every = (*shown.read, *shown.others)
    right = [quote for quote, _ in _holding(draft, every)]
    if not right:
        return NOT_FOUND
    others = [quote for quote in every if all(quote is not one for one in right) and not _tells(draft, right, quote)]
    if len(others) < 2:
        return NO_EVIDENCE
    read = shelf.fitted(shown.question, others[:QUOTES_READ], shown.language)
    return ANSWERED if shelf.any_answers(shown.question, read) else _refused(draft, shown, read)


def _tells(draft: Draft, right: Sequence[Quote], quote: Quote) -> bool:
    """Whether a quote may tell the answer too: it says one of the answers, or most of the words that answer."""
    if any(says(quote.headed, answer) for answer in draft.answers):
        return True
    asked, held = content(draft.question), content(quote.headed)
    answers = draft.answers or tuple(place.said for place in draft.places) or tuple(one.labelled for one in right)
    new = [content(answer) - asked for answer in answers]
    return any(len(words & held) >= _TOLD * len(words) for words in new if words)


def _answers(draft: Draft, shelf: Shelf, shown: Shown) -> bool:
    """Whether the evidence may answer an edited question: a quote holds what was put into it and most of the rest."""
    asked = content(draft.question)
    new = asked - content(draft.original)
    for quote in shown.read:
        held = content(quote.headed)
        if new and new <= held and len(asked & held) >= _TOLD * len(asked):
            return True
    return shelf.any_answers(shown.question, shown.read)


def _refused(draft: Draft, shown: Shown, read: Sequence[Quote]) -> Pair | str:
    return _pair(draft, shown, REFUSAL[shown.language], read, "unanswerable") if read else NO_EVIDENCE


def _pair(draft: Draft, shown: Shown, answer: str, read: Sequence[Quote], kind: str) -> Pair:
    return made(
        draft.question,
        answer,
        kind=kind,
        document=draft.document,
        source=draft.source,
        language=shown.language,
        evidence=[quote.headed for quote in read],
        history=draft.history,
    )


def joined(parts: Sequence[str]) -> str:
    """Sentences as one text: a space between them, but none behind a Chinese full stop."""
    text = ""
    for part in parts:
        text += ("" if not text or text[-1] in "。！？；" else " ") + part
    return text
