"""Drafts become pairs with the evidence of the service, or a reason why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.types import Hit, Passage
from finetune.pairs.draft import Draft, Place, passages
from finetune.pairs.pair import messages
from finetune.pairs.rules import drafts
from finetune.pairs.settle import ANSWERED, NOT_FOUND, NOT_GROUNDED, TOO_LONG, answer_in, joined, settled
from finetune.pairs.shelf import Shelf
from rag.answer.evidence import Quote


@pytest.fixture(scope="module")
def made(held: Shelf) -> dict[str, Draft]:
    """The drafts of the library by what they answer."""
    return {draft.places[0].said: draft for draft in drafts(passages(held.library), "lib")}


PRICE = "Part: Shaft; Price: 80 EUR"
HOT = "E-205 means that the motor has become too hot."


def test_an_answer_stands_in_the_evidence_that_the_service_shows(held: Shelf, made: dict[str, Draft]) -> None:
    pair = settled(made[PRICE], held)
    assert not isinstance(pair, str)
    assert (pair.kind, pair.answer, pair.document) == ("table", PRICE, "manual.md > Pump manual > 4 Spare parts")
    assert "4 Spare parts: Part: Shaft; Number: HR-11; Price: 80 EUR" in pair.evidence
    assert pair.evidence == tuple(quote.headed for quote in held.shown(pair.question).read)
    assert f"Question: {pair.question}" in messages(pair)[1]["content"]


def test_a_row_is_answered_whole_where_a_cell_alone_would_drop_a_limit(held: Shelf, made: dict[str, Draft]) -> None:
    pair = settled(made["Part: Impeller; Number: HR-12"], held)
    assert not isinstance(pair, str)
    assert pair.answer == "Part: Impeller; Number: HR-12; Price: at most 95 EUR"


def test_a_distractor_stands_among_quotes_of_other_passages(held: Shelf, made: dict[str, Draft]) -> None:
    pair = settled(replace(made[HOT], way="distractor"), held)
    assert not isinstance(pair, str)
    assert (pair.kind, pair.answer) == ("distractor", HOT)
    assert sum("3 Errors" in quote for quote in pair.evidence) == 1
    assert len(pair.evidence) > 1


def test_without_its_evidence_a_question_is_refused(held: Shelf, made: dict[str, Draft]) -> None:
    pair = settled(replace(made[HOT], way="evidence-removed", kind="unanswerable"), held)
    assert not isinstance(pair, str)
    assert (pair.kind, pair.answer) == ("unanswerable", "Not found.")
    assert pair.evidence
    assert not any("E-205" in quote or "too hot" in quote for quote in pair.evidence)


def test_an_edited_question_is_refused_unless_the_evidence_may_answer_it(held: Shelf, made: dict[str, Draft]) -> None:
    asked = replace(made[HOT], way="edited", kind="unanswerable", original="What does E-205 mean?", places=())
    pair = settled(replace(asked, question="What does E-216 mean?"), held)
    assert not isinstance(pair, str)
    assert pair.answer == "Not found."
    assert settled(replace(asked, question="What does E-204 mean?"), held) == ANSWERED


def test_a_question_that_retrieval_does_not_answer_is_left_out(held: Shelf, made: dict[str, Draft]) -> None:
    assert settled(replace(made[PRICE], question="How often does an engineer visit the site?"), held) == NOT_FOUND


def test_an_answer_that_fails_the_check_is_left_out(held: Shelf, made: dict[str, Draft]) -> None:
    (place,) = made[HOT].places
    wrong = replace(place, said="E-205 means that the motor has become too cold.")
    assert settled(replace(made[HOT], places=(wrong,)), held) == NOT_GROUNDED


def test_people_s_questions_are_answered_by_the_place_they_marked_or_refused(held: Shelf) -> None:
    text = held.library.document("guide.md").text
    at = text.index("six months")
    place = Place("guide.md", at, at + len("six months"))
    asked = Draft(
        "How often does an engineer visit?", "faq", "answered", "en", "guide.md", "s", (place,), answers=("six months",)
    )
    pair = settled(asked, held)
    assert not isinstance(pair, str)
    assert (pair.kind, pair.answer) == ("faq", "An engineer of the Norvik office visits each site every six months.")
    elsewhere = replace(asked, question="What is the price of the impeller?")
    missed = settled(elsewhere, held)
    assert not isinstance(missed, str)
    assert (missed.kind, missed.answer) == ("unanswerable", "Not found.")
    assert settled(replace(elsewhere, answers=("at most 95 EUR",)), held) == NOT_FOUND


def quote(text: str, columns: tuple[str, ...] = ()) -> Quote:
    return Quote(Hit(Passage("d", 0, len(text), text), "d", "text/plain", 1.0), 0, len(text), columns=columns)


def brief(text: str) -> bool:
    """Whether a text is short enough to be written."""
    return len(text) < 380


def asked(question: str, answer: str) -> Draft:
    return Draft(question, "faq", "answered", "en", "d", "s", (Place("d", 0, 9),), answers=(answer,))


def test_a_short_sentence_is_answered_whole_and_of_a_long_one_the_clauses_that_hold_it() -> None:
    short = "The valve opens at 3 bar; it closes at 2 bar."
    draft = asked("At what pressure does the relief valve of the pump open?", "3 bar")
    assert answer_in(quote(short), draft, brief) == short
    long = (
        "The relief valve of the pump opens at 3 bar above the set pressure; the dry-run protection is a part of the "
        "controller and watches the current of the motor; the vibration sensor stands on the bearing and is read "
        "every second by the controller."
    )
    assert answer_in(quote(long), draft, brief) == "The relief valve of the pump opens at 3 bar above the set pressure"


def test_clauses_are_answered_from_the_beginning_on() -> None:
    text = (
        "The isoprene units, which are the building blocks of all of these compounds in plants, in animals and in many "
        "bacteria as well, are donated by two precursors, and both of them are made in the cell in several steps."
    )
    draft = asked("Which precursors donate the isoprene units?", "two precursors")
    assert answer_in(quote(text), draft, brief) == text[: text.index(", and both")]


def test_what_is_too_long_to_write_is_no_answer(
    held: Shelf, made: dict[str, Draft], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "writable", lambda text: len(text) < 20)
    assert settled(made[HOT], held) == TOO_LONG


def test_of_a_long_row_its_name_and_the_cell_are_answered() -> None:
    cells = (
        "TW-410",
        "for drinking water and heating water in closed systems of large and of small buildings and works",
        "28 m",
    )
    columns = ("Model", "Use", "Maximum head of the pump at nominal speed, measured with clear cold water")
    row = quote(" | ".join((*cells, "1")), (*columns, "Issue"))
    assert (
        answer_in(row, asked("What is the maximum head of the TW-410?", "28 m"), brief)
        == f"Model: TW-410; {columns[2]}: 28 m"
    )


def test_sentences_are_joined_as_their_language_does() -> None:
    assert joined(["One.", "Two."]) == "One. Two."
    assert joined(["一。", "二。"]) == "一。二。"
