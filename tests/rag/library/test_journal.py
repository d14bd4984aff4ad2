from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import UsageError
from core.types import Answer, Citation, ModelCard, Sentence, Timings
from rag.library.journal import Journal
from rag.library.manifest import Manifest
from rag.library.store import Library

ANSWER = Answer(
    "When does it end?",
    "answered",
    (Sentence("It ends on 5 May.", "supported", (Citation("a.pdf", "0a", 3, 10, 30, "shall end on 5 May"),)),),
    (),
    Timings(0.1, 0.2, 0.3, 40, 5),
    ModelCard("smollm2", "ab" * 32),
)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Library.create(tmp_path, Manifest("random", "ab" * 32, 8, "en")) as library:
        yield library.journal


def test_an_answer_is_on_record_whole(journal: Journal) -> None:
    number = journal.record_answer(ANSWER)
    (entry,) = journal.answers()
    assert (entry.number, entry.question, entry.status, entry.model) == (number, ANSWER.question, "answered", "smollm2")
    assert entry.answer["sentences"][0]["citations"][0] == {
        "document": "a.pdf",
        "document_id": "0a",
        "page": 3,
        "start": 10,
        "end": 30,
        "quote": "shall end on 5 May",
    }
    assert journal.count_answers() == 1


def test_answers_are_paged_the_latest_first(journal: Journal) -> None:
    numbers = [journal.record_answer(ANSWER) for _ in range(5)]
    assert [entry.number for entry in journal.answers(2)] == numbers[:2:-1]
    assert [entry.number for entry in journal.answers(9, before=numbers[1])] == [numbers[0]]


def test_a_judgement_replaces_the_earlier_one(journal: Journal) -> None:
    number = journal.record_answer(ANSWER)
    journal.record_feedback(number, "down", "too short")
    journal.record_feedback(number, "up")
    assert [(f.audit, f.thumbs, f.comment) for f in journal.feedback()] == [(number, "up", "")]


def test_an_unknown_answer_cannot_be_judged(journal: Journal) -> None:
    with pytest.raises(UsageError, match="no answer number 7"):
        journal.record_feedback(7, "up")
