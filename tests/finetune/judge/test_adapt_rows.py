"""Rows made of a library's confirmed questions and feedback."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UsageError
from core.types import Answer, Citation, Sentence, Timings
from finetune.judge.adapt_questions import BLAMED, PRAISED, Confirmed, confirmed, parted
from finetune.judge.adapt_rows import Rows, for_training, located
from finetune.judge.examples import Example
from rag.assistant import Assistant
from rag.evaluation.questions import Gold, Question
from tests.finetune.judge.adapting import as_set, make_library, questions

PUMP = "The limit of the pump is nine bar at full load."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("manuals"))


@pytest.fixture
def assistant(made: Path, tmp_path: Path) -> Iterator[Assistant]:
    shutil.copytree(made, tmp_path / "library")
    with Assistant.open(tmp_path / "library") as opened:
        yield opened


def answer(assistant: Assistant, question: str, quote: str | None, notes: tuple[str, ...] = ()) -> str:
    """An answer on record that quotes the pump's manual, or finds nothing; gives its id."""
    document = assistant.document("pump.txt")
    sentences = ()
    if quote is not None:
        start = document.text.index(quote)
        place = Citation("pump.txt", document.id, None, start, start + len(quote), quote)
        sentences = (Sentence(quote, "verbatim", (place,)),)
    status = "answered" if sentences else "not_found"
    said = Answer(question, status, sentences, (), Timings(0.1, None, 0.1, 0, 0), None, notes)
    return str(assistant._library.journal.record_answer(said))


def by_kind(rows: list[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    return found


def test_an_answer_is_pointed_at_and_its_neighbours_do_not_answer(assistant: Assistant) -> None:
    asked = [question for question in questions() if question.id == "pump-0"]
    rows = by_kind(Rows(assistant, "en").of_questions(asked)["pump-0"])
    span, relevant = rows["natural"]
    assert (span.task, span.label, span.passage[span.start : span.end]) == ("span", "answerable", "nine bar")
    assert (relevant.task, relevant.label, relevant.passage) == ("relevance", "relevant", span.passage)
    *near, irrelevant = rows["other-passage"]
    assert [row.label for row in near] == ["unanswerable"] * 3
    assert irrelevant.label == "irrelevant"
    assert not any("nine bar" in row.passage for row in (*near, irrelevant))
    (removed,) = rows["sentence-removed"]
    assert "nine bar" not in removed.passage and "Anna Brook" in removed.passage
    assert {row.question for row in rows["natural"]} == {"What is the limit of the pump?"}


def test_what_no_document_answers_is_held_against_what_is_found(assistant: Assistant) -> None:
    asked = [question for question in questions() if question.id == "fan-missing-0"]
    rows = Rows(assistant, "en").of_questions(asked)["fan-missing-0"]
    assert [(row.kind, row.label) for row in rows] == [("natural-unanswerable", "unanswerable")] * 3
    assert "two kilowatts" in rows[0].passage


def test_the_same_questions_give_the_same_rows(assistant: Assistant) -> None:
    first, second = (Rows(assistant, "en").of_questions(questions()) for _ in range(2))
    assert first == second
    ids = [row.id for rows in first.values() for row in rows]
    assert len(ids) == len(set(ids))


def test_an_answer_that_cannot_be_placed_teaches_nothing(assistant: Assistant) -> None:
    lost = Question("lost", "What is the limit of the pump?", "en", True, ("a hundred volts",), (Gold("fan.txt"),))
    assert Rows(assistant, "en").of_questions([lost]) == {"lost": []}


def test_an_answer_in_other_words_is_placed_by_them_but_not_pointed_at(assistant: Assistant) -> None:
    free = Question("free", "Who services it?", "en", True, ("it is serviced by Emil Stern",), (Gold("crane.txt"),))
    own = Rows(assistant, "en").of_questions([free])["free"][0]
    assert (own.label, own.start, "Emil Stern" in own.passage) == ("answerable", None, True)


def test_a_praised_answer_is_a_question_with_its_place_and_a_blamed_one_says_where_it_is_not(
    assistant: Assistant,
) -> None:
    assistant.feedback(answer(assistant, "How much may the pump take?", PUMP), "up")
    assistant.feedback(answer(assistant, "And what of it?", PUMP, ("Understood as: the fan And what of it?",)), "down")
    assistant.feedback(answer(assistant, "Who built the pump?", None), "up")
    assistant.feedback(answer(assistant, "Who paints the pump?", None), "down")
    given = confirmed(assistant, None)["en"]
    assert [(q.question, q.answerable, q.kind) for q in given.questions] == [
        ("Who built the pump?", False, PRAISED),
        ("How much may the pump take?", True, PRAISED),
    ]
    assert given.praised == 2
    (blamed,) = given.blamed
    assert (blamed.question, blamed.kind, blamed.gold[0].document) == ("the fan And what of it?", BLAMED, "pump.txt")
    rows = Rows(assistant, "en").of_questions((*given.questions, *given.blamed))
    (against,) = rows[blamed.id]
    assert (against.label, against.kind, "nine bar" in against.passage) == ("unanswerable", "blamed", True)
    praised = by_kind(rows[given.questions[1].id])
    assert (praised["natural"][0].label, praised["natural"][0].start) == ("answerable", None)
    assert "nine bar" not in praised["sentence-removed"][0].passage


def test_a_citation_of_a_text_that_has_changed_is_left_out(assistant: Assistant) -> None:
    number = answer(assistant, "How much may the pump take?", PUMP)
    assistant.feedback(number, "up")
    assistant.remove(["pump.txt"])
    assert confirmed(assistant, None)["en"].questions == ()


def test_the_set_goes_before_feedback_and_drafts_do_not_count(assistant: Assistant) -> None:
    assistant.feedback(answer(assistant, "what is the limit of the  pump", PUMP), "down")
    asked = tuple(replace(each, draft=each.id.startswith("fan")) for each in questions())
    given = confirmed(assistant, as_set(asked))
    assert (len(given["en"].questions), given["en"].blamed, given["en"].drafts) == (30, (), 6)
    assert given["zh"] == Confirmed((), (), 0)


def test_too_few_are_an_error_that_says_what_to_do(assistant: Assistant) -> None:
    asked = tuple(replace(each, draft=each.id[0] in "fplbc") for each in questions())
    with pytest.raises(UsageError, match=r"there are 0 confirmed questions \(36 drafts do not count\).*it takes 20"):
        confirmed(assistant, as_set(asked))["en"].check_enough("en")


def test_no_two_parts_share_a_document(assistant: Assistant) -> None:
    by, parts = parted(questions())
    assert (by, len(parts)) == ("document", 4)
    documents = [{gold.document for question in part for gold in question.gold} for part in parts]
    assert sum(map(len, documents)) == 6
    by, parts = parted([replace(each, gold=(Gold("pump.txt"),)) for each in questions() if each.answerable])
    assert (by, [len(part) for part in parts]) == ("question", [6, 6, 6, 6])
    assert all(question.gold for part in parts for question in part)


def test_claims_are_made_of_the_librarys_sentences(assistant: Assistant) -> None:
    found = Rows(assistant, "en").of_sentences(10)
    assert 10 < len(found) <= 40
    assert {row.task for row in found} == {"entailment"}
    assert {"entailment", "contradiction"} <= {row.label for row in found}
    assert {row.source for row in found} == {"library"}


def test_a_pair_with_two_labels_is_left_out() -> None:
    one = Example("a", "span", "what", "red", "answerable")
    other = Example("b", "span", "what", "red", "unanswerable")
    third = Example("c", "span", "what", "blue", "unanswerable")
    assert for_training({"q": [one, third], "r": [other]}, ["q"], []) == [one, third]
    assert for_training({"q": [one, third], "r": [other]}, ["q", "r"], []) == [third]


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("It is nine\n bar.", "nine bar", "nine\n bar"),
        ("It is NINE bar.", "nine bar", "NINE bar"),
        ("It is 19 bar.", "9 bar", None),
        ("压力为九 巴。", "九巴", None),
        ("压力为九巴。", "九巴", "九巴"),
    ],
)
def test_an_answer_is_found_however_its_spaces_are_set(text: str, answer: str, found: str | None) -> None:
    span = located(text, [answer])
    assert (text[slice(*span)] if span else None) == found
