import math
from dataclasses import replace

import pytest

from rag.retrieval.reranking import reranked
from tests.rag.answer.hits import hit
from tests.rag.judge.made import make_judge


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    return make_judge(tmp_path_factory.mktemp("judge"))


HITS = [
    replace(hit("The lamp is green.", "a.txt"), score=0.9),
    replace(hit("The pump, the pump.", "b.txt"), score=0.8),
    replace(hit("The valve.", "c.txt", heading=("Pump",)), score=0.7),
    replace(hit("The pump.", "d.txt"), score=0.6),
]


def test_the_first_hits_are_put_in_order_by_score_and_relevance(judge):
    found = reranked("How much?", HITS, judge, 3)
    assert [one.document for one in found] == ["b.txt", "a.txt", "c.txt", "d.txt"]
    relevance = [1 / (1 + math.exp(-logit)) for logit in (4.0, 0.0, 2.0)]
    assert [one.rerank for one in found[:3]] == pytest.approx(relevance)
    assert [one.score for one in found] == pytest.approx(
        [0.7 * 0.8 + 0.3 * relevance[0], 0.7 * 0.9 + 0.3 * 0.5, 0.7 * 0.7 + 0.3 * relevance[2], 0.7 * 0.6]
    )
    assert found[3].rerank is None


def test_a_passage_in_another_language_counts_as_relevant_as_the_others_at_the_mean(judge):
    foreign = replace(hit("泵的压力为九巴。", "z.txt"), score=0.75)
    found = reranked("How much?", [*HITS[:2], foreign, HITS[2]], judge, 4)
    relevance = {"b.txt": 1 / (1 + math.exp(-4)), "a.txt": 0.5, "c.txt": 1 / (1 + math.exp(-2))}
    usual = sum(relevance.values()) / 3
    assert {one.document: one.rerank for one in found} == pytest.approx({**relevance, "z.txt": None})
    assert {one.document: one.score for one in found} == pytest.approx(
        {
            "b.txt": 0.7 * 0.8 + 0.3 * relevance["b.txt"],
            "z.txt": 0.7 * 0.75 + 0.3 * usual,
            "a.txt": 0.7 * 0.9 + 0.3 * 0.5,
            "c.txt": 0.7 * 0.7 + 0.3 * relevance["c.txt"],
        }
    )
    assert [one.document for one in found] == ["b.txt", "a.txt", "z.txt", "c.txt"]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_judge_who_finds_all_alike_changes_no_order(judge, place):
    hits = [replace(hit("The pump.", f"{n}.txt", start=n), score=0.9 - n / 10) for n in range(4)]
    hits[place] = replace(hit("泵的压力为九巴。", "z.txt"), score=hits[place].score)
    found = reranked("How much?", hits, judge, 3)
    assert [one.document for one in found] == [one.document for one in hits]
    relevance = 1 / (1 + math.exp(-2))
    assert [one.score for one in found] == pytest.approx(
        [0.7 * one.score + 0.3 * relevance for one in hits[:3]] + [0.7 * hits[3].score]
    )


def test_where_nothing_is_in_the_judges_language_all_stays_as_it_was(judge):
    hits = [replace(hit("泵的压力为九巴。", "z.txt"), score=0.9), replace(hit("The pump.", "d.txt"), score=0.6)]
    assert reranked("How much?", hits, judge, 1) == hits


def test_of_no_hits_there_are_none(judge):
    assert reranked("How much?", [], judge, 3) == []
