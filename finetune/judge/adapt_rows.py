"""Rows to adapt a judge with, made of a library's confirmed questions and of its own passages.

What the judge reads when it serves, it is trained on: the passages that the library's search finds, behind their
headings.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from core.settings import read_section
from core.types import Document, Filters, Passage
from finetune.judge.adapt_questions import BLAMED
from finetune.judge.claim_sources import Place as ClaimPlace
from finetune.judge.claim_sources import _places as sentences_of
from finetune.judge.examples import Example
from finetune.judge.lexical import WordIndex
from finetune.judge.made_claims import claims
from finetune.judge.made_questions import EDITS, kept, made
from finetune.judge.readers import Sourced
from finetune.judge.windows import LIMIT, content, head, window, without_answer
from ingestion.passages import PassageSettings, split
from ingestion.tokens import language
from rag.answer.condense import standalone
from rag.assistant import Assistant
from rag.evaluation.places import Place, at_gold
from rag.evaluation.questions import Question
from rag.evaluation.wording import says
from rag.judge.passages import headed

FOUND = 8
"""Passages of a question that are looked at, as many as an answer comes with."""
NEAR = 3
"""Passages a question that do not answer it: the two nearest, and one of the others."""
CLAIMS = 4
"""Claims a question, made of the library's sentences, so that the head that checks drafts learns its language too."""
MOST_CLAIMS = 400
SOURCE = "library"
_REWORDED = 0.5
"""Chance that a question is put otherwise as well: some made ones are, and a wording alone should say nothing."""
_SAME = 0.6
"""Share of an answer's words from which a passage may say it too, though in other words."""
_DOCUMENTS = 200
"""Documents that claims are made of."""

Progress = Callable[[int, int], None]


class Rows:
    """Makes the rows of one language's questions. The same library, questions and seed give the same rows."""

    def __init__(self, assistant: Assistant, spoken: str, seed: int = 0) -> None:
        self._assistant, self._spoken, self._dice = assistant, spoken, random.Random(seed)
        settings = read_section(assistant._library.folder, "passages", PassageSettings)
        self._document = lru_cache(maxsize=64)(assistant.document)
        self._passages = lru_cache(maxsize=64)(lambda name: split(self._document(name), settings))

    def of_questions(self, questions: Sequence[Question], progress: Progress | None = None) -> dict[str, list[Example]]:
        """The rows of each question, by its id; none where nothing of it could be placed."""
        rows: dict[str, list[Example]] = {}
        answered: list[Sourced] = []
        for number, question in enumerate(questions, 1):
            of_it = list(self._natural(question))
            rows[question.id] = [row.example for row in of_it]
            answered += [row for row in of_it if row.example.start is not None]
            if progress:
                progress(number, len(questions))
        quotas = {kind: max(1, len(answered) // 4) for kind in EDITS} | {"sentence-removed": len(answered)}
        for row in made(answered, quotas, self._dice, lambda row: True):
            rows[_owner(row)].append(row.example)
        for row in answered:
            put = kept(row, self._dice).example
            if put is not row.example and self._dice.random() < _REWORDED:
                rows[_owner(row)].append(put)
        return rows

    def of_sentences(self, questions: int) -> list[Example]:
        """Claims made by rule of the library's sentences, CLAIMS for each of so many questions."""
        names = [info.name for info in self._assistant.documents()]
        places: list[ClaimPlace] = []
        for name in self._dice.sample(names, min(len(names), _DOCUMENTS)):
            text = self._document(name).text
            if text and language(text[:2000]) == self._spoken:
                places += sentences_of(SOURCE, name, "", text, False, language=self._spoken)
        self._dice.shuffle(places)
        return claims(places, self._spoken, min(MOST_CLAIMS, CLAIMS * questions), self._dice)

    def _natural(self, question: Question) -> Iterator[Sourced]:
        """Its own passage, and those near it that do not answer it."""
        asked = standalone(question.question, question.history)
        hits = self._assistant.search(asked, FOUND, Filters(documents=question.within))
        near = [hit.passage for hit in hits if language(hit.passage.text) == self._spoken]
        names = {hit.passage.document_id: hit.document for hit in hits}
        if question.kind == BLAMED:
            yield from self._blamed(question, asked)
            return
        own = self._own(question, asked, near) if question.answerable else None
        if question.answerable and own is None:
            return  # where it is answered is not known, nor where it is not
        if own is not None:
            yield from self._answering(question, asked, *own)
        silent = [
            passage
            for passage in near
            if not question.answerable or not self._may_answer(question, passage, names[passage.document_id], own)
        ]
        chosen = silent[: NEAR - 1] + self._dice.sample(silent[NEAR - 1 :], min(1, len(silent[NEAR - 1 :])))
        kind = "other-passage" if question.answerable else "natural-unanswerable"
        for number, passage in enumerate(chosen):
            text = self._stretch(passage)
            yield self._row(question, f"near-{number}", asked, text, "unanswerable", kind, names[passage.document_id])
        if own is not None and chosen:
            example = Example(f"{question.id}:irrelevant", "relevance", asked, self._stretch(chosen[0]), "irrelevant")
            yield self._sourced(example, "other-passage", names[chosen[0].document_id])

    def _answering(
        self, question: Question, asked: str, passage: Passage, span: tuple[int, int] | None, exact: bool
    ) -> Iterator[Sourced]:
        """The passage that answers it; `span` is where in the passage's text, `exact` whether that is the answer alone
        and not a sentence or more around it."""
        name = question.gold[0].document if question.gold else passage.document_id
        if span is None:
            text = self._stretch(passage)
            yield self._row(question, "own", asked, text, "answerable", "natural", name)
        else:
            whole, before = headed(passage)
            start, end = span[0] + before, span[1] + before
            text, start, end = window(whole, start, end, max(LIMIT[self._spoken], end - start), self._dice)
            places = (start, end) if exact else (None, None)
            example = Example(f"{question.id}:own", "span", asked, text, "answerable", *places)
            yield self._sourced(example, "natural", name, question.answers)
            rest = None if exact else without_answer(text, start, end)  # of exact answers `made` does it
            if rest:
                yield self._row(question, "removed", asked, rest, "unanswerable", "sentence-removed", name)
        relevant = Example(f"{question.id}:relevant", "relevance", asked, text, "relevant")
        yield self._sourced(relevant, "natural", name)

    def _blamed(self, question: Question, asked: str) -> Iterator[Sourced]:
        for number, gold in enumerate(question.gold[:NEAR]):
            at = [p for p in self._passages(gold.document) if p.start < (gold.end or 0) and (gold.start or 0) < p.end]
            for passage in at[:1]:
                text = self._stretch(passage)
                yield self._row(question, f"cited-{number}", asked, text, "unanswerable", "blamed", gold.document)

    def _own(
        self, question: Question, asked: str, near: Sequence[Passage]
    ) -> tuple[Passage, tuple[int, int] | None, bool] | None:
        """The passage that answers it, where in it, and whether that is the answer alone."""
        at = self._at_gold(question) if question.gold else list(near)
        held = [(passage, span) for passage in at if (span := located(passage.text, question.answers))]
        if held:
            best = WordIndex([passage.text for passage, _ in held]).ranked(asked, 1) or [0]
            return *held[best[0]], True
        for gold in question.gold:
            for passage in at:
                inside = gold.start is not None and gold.end is not None
                if inside and passage.start <= gold.start < gold.end <= passage.end:  # type: ignore[operator]
                    return passage, (gold.start - passage.start, gold.end - passage.start), False  # type: ignore[operator]
        wanted = content(" ".join(question.answers))
        shares = [len(wanted & content(passage.text)) / len(wanted) for passage in at] if wanted else []
        if shares and max(shares) >= _SAME:
            return at[shares.index(max(shares))], None, False
        return (at[0], None, False) if question.gold and len(at) == 1 and not wanted else None

    def _at_gold(self, question: Question) -> list[Passage]:
        found: dict[str, Passage] = {}
        for gold in question.gold:
            document: Document = self._document(gold.document)
            for passage in self._passages(gold.document):
                place = Place(gold.document, passage.start, passage.end, passage.page)
                if language(passage.text) == self._spoken and at_gold(place, gold, document):
                    found.setdefault(passage.id, passage)
        return list(found.values())

    def _may_answer(
        self,
        question: Question,
        passage: Passage,
        name: str,
        own: tuple[Passage, tuple[int, int] | None, bool] | None,
    ) -> bool:
        """Whether a passage stands at a gold place, says an answer, or says much of what the own passage's answer
        says."""
        place = Place(name, passage.start, passage.end, passage.page)
        placed = [gold for gold in question.gold if gold.page or gold.heading or gold.start is not None]
        if any(gold.document == name and at_gold(place, gold, self._document(name)) for gold in placed):
            return True
        if any(says(passage.text, answer) for answer in question.answers):
            return True
        assert own is not None
        best, span, _ = own
        said = " ".join(question.answers) if span is None else best.text[span[0] : span[1]]
        words = content(said)
        return best.id == passage.id or len(words) > 2 and len(words & content(passage.text)) >= _SAME * len(words)

    def _stretch(self, passage: Passage) -> str:
        return head(headed(passage)[0], LIMIT[self._spoken], self._dice)

    def _row(
        self, question: Question, part: str, asked: str, text: str, label: str, kind: str, document: str
    ) -> Sourced:
        return self._sourced(Example(f"{question.id}:{part}", "span", asked, text, label), kind, document)

    def _sourced(self, example: Example, kind: str, document: str, answers: tuple[str, ...] = ()) -> Sourced:
        return Sourced(replace(example, kind=kind, source=SOURCE, language=self._spoken), document, answers)


def located(text: str, answers: Sequence[str]) -> tuple[int, int] | None:
    """Where the first of the answers that stands in `text` word for word does, however its spaces are set."""
    for answer in answers:
        words = r"\s*".join(map(re.escape, answer.split()))
        edges = (r"(?<!\w)", r"(?!\w)") if answer.isascii() else ("", "")
        if found := re.search(edges[0] + words + edges[1], text, re.IGNORECASE):
            return found.start(), found.end()
    return None


def for_training(rows: Mapping[str, Sequence[Example]], ids: Sequence[str], others: Sequence[Example]) -> list[Example]:
    """The rows of these questions and the claims, without a pair that stands there with two labels."""
    chosen: dict[tuple[str, str, str], Example] = {}
    clashing = set()
    for row in (*(row for each in ids for row in rows[each]), *others):
        key = (row.task, row.question, row.passage)
        if chosen.setdefault(key, row).label != row.label:
            clashing.add(key)
    return [row for key, row in chosen.items() if key not in clashing]


def _owner(row: Sourced) -> str:
    """The id of the question that a row was made of: "q7:own:sentence-removed" and "q7:own" are of "q7"."""
    name = row.example.id
    return name[: name.rindex(":own")]
