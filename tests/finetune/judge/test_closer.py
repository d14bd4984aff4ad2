from __future__ import annotations

from finetune.judge.closer import closer
from finetune.judge.examples import Example
from finetune.judge.readers import Sourced

BEFORE = "The tower is made of stone. " * 20
ANSWER = "The lamp was lit in 1871."
PASSAGE = f"{BEFORE}{ANSWER} " + "The keepers lived below. " * 20


def row(kind: str, passage: str = PASSAGE, answered: bool = True, task: str = "span") -> Sourced:
    start = passage.index("1871") if answered else None
    end = start + 4 if start is not None else None
    label = {"span": "answerable" if answered else "unanswerable", "relevance": "relevant"}[task]
    question = "When was the lamp lit?" if answered else "Who lit the lamp?"
    return Sourced(Example("1", task, question, passage, label, start, end, kind), "d")  # type: ignore[arg-type]


def test_an_answer_is_left_with_the_sentences_around_it() -> None:
    (found,) = closer([row("natural")])
    cut = found.example
    assert (cut.kind, cut.id, cut.label) == ("natural-closer", "1:closer", "answerable")
    assert cut.passage[cut.start : cut.end] == "1871"
    assert 300 <= len(cut.passage) < 350
    assert ANSWER in cut.passage


def test_without_an_answer_it_is_the_sentence_that_shares_most_words() -> None:
    (found,) = closer([row("written-twin", answered=False)])
    assert (found.example.label, found.example.start, found.example.end) == ("unanswerable", None, None)
    assert ANSWER in found.example.passage


def test_what_is_short_already_or_made_by_rule_or_no_question_stays_out() -> None:
    assert list(closer([row("natural", ANSWER), row("sentence-removed"), row("natural", task="relevance")])) == []
