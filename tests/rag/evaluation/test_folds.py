import pytest

from core.errors import UsageError
from rag.evaluation.folds import folds
from rag.evaluation.questions import Gold, Question


def asked(key, *documents, words=""):
    return Question(key, words or key, "en", bool(documents), (), tuple(map(Gold, documents)))


QUESTIONS = [
    *(asked(f"a{n}", "a") for n in range(4)),
    *(asked(f"b{n}", "b") for n in range(3)),
    asked("bc", "b", "c"),
    asked("c0", "c"),
    *(asked(f"d{n}", "d") for n in range(2)),
    asked("none1"),
    asked("none2"),
]


def documents(part):
    return {gold.document for question in part for gold in question.gold}


def test_no_document_is_in_two_folds():
    parts = folds(QUESTIONS, 3)
    assert sorted(question.id for part in parts for question in part) == sorted(each.id for each in QUESTIONS)
    assert [documents(one) & documents(other) for one in parts for other in parts if one is not other] == [set()] * 6
    assert sorted(map(len, parts)) == [3, 5, 5]
    assert folds(QUESTIONS, 3) == parts


def test_questions_without_an_answer_are_spread_over_the_parts():
    large = [asked(f"l{n}", "large") for n in range(9)]
    small = [asked(f"s{n}", f"small{n}") for n in range(9)]
    parts = folds([*large, *small, *(asked(f"none{n}") for n in range(9))], 3)
    assert [sum(not question.answerable for question in part) for part in parts] == [3, 3, 3]
    assert sorted(map(len, parts)) == [7, 8, 12]


def test_the_same_question_is_not_in_two_parts():
    twice = [asked(f"none{n}", words=words) for n, words in enumerate(["Who is it?", "who  IS it?", "Why?", "Where?"])]
    parts = folds(twice, 2)
    assert [{"none0", "none1"} & {question.id for question in part} for part in parts] in (
        [{"none0", "none1"}, set()],
        [set(), {"none0", "none1"}],
    )


def test_too_few_documents():
    with pytest.raises(UsageError, match="there are 1 groups"):
        folds(QUESTIONS[:4], 2)
