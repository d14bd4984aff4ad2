import pytest

from rag.retrieval.fusion import Candidate, fuse


def test_a_weighted_mean_of_the_cosine_and_the_share_of_the_words():
    ranked = fuse({1: 8.0, 2: 2.0}, {1: 0.2, 2: 0.6, 3: 0.4}, attainable=10.0, dense_weight=0.4)
    assert [candidate.rowid for candidate in ranked] == [1, 2, 3]
    assert [candidate.score for candidate in ranked] == pytest.approx([0.08 + 0.48, 0.24 + 0.12, 0.16])
    assert (ranked[0].lexical, ranked[0].dense) == (8.0, 0.2)
    assert ranked[2].lexical is None


@pytest.mark.parametrize(("weight", "first"), [(0.0, 1), (1.0, 2)])
def test_the_weight_decides_alone_at_its_ends(weight, first):
    assert fuse({1: 8.0, 2: 2.0}, {1: 0.2, 2: 0.6}, 10.0, weight)[0].rowid == first


def test_weak_words_do_not_outweigh_meaning():
    assert fuse({1: 2.0}, {1: 0.1, 2: 0.5}, attainable=20.0, dense_weight=0.5)[0].rowid == 2
    assert fuse({1: 2.0}, {1: 0.1, 2: 0.5}, attainable=2.0, dense_weight=0.5)[0].rowid == 1


def test_no_words_met():
    assert fuse({}, {1: 0.2}, 0.0, 0.5) == [Candidate(1, 0.1, None, 0.2)]


def test_nothing():
    assert fuse({}, {}, 0.0, 0.5) == []


def test_equals_come_in_the_order_of_their_rows():
    assert [candidate.rowid for candidate in fuse({}, {5: 0.3, 2: 0.3, 9: 0.3}, 0.0, 0.5)] == [2, 5, 9]
