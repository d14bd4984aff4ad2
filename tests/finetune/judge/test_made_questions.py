import random

import pytest

from finetune.judge import chinese_edits, english_edits
from finetune.judge.english_edits import Asked
from finetune.judge.examples import Example
from finetune.judge.made_questions import KINDS, kept, made, said_otherwise
from finetune.judge.readers import Sourced
from tests.finetune.judge.made_of import HARBOUR, LIGHT, RIVER


def asked(question: str, passage: str, answer: str, *names: str) -> Asked:
    start = passage.index(answer)
    return Asked(question, passage, start, start + len(answer), names=names)


def row(question: str, passage: str, answer: str, language: str = "en") -> Sourced:
    start = passage.index(answer)
    example = Example(
        f"t:{question}", "span", question, passage, "answerable", start, start + len(answer), "natural", "t", language
    )
    return Sourced(example, "t:harbour", (answer,))


def test_names_are_runs_of_capitals_that_do_not_merely_open_a_sentence() -> None:
    text = "Coal went by sea. Most ships were of Anna Brook and the Bank of Norvik. She liked Ostrava's port."
    assert [text[at:to] for at, to in english_edits.names(text)] == ["Anna Brook", "Bank of Norvik", "Ostrava"]


def test_a_name_is_swapped_for_one_outside_the_answers_sentence() -> None:
    one = asked("When did Sellmouth harbour open to ships?", HARBOUR, "1871", "Trondheim")
    one = Asked("Who was first to sail from Norvik to the town?", HARBOUR, one.start, one.end, names=("Trondheim",))
    found = {english_edits.name_swapped(one, random.Random(seed)) for seed in range(20)}
    assert found
    assert None not in found
    assert all("Norvik" not in (question or "") for question in found)


def test_a_number_becomes_one_that_the_passage_does_not_have() -> None:
    one = asked("Who bought a crane in 1902?", HARBOUR, "Peter Lund")
    for seed in range(20):
        question = english_edits.number_swapped(one, random.Random(seed))
        assert question is None or (question[:25] == "Who bought a crane in 1902?"[:25] or "1902" not in question)
        assert question != one.question


def test_the_years_of_a_table_are_not_taken_for_one_another() -> None:
    table = "Item | 2019 | 2018\nSales | 50 | 57\nCosts | 20 | 21"
    one = asked("What were the sales in 2019?", table, "50")
    swapped = [english_edits.number_swapped(one, random.Random(seed)) for seed in range(40)]
    assert any(swapped)
    assert "What were the sales in 2018?" not in swapped


def test_a_word_becomes_its_opposite_unless_the_passage_has_that_too() -> None:
    one = asked("Who bought the largest crane?", HARBOUR, "Peter Lund")
    found = {english_edits.opposite(one, random.Random(seed)) for seed in range(20)}
    assert found == {"Who bought the smallest crane?", "Who sold the largest crane?"}
    both = asked("Who bought the largest crane?", HARBOUR + " He sold the smallest crane.", "Peter Lund")
    assert english_edits.opposite(both, random.Random(0)) is None


def test_how_long_is_not_made_how_short() -> None:
    one = asked("How long was the pier?", "The pier was 90 metres long. It was built of oak.", "90 metres")
    assert english_edits.opposite(one, random.Random(0)) is None


@pytest.mark.parametrize(
    ("question", "denied"),
    [
        ("Who did the company hire?", {"Who didn't the company hire?"}),
        ("Which lamp was lit by us?", {"Which lamp was not lit by us?", "Which lamp was never lit by us?"}),
        ("Who lived at the light?", {"Who never lived at the light?"}),
        ("Where was the lamp?", {None}),
        ("How many lamps did it have?", {None}),
        ("Who did not pay?", {None}),
    ],
)
def test_negation_goes_to_the_verb(question: str, denied: set[str | None]) -> None:
    one = asked(question, LIGHT, "Maria Holt")
    assert {english_edits.negated(one, random.Random(seed)) for seed in range(12)} == denied


def test_nouns_come_from_other_questions_and_not_from_the_passage() -> None:
    passage = "The population of Sellmouth is 900. The mayor is Ida Berg."
    start = passage.index("900")
    others = ("What is the elevation of Norvik?", "Who is the mayor of Norvik?")
    one = Asked("What is the population of Sellmouth?", passage, start, start + 3, others)
    assert english_edits.noun_swapped(one, random.Random(0)) == "What is the elevation of Sellmouth?"


def test_chinese_edits() -> None:
    dam = asked("1953年谁在沙河上建造了最大的水坝？", RIVER, "李明公司")
    assert chinese_edits.opposite(dam, random.Random(0)) in {
        "1953年谁在沙河上拆除了最大的水坝？",
        "1953年谁在沙河上建造了最小的水坝？",
    }
    number = chinese_edits.number_swapped(dam, random.Random(0))
    assert number is not None
    assert number[4:] == dam.question[4:]
    assert number[:4] != "1953"
    living = asked("当地居民可以靠什么为生？", RIVER, "捕鱼")
    assert chinese_edits.negated(living, random.Random(0)) == "当地居民不可以靠什么为生？"
    meeting = asked("在哪一场会议上讨论了捕鱼？", RIVER, "捕鱼")  # 会 is part of 会议 here, no verb
    assert {chinese_edits.negated(meeting, random.Random(seed)) for seed in range(20)} == {None}


def test_a_country_is_not_swapped_for_this_country() -> None:
    passage = "法国在1900年建造了铁路。该国的河很长。"
    one = asked("法国在哪一年建造了第一条铁路？", passage, "1900年")
    assert chinese_edits.name_swapped(one, random.Random(0)) is None


def test_every_kind_is_unanswerable_and_keeps_within_its_quota() -> None:
    rows = [
        row("Who bought the largest crane?", HARBOUR, "Peter Lund"),
        row("Who was the first master of Sellmouth harbour?", HARBOUR, "Anna Brook"),
        row("Who lit the lighthouse at Sellmouth harbour?", LIGHT, "Maria Holt"),
    ]
    found = [one.example for one in made(rows, dict.fromkeys(KINDS, 1), random.Random(0), lambda _: True)]
    kinds = [example.kind for example in found]
    assert len(kinds) == len(set(kinds))
    assert {"question-antonym", "sentence-removed", "other-passage"} <= set(kinds)
    assert {(example.label, example.start, example.end) for example in found} == {("unanswerable", None, None)}
    answers = {"Peter Lund", "Anna Brook", "Maria Holt"}
    originals = {one.example.question: one.answers[0] for one in rows}
    moved = [example for example in found if not example.kind.startswith("question")]
    assert all(originals[example.question] not in example.passage for example in moved)
    assert answers == set(originals.values())


def test_questions_that_may_not_be_edited_change_only_their_passage() -> None:
    rows = [row("Who bought the largest crane?", HARBOUR, "Peter Lund"), row("Who lit the lamp?", LIGHT, "Maria Holt")]
    found = {one.example.kind for one in made(rows, dict.fromkeys(KINDS, 5), random.Random(0), lambda _: False)}
    assert found <= {"sentence-removed", "other-passage"}
    assert found


def test_an_answer_in_other_words_counts_as_said() -> None:
    one = row(
        "Why did trade end?", "It ended through the long strike of the dockers.", "the long strike of the dockers"
    )
    assert said_otherwise(one, "The dockers were on strike, a long one.")
    assert not said_otherwise(one, "The dockers were paid well.")


def test_a_question_put_otherwise_keeps_its_answer() -> None:
    one = row("Who bought the largest crane?", HARBOUR, "Peter Lund")
    for seed in range(10):
        other = kept(one, random.Random(seed)).example
        assert other.kind == "question-kept"
        assert other.question != one.example.question
        assert other.passage[other.start : other.end] == "Peter Lund"
