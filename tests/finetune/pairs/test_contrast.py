"""Questions edited so that nothing answers them, and answered drafts in other ways."""

from __future__ import annotations

import random

from core.types import Passage
from finetune.pairs.contrast import code_swapped, codes_in, edited, in_other_ways
from finetune.pairs.draft import Draft, Place

TEXT = "Sellmouth harbour opened in 1871. Its first master was Anna Brook, who came from Norvik in 1864."


def draft(question: str, said: str, kind: str = "faq") -> Draft:
    at = TEXT.index(said)
    passage = Passage("d", 10, 10 + len(TEXT), TEXT)
    return Draft(
        question, kind, "answered", "en", "d", "s", (Place("d", 10 + at, 10 + at + len(said)),), passage, (said,)
    )


def test_edited_questions_are_refused_and_remember_what_was_asked() -> None:
    asked = draft("When did the harbour of Sellmouth open with its first master Anna Brook?", "1871")
    for number in range(8):
        for other in edited([asked], 4, random.Random(number)):
            assert (other.way, other.kind, other.original) == ("edited", "unanswerable", asked.question)
            assert other.question != asked.question
            assert other.places == () and other.answers == ()


def test_questions_made_of_headings_are_not_edited() -> None:
    asked = draft("What is said about Norvik and its first master?", "1871", kind="heading")
    assert list(edited([asked], 20, random.Random(0))) == []


def test_a_code_becomes_one_of_the_same_form_that_nobody_has() -> None:
    known = codes_in(["E-204 and E-205.", "see (HR-10)"])
    assert known == {"e-204", "e-205", "hr-10"}
    (other,) = code_swapped([draft("What does E-204 mean?", "1871", kind="error-code")], known)
    assert (other.question, other.original, other.way) == ("What does E-207 mean?", "What does E-204 mean?", "edited")
    assert list(code_swapped([draft("What does it mean?", "1871")], known)) == []


def test_some_are_drafted_again_in_other_ways() -> None:
    asked = [draft(f"When did it open, {number}?", "1871") for number in range(10)]
    others = in_other_ways(asked, 3, 4, random.Random(0))
    assert [other.way for other in others] == ["distractor"] * 3 + ["evidence-removed"] * 4
    assert {other.kind for other in others[3:]} == {"unanswerable"}
    assert all(other.places for other in others)
    assert len({other.key for other in [*asked, *others]}) == 17
