"""Parts without leaks, shares of kinds, and questions put otherwise."""

from __future__ import annotations

from collections import Counter

import pytest

from finetune.pairs.mixing import augmented, balanced, folds, parts
from finetune.pairs.pair import Pair, made


def pair(number: int, document: str = "d", kind: str = "faq", language: str = "en") -> Pair:
    asked = f"What is the first number {number}?" if language == "en" else f"编号{number}是什么？"
    return made(asked, str(number), kind=kind, document=document, source="s", language=language)


def documents(pairs: list[Pair]) -> set[str]:
    return {one.document for one in pairs}


PAIRS = [pair(number, f"d{number % 10}") for number in range(100)]


def test_about_the_share_is_held_out_and_no_document_is_in_both() -> None:
    train, held = parts(PAIRS, 0.2, 0)
    assert (len(train), len(held)) == (80, 20)
    assert not documents(train) & documents(held)
    assert sorted([*train, *held], key=PAIRS.index) == PAIRS


def test_what_is_held_out_does_not_change_with_documents_beside_it() -> None:
    _, held = parts(PAIRS, 0.2, 0)
    _, more = parts([*PAIRS, pair(1000, "new")], 0.2, 0)
    assert documents(held) <= documents(more) | {"new"}
    assert parts(PAIRS, 0.2, 1)[1] != held


def test_nothing_is_held_out_of_one_document_and_something_of_two() -> None:
    assert parts([pair(1), pair(2)], 0.5, 0)[1] == []
    train, held = parts([*(pair(number, "large") for number in range(50)), pair(50, "small")], 0.1, 0)
    assert (documents(train), documents(held)) == ({"large"}, {"small"})
    assert parts(PAIRS, 0.0, 0) == (PAIRS, [])


def test_each_document_is_held_out_in_one_fold() -> None:
    found = folds(PAIRS, 4, 0)
    assert [len(train) + len(held) for train, held in found] == [100] * 4
    assert sorted(one.id for _, held in found for one in held) == sorted(one.id for one in PAIRS)
    assert all(not documents(train) & documents(held) for train, held in found)
    assert sorted(len(held) for _, held in found) == [20, 20, 30, 30]
    assert len(folds(PAIRS, 40, 0)) == 10


@pytest.mark.parametrize(
    ("balance", "temperature", "counts"),
    [
        ("natural", 2.0, {"faq": 64, "table": 16, "heading": 4}),
        ("under", 2.0, {"faq": 4, "table": 4, "heading": 4}),
        ("over", 2.0, {"faq": 64, "table": 64, "heading": 64}),
        ("temperature", 1.0, {"faq": 64, "table": 16, "heading": 4}),
        ("temperature", 2.0, {"faq": 48, "table": 24, "heading": 12}),
        ("temperature", 1000.0, {"faq": 28, "table": 28, "heading": 28}),
    ],
)
def test_kinds_come_in_the_shares_that_were_asked_for(balance: str, temperature: float, counts: dict[str, int]) -> None:
    sizes = {"faq": 64, "table": 16, "heading": 4}
    pairs = [pair(number, kind=kind) for kind, size in sizes.items() for number in range(size)]
    drawn = balanced(pairs, balance, temperature, 0)
    assert Counter(one.kind for one in drawn) == counts
    for kind in sizes:
        times = Counter(one.id for one in drawn if one.kind == kind).values()
        assert max(times) - min(times) <= 1
    assert drawn == balanced(pairs, balance, temperature, 0)


def test_reworded_questions_keep_all_but_their_question() -> None:
    pairs = [*PAIRS[:20], *(pair(number, language="zh") for number in range(20))]
    more = augmented(pairs, 0.5, 0)
    assert len(more) == 20
    by_answer = {(one.language, one.answer): one for one in pairs}
    for one in more:
        original = by_answer[one.language, one.answer]
        assert one.question != original.question
        assert one.id != original.id
        assert (one.document, one.kind, one.evidence) == (original.document, original.kind, original.evidence)
    assert augmented(pairs, 0.0, 0) == []
