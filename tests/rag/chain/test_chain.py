"""The chain, over a small library, the real embedder and a generator that says what it is told to."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from core.errors import QueueFull, UsageError
from core.types import Answer, EvidenceFound, Filters, SentenceChecked, Turn, Waiting
from rag.answer.answer import AnswerSettings
from rag.chain.chain import AnswerChain, Question
from rag.engines.queue import Queue
from rag.retrieval.retriever import Retriever
from tests.rag.engines.scripted import ScriptedGenerator
from tests.rag.engines.serving import answering

LEASE = "When does the lease end?"
QUOTE = "The lease ends on 31 December 2027."
SETTINGS = AnswerSettings(threshold=0.0)


def chain(library, embedder, *drafts, settings=SETTINGS, queue=None, context=4096):
    generator = ScriptedGenerator(*drafts, context=context)
    made = AnswerChain(Retriever(library, embedder), embedder, lambda: generator, settings, queue)
    return made, generator


def test_the_events_in_order(library, embedder):
    made, generator = chain(library, embedder, f"{QUOTE} It costs 9,999 euros.")
    evidence, *checked, answer = made.stream(Question(LEASE))
    assert isinstance(evidence, EvidenceFound)
    assert evidence.sentences[0].text == QUOTE
    assert isinstance(answer, Answer)
    assert all(isinstance(event, SentenceChecked) for event in checked)
    assert checked[0].sentence.text == QUOTE
    assert "9,999" not in answer.text
    assert (answer.question, answer.status, answer.notes) == (LEASE, "answered", ())
    assert answer.sentences[0].citations[0].quote == QUOTE
    assert answer.hits == evidence.hits
    assert len(generator.asked) == 1


def test_the_figures(library, embedder):
    made, generator = chain(library, embedder, QUOTE)
    *_, answer = made.stream(Question(LEASE))
    timings = answer.timings
    assert 0 < timings.retrieve_s < timings.first_token_s < timings.total_s
    (asked,) = generator.asked
    assert timings.prompt_tokens == sum(generator.count_tokens(message.content) for message in asked)
    assert timings.output_tokens == generator.count_tokens(QUOTE)
    assert (answer.model.name, answer.model.sha256, answer.model.adapter) == ("scripted", "0" * 64, None)


def test_a_follow_up_is_condensed(library, embedder):
    made, generator = chain(library, embedder, "Not found.")
    history = (Turn("When does the lease end?", QUOTE),)
    *_, answer = made.stream(Question("And the warranty?", history))
    assert answer.question == "And the warranty?"
    assert answer.notes == ("Understood as: When does the lease end? And the warranty?",)
    assert "And the warranty?" in generator.asked[0][-1].content


def test_weak_evidence_asks_no_model(library, embedder):
    made, generator = chain(library, embedder, QUOTE, settings=replace(SETTINGS, threshold=1.0))
    (answer,) = made.stream(Question(LEASE))
    assert (answer.status, answer.sentences, answer.model) == ("not_found", (), None)
    assert answer.timings.first_token_s is None
    assert answer.hits
    assert generator.asked == []


def test_without_a_draft_the_answer_is_the_quotes(library, embedder):
    queue = Queue(limit=0)
    queue.join()  # somebody has the model, and nobody may wait
    made, generator = chain(library, embedder, "x", settings=replace(SETTINGS, draft=False), queue=queue)
    evidence, answer = made.stream(Question(LEASE))
    assert answer.sentences == evidence.sentences
    assert (answer.status, answer.model, generator.asked) == ("answered", None, [])


def test_filters(library, embedder):
    made, _ = chain(library, embedder, "Not found.")
    *_, answer = made.stream(Question(LEASE, filters=Filters(documents=("boiler.txt",))))
    assert {hit.document for hit in answer.hits} == {"boiler.txt"}


def test_sentences_are_streamed_while_the_model_writes(library, embedder):
    """The draft's second sentence is held back until the first has been read."""
    read = threading.Event()
    made, generator = chain(library, embedder, f"{QUOTE} The tenant may renew it once for 3 years. Amen.")
    tokens = generator.stream

    def stream(*given):
        generation = tokens(*given)
        pieces = generation._pieces

        def slowly():
            for number, piece in enumerate(pieces):
                if number > 14:
                    assert read.wait(30)
                yield piece

        generation._pieces = slowly()
        return generation

    generator.stream = stream
    for event in made.stream(Question(LEASE)):
        if isinstance(event, SentenceChecked):
            read.set()
    assert read.is_set()


def test_leaving_stops_the_model_and_the_line_moves_on(library, embedder):
    queue = Queue()
    made, generator = chain(library, embedder, f"{QUOTE} " * 50, queue=queue)
    begun = []
    plain = generator.stream
    generator.stream = lambda *given: begun.append(plain(*given)) or begun[-1]
    events = made.stream(Question(LEASE))
    assert isinstance(next(events), EvidenceFound)
    assert isinstance(next(events), SentenceChecked)
    events.close()
    usage = begun[0].usage
    assert usage.finish == "cancelled"
    assert usage.output_tokens < 40
    with queue.join() as ticket:
        assert list(ticket) == []


def test_the_line_before_the_model(library, embedder):
    queue = Queue(limit=1)
    made, _ = chain(library, embedder, QUOTE, queue=queue)
    first = queue.join()
    events = made.stream(Question(LEASE))
    assert isinstance(next(events), EvidenceFound)
    assert next(events) == Waiting(1)
    with pytest.raises(QueueFull, match="1 questions"):
        next(made.stream(Question(LEASE)))
    first.leave()
    assert isinstance(list(events)[-1], Answer)


def test_evidence_is_cut_to_the_context_never_the_question(library, embedder):
    made, generator = chain(library, embedder, QUOTE, context=260)
    *_, answer = made.stream(Question(LEASE))
    (asked,) = generator.asked
    assert LEASE in asked[-1].content
    assert sum(generator.count_tokens(message.content) for message in asked) <= 260 - 96 - 64
    assert answer.notes == ()


def test_a_context_without_room_for_evidence(library, embedder):
    made, generator = chain(library, embedder, QUOTE, context=170)
    *_, answer = made.stream(Question(LEASE))
    assert generator.asked == []
    assert answer.text.startswith(QUOTE)
    assert answer.notes == ("The model's context is too small for the evidence; these are the quotes alone.",)


def test_a_question_must_be_asked(library, embedder):
    made, _ = chain(library, embedder, QUOTE)
    with pytest.raises(UsageError, match="empty"):
        next(made.stream(Question("  ")))


def test_nothing_is_told_to_langsmith(library, embedder, monkeypatch):
    """Though the environment asks for tracing, and a service stands there to take it."""
    from langsmith import utils

    with answering(200, "{}") as url:
        for prefix in ("LANGSMITH", "LANGCHAIN"):
            monkeypatch.setenv(f"{prefix}_TRACING", "true")
            monkeypatch.setenv(f"{prefix}_TRACING_V2", "true")
            monkeypatch.setenv(f"{prefix}_ENDPOINT", url)
            monkeypatch.setenv(f"{prefix}_API_KEY", "key")
        utils.get_env_var.cache_clear()
        before = set(threading.enumerate())
        made, _ = chain(library, embedder, QUOTE)
        list(made.stream(Question(LEASE)))
        from langchain_core.tracers.langchain import wait_for_all_tracers

        wait_for_all_tracers()
        assert utils.tracing_is_enabled()
        assert set(threading.enumerate()) == before  # LangSmith's client would have started its thread
    utils.get_env_var.cache_clear()
