"""The chain in which a question is answered, in LangChain's expression language.

    condense a follow-up | retrieve | weigh the evidence | phrase, align and check, while the model still writes

Its stages are the plain functions of rag.answer; here they are joined, timed and streamed.
"""

from __future__ import annotations

import contextvars
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeAlias

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda
from langsmith import tracing_context

from core.types import (
    Answer,
    EvidenceFound,
    Filters,
    Hit,
    ModelCard,
    Sentence,
    SentenceChecked,
    Timings,
    Turn,
    Waiting,
)
from rag.answer.answer import AnswerSettings, Evidence, checked, compose, gather
from rag.answer.condense import standalone
from rag.answer.evidence import Quote
from rag.answer.prompt import fitting, messages
from rag.chain.chat_model import PinciteChatModel
from rag.embedding.base import Embedder
from rag.engines import base
from rag.engines.queue import Queue, Ticket
from rag.judge.open import Judges
from rag.retrieval.retriever import Retriever

Event: TypeAlias = EvidenceFound | Waiting | SentenceChecked | Answer

HITS = 8
"""Passages that an answer comes with."""
QUOTES_READ = 6
"""Quotes that the model reads at most."""
TEMPLATE = 64
"""Tokens kept for what the model's chat template puts around two messages."""

_MESSAGES = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}


@dataclass(frozen=True, slots=True)
class Question:
    """What goes into the chain. `history` is oldest first; `client` is who asks, for a fair line; `asked_at` is on
    the clock of time.perf_counter, and all timings count from it. Whoever sets `cancelled`, in any thread, stops the
    model at its next token; what is still in line passes it by."""

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = Filters()
    client: str = ""
    asked_at: float = field(default_factory=time.perf_counter)
    cancelled: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Condensed:
    """A question with `asked`, which says the same and stands on its own."""

    question: Question
    asked: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question with the passages found for it."""

    question: Question
    asked: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question with its evidence; `seconds` have passed since it was asked."""

    question: Question
    evidence: Evidence
    seconds: float


@dataclass(frozen=True, slots=True)
class Draft:
    """What came of the model: the sentences that passed the check, the seconds until its first token, the tokens."""

    sentences: tuple[Sentence, ...] = ()
    model: ModelCard | None = None
    first_token_s: float | None = None
    prompt_tokens: int = 0
    output_tokens: int = 0
    note: str = ""


class AnswerChain:
    """Answers questions from one library. `generator` is called when a model is needed first, and on each draft after.

    Nothing is traced to LangSmith, whatever the environment says. Any thread may use it.
    """

    def __init__(
        self,
        retriever: Retriever,
        embedder: Embedder,
        generator: Callable[[], base.Generator],
        settings: AnswerSettings | None = None,
        queue: Queue | None = None,
        judges: Judges | None = None,
    ) -> None:
        self._retriever = retriever
        self._embedder = embedder
        self._generator = generator
        self._settings = settings or AnswerSettings()
        self._queue = queue or Queue()
        self._judges = judges or Judges()
        for obsolete in ("LANGCHAIN_TRACING", "LANGCHAIN_HANDLER"):
            os.environ.pop(obsolete, None)  # with one of these set, langchain-core refuses to run anything untraced

    @property
    def drafts(self) -> bool:
        """Whether a model is asked at all."""
        return self._settings.draft

    def stream(self, question: Question) -> Generator[Event, None, None]:
        """EvidenceFound where there is any, Waiting while others are before, SentenceChecked for each drafted
        sentence that holds, and the Answer. Closing it stops the model.

        Raises QueueFull before anything else is done, UsageError, EngineError.
        """
        if not self.drafts:
            yield from _untraced(self.runnable(None).stream(question))
            return
        with self._queue.join(question.client) as ticket:
            yield from _untraced(self.runnable(ticket).stream(question))

    def runnable(self, ticket: Ticket | None) -> Runnable[Question, Event]:
        """The chain for who holds `ticket`; without one the answer is the quotes, and no model is asked."""

        def answer(weighed: Iterator[Weighed]) -> Iterator[Event]:
            for one in weighed:
                yield from self._answer(one, ticket)

        found = RunnableLambda(self._condense) | RunnableLambda(self._retrieve) | RunnableLambda(self._weigh)
        chain: Runnable[Question, Event] = found | RunnableGenerator(answer)
        return chain

    def _condense(self, question: Question) -> Condensed:
        return Condensed(question, standalone(question.text, question.history))

    def _retrieve(self, condensed: Condensed) -> Retrieved:
        question = condensed.question
        hits = self._retriever.search(condensed.asked, HITS, question.filters)
        return Retrieved(question, condensed.asked, tuple(hits))

    def _weigh(self, retrieved: Retrieved) -> Weighed:
        evidence = gather(retrieved.asked, retrieved.hits, self._embedder, self._settings, self._judges)
        return Weighed(retrieved.question, evidence, _since(retrieved.question))

    def _answer(self, weighed: Weighed, ticket: Ticket | None) -> Iterator[Event]:
        question, evidence, count = weighed.question, weighed.evidence, self._settings.sentences
        draft = Draft()
        if evidence.found:
            yield EvidenceFound(evidence.quoted(count), evidence.hits, weighed.seconds)
            if ticket is not None:
                draft = yield from self._draft(weighed, ticket)
        understood = "" if evidence.question == question.text else f"Understood as: {evidence.question}"
        yield Answer(
            question.text,
            "answered" if evidence.found else "not_found",
            compose(evidence, draft.sentences, count),
            evidence.hits,
            Timings(weighed.seconds, draft.first_token_s, _since(question), draft.prompt_tokens, draft.output_tokens),
            draft.model,
            tuple(note for note in (understood, draft.note) if note),
        )

    def _draft(self, weighed: Weighed, ticket: Ticket) -> Generator[Event, None, Draft]:
        for position in ticket:
            yield Waiting(position)
        cancelled = weighed.question.cancelled
        if cancelled.is_set():
            return Draft()
        generator = self._generator()
        prompt = self._prompt(weighed.evidence, generator)
        if prompt is None:
            return Draft(note="The model's context is too small for the evidence; these are the quotes alone.")
        model = PinciteChatModel(generator=generator, max_tokens=self._settings.answer_tokens)
        asked_s = _since(weighed.question)
        chunks: list[AIMessageChunk] = []
        sentences: list[Sentence] = []
        with closing(_pieces(model, prompt, chunks, cancelled)) as pieces:
            for sentence in checked(pieces, weighed.evidence, self._embedder):
                sentences.append(sentence)
                yield SentenceChecked(sentence)
        if cancelled.is_set():
            return Draft(tuple(sentences))
        usage, said = chunks[-1].usage_metadata, chunks[-1].response_metadata
        return Draft(
            tuple(sentences),
            ModelCard(generator.name, generator.sha256, generator.adapter),
            None if said["first_token_s"] is None else asked_s + said["first_token_s"],
            usage["input_tokens"] if usage else 0,
            usage["output_tokens"] if usage else 0,
        )

    def _prompt(self, evidence: Evidence, generator: base.Generator) -> list[BaseMessage] | None:
        """What the model reads; None where its context has no room for a single quote."""
        room = generator.context - self._settings.answer_tokens - TEMPLATE

        def best(count: int, budget: int) -> list[Quote]:
            shown = evidence.quotes[:count]
            return fitting(evidence.question, shown, evidence.language, generator.count_tokens, budget)

        # The best quote is read even where it alone is over the budget: Chinese takes many tokens of some models.
        quotes = best(QUOTES_READ, min(self._settings.evidence_tokens, room)) or best(1, room)
        if not quotes:
            return None
        return [
            _MESSAGES[message.role](message.content)
            for message in messages(evidence.question, quotes, evidence.language)
        ]


def _pieces(
    model: PinciteChatModel, prompt: list[BaseMessage], chunks: list[AIMessageChunk], cancelled: threading.Event
) -> Generator[str, None, None]:
    """The text that the model writes; `chunks` ends up holding its last chunk, which says what it took."""
    for chunk in model.stream(prompt):
        chunks[:] = [chunk]
        if cancelled.is_set():
            return
        yield chunk.text


def _since(question: Question) -> float:
    return time.perf_counter() - question.asked_at


def _untraced(events: Iterator[Event]) -> Iterator[Event]:
    """The events, made where LangSmith is told nothing, though its environment variables may ask for it."""
    context = contextvars.copy_context()
    tracing = tracing_context(enabled=False)
    context.run(tracing.__enter__)
    try:
        while (event := context.run(next, events, None)) is not None:
            yield event
    finally:
        context.run(events.close)  # type: ignore[attr-defined]
        context.run(tracing.__exit__, None, None, None)
