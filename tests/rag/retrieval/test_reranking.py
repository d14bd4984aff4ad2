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


def test_of_no_hits_there_are_none(judge):
    assert reranked("How much?", [], judge, 3) == []
