"""What is left of many pairs and drafts, and why the others are not."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UsageError
from finetune.pairs.draft import Draft, Place
from finetune.pairs.pair import Pair, made
from finetune.pairs.sifting import AMBIGUOUS, DUPLICATE, KEPT_OUT, KeptOut, sifted, without_doubts

NONE = KeptOut(())


def pair(question: str, answer: str = "Thirty days.", kind: str = "faq", **values: object) -> Pair:
    return made(question, answer, kind=kind, document="d", source="s", language="en", **values)


def draft(question: str, said: str) -> Draft:
    return Draft(question, "table", "answered", "en", "d", "s", (Place("d", 0, 9, said),))


@pytest.fixture
def split(tmp_path: Path) -> KeptOut:
    rows = [
        {"id": "1", "question": "How long is the notice of termination?", "answers": ["thirty days"]},
        {"id": "2", "question": "保修期有多长？", "answers": ["两年"]},
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return KeptOut([path])


def test_the_test_split_holds_a_question_however_it_is_put(split: KeptOut) -> None:
    assert split.questions == 2
    assert split.holds("how LONG is the notice of termination")
    assert split.holds("The notice of termination is how long?")
    assert split.holds("保修期有多长?")
    assert not split.holds("How long is the notice of a price change?")
    assert not split.holds("How long is the warranty of termination equipment?")


def test_pairs_of_the_test_split_are_left_out(split: KeptOut) -> None:
    left_out: Counter[str] = Counter()
    kept = sifted([pair("How long is the notice of termination?"), pair("Who pays?", "The buyer.")], left_out, split)
    assert [one.question for one in kept] == ["Who pays?"]
    assert left_out == {KEPT_OUT: 1}


def test_a_test_split_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        KeptOut([tmp_path / "none.jsonl"])


def test_duplicates_are_kept_once() -> None:
    long = "Close the valve, drain the pump, unscrew the sensor and fit the new one with a new copper ring at 25 Nm"
    pairs = [
        pair("How do I replace the sensor?", f"{long}, then open the valve again and look for leaks for five minutes."),
        pair("How do I replace the sensor?", f"{long}, then open the valve again and look for leaks for five minutes!"),
        pair("How do I replace the sensor?", f"{long}, then open the valve again, and look for leaks for 5 minutes"),
        pair("How do I replace the sensor?", f"{long}, then open the valve again and look for leaks for six minutes."),
        pair("Who pays?", "The buyer."),
    ]
    left_out: Counter[str] = Counter()
    assert [one.answer[-12:] for one in sifted(pairs, left_out, NONE)] == [
        "ive minutes.",
        "six minutes.",
        "The buyer."[-12:],
    ]
    assert left_out == {DUPLICATE: 2}


def test_a_refusal_and_a_distractor_may_share_a_question() -> None:
    pairs = [
        pair("Who?", "Anna.", evidence=("Anna did.",)),
        pair("Who?", "Anna.", evidence=("Bert came.", "Anna did."), kind="distractor"),
        pair("Who?", "Not found.", evidence=("Bert came.",), kind="unanswerable"),
        pair("Who?", "Anna.", evidence=("Anna did so.",)),
    ]
    assert sifted(pairs, Counter(), NONE) == pairs[:3]


def test_pairs_come_out_in_canonical_spelling() -> None:
    (kept,) = sifted([pair("How\u00a0 long ?", " One ﬁlter.\r\n\r\n Two. ")], Counter(), NONE)
    assert (kept.question, kept.answer) == ("How long ?", "One filter.\nTwo.")
    assert kept.id == pair("How long ?", "One filter.\nTwo.").id


def test_a_question_with_two_answers_is_left_out_altogether(split: KeptOut) -> None:
    left_out: Counter[str] = Counter()
    drafts = [
        draft("What is the price of HR-10?", "12 EUR"),
        draft("What is the price of HR-10?", "14 EUR"),
        draft("what is the price of HR-11", "20 EUR"),
        draft("What is the price of HR-11?", "20 EUR"),
        draft("How long is the notice of termination?", "Thirty days."),
    ]
    assert without_doubts(drafts, left_out, split) == [drafts[2]]
    assert left_out == {AMBIGUOUS: 2, DUPLICATE: 1, KEPT_OUT: 1}
    assert without_doubts([replace(drafts[0], question="Other?")], left_out, split)
