"""What the service would show, and what a judge says of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.types import Passage
from finetune.pairs.draft import Draft, Place, passages
from finetune.pairs.settle import NOT_ANSWERABLE, settled
from finetune.pairs.shelf import Remembering, Shelf
from rag.answer.answer import AnswerSettings
from rag.chain.chain import QUOTES_READ
from rag.embedding.base import of_sentences
from rag.embedding.bilingual import Bilingual
from rag.embedding.minilm import MiniLM
from rag.embedding.use import MultilingualUSE
from rag.judge.judge import Judge
from rag.judge.open import Judges
from tests.rag.judge.made import make_judge

HOT = "E-205 means that the motor has become too hot."


class OneJudge(Judges):
    """The same judge for every language."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self.judge = judge

    def of(self, spoken: str) -> Judge:
        return self.judge


def test_no_more_is_read_than_the_model_has_room_for(held: Shelf) -> None:
    shown = held.shown("What does E-205 mean?")
    assert shown.read[0].text == HOT
    assert shown.language == "en"
    assert len(shown.read) <= QUOTES_READ
    assert sum(held.count(quote.headed) for quote in shown.read) <= AnswerSettings().evidence_tokens
    long = shown.read[:1] * 40
    assert 1 < len(held.fitted("What does E-205 mean?", long, "en")) < 40


def test_documents_may_be_named(held: Shelf) -> None:
    shown = held.shown("What does E-205 mean?", ("guide.md",))
    assert {quote.hit.document for quote in shown.read} == {"guide.md"}


def test_a_judge_reads_the_passage_alone(held: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passage = Passage("d", 0, 24, "the pump runs at nine bar")
    assert held.answerable("what pressure has the pump", passage) is None
    assert not held.any_answers("what pressure has the pump", held.shown("What does E-205 mean?").read)
    monkeypatch.setattr(held, "_settings", AnswerSettings())
    monkeypatch.setattr(held, "_judges", OneJudge(make_judge(tmp_path)))
    sure = held.answerable("what pressure has the pump", passage)
    assert sure is not None
    assert round(sure, 3) == 0.982
    found = next(one for one in passages(held.library) if HOT in one.hit.passage.text)
    start = found.hit.passage.start + found.hit.passage.text.index(HOT)
    place = Place("manual.md", start, start + len(HOT), HOT)
    draft = Draft("What does E-205 mean?", "error-code", "answered", "en", "d", "s", (place,), found.hit.passage)
    held._shown.cache_clear()
    assert settled(draft, held) == NOT_ANSWERABLE


def test_what_was_embedded_is_not_embedded_again() -> None:
    asked: list[str] = []

    class Counting(MiniLM):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            asked.extend(texts)
            return super().embed(texts)

    remembering, texts = Remembering(Counting()), ["one pump", "two pumps", "one pump"]
    first = remembering.embed(texts)
    again = remembering.embed(texts[::-1])
    assert asked == ["one pump", "two pumps"]
    assert np.array_equal(first, MiniLM().embed(texts))
    assert np.array_equal(again, first[::-1])
    assert remembering.embed([]).shape == (0, 384)


@pytest.mark.parametrize("embedder", [Bilingual(), MultilingualUSE(), MiniLM()])
@pytest.mark.parametrize(
    "texts", [["The filter is blocked."], ["滤芯堵塞。"], ["The filter is blocked.", "滤芯堵塞。"]]
)
@pytest.mark.parametrize("question", ["Is the filter blocked?", "滤芯堵了吗？"])
def test_sentences_are_compared_as_the_service_compares_them(embedder, texts, question) -> None:  # type: ignore[no-untyped-def]
    remembering = Remembering(embedder)
    meant, found = (of_sentences(each, question, texts) for each in (embedder, remembering))
    assert found.name == meant.name
    assert np.array_equal(
        found.embed(texts) @ found.embed_query(question), meant.embed(texts) @ meant.embed_query(question)
    )
    assert of_sentences(remembering, question, texts) is found
