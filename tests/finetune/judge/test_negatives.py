import random

from finetune.judge.examples import Example
from finetune.judge.lexical import WordIndex
from finetune.judge.negatives import relevance
from finetune.judge.readers import Sourced
from tests.finetune.judge.made_of import HARBOUR, LIGHT


def row(question: str, passage: str, answer: str) -> Sourced:
    start = passage.index(answer)
    example = Example(f"t:{question}", "span", question, passage, "answerable", start, start + len(answer), source="t")
    return Sourced(example, "t", (answer,))


def test_the_passage_that_shares_rare_words_comes_first() -> None:
    index = WordIndex([HARBOUR, LIGHT, "Nothing of the kind.", "A train.", "Another train."])
    assert index.ranked("Who lit the lighthouse?", 3) == [1]
    assert index.ranked("Which rocks?", 3) == [1]
    assert index.ranked("Zeppelin", 3) == []


def test_a_question_is_relevant_to_its_own_passage_and_to_no_near_one_without_the_answer() -> None:
    rows = [
        row("Who lit the lamp at Sellmouth?", LIGHT, "Maria Holt"),
        row("Who bought the crane at Sellmouth?", HARBOUR, "Peter Lund"),
        row("Who kept the lamp?", "The lamp at Sellmouth was kept by Maria Holt and others.", "Maria Holt"),
    ]
    found = [one.example for one in relevance(rows[:1] + rows[1:], 3, random.Random(0))]
    of_lamp = [(e.label, e.passage) for e in found if e.question == "Who lit the lamp at Sellmouth?"]
    assert of_lamp == [("relevant", LIGHT), ("irrelevant", HARBOUR)]
    assert {e.task for e in found} == {"relevance"}
    assert sum(e.label == "relevant" for e in found) == 3


def test_no_more_questions_are_taken_than_asked_for() -> None:
    rows = [row(f"Who lit lamp {i}?", LIGHT, "Maria Holt") for i in range(10)]
    assert sum(one.example.label == "relevant" for one in relevance(rows, 4, random.Random(0))) == 4
