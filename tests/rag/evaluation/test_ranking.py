import math

import pytest

from core.types import Block, Document, Hit, Passage
from rag.evaluation.questions import Gold
from rag.evaluation.ranking import ranked

TEXT = "Intro\nfirst\nFees\nsecond\nthird"
DOCUMENTS = {
    name: Document(
        name, "text/plain", TEXT, "0", page_starts=(0, 12, 24), blocks=(Block("heading", 0, 5, 1), Block("text", 6, 11),
        Block("heading", 12, 16, 1), Block("text", 17, 29)))
    for name in ("a", "b", "c")
}  # fmt: skip


def hit(document, start, end, also_in=()):
    page = DOCUMENTS[document].page_at(start)
    passage = Passage(DOCUMENTS[document].id, start, end, TEXT[start:end], page)
    return Hit(passage, document, "text/plain", 1.0, also_in=also_in)


def values(ranking, golds):
    return {name: score.value for name, score in ranked(ranking, golds, DOCUMENTS.__getitem__).items()}


def test_documents_count_at_their_best_passage():
    found = values([hit("b", 0, 11), hit("b", 12, 23), hit("a", 0, 11)], [Gold("a"), Gold("c")])
    assert found == {
        "ndcg@10": pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3))),
        "map": pytest.approx(0.25),  # half of it found, at rank 2
        "mrr": 0.5,
        "recall@1": 0.0,
        "recall@5": 0.5,
        "recall@10": 0.5,
        "success@5": 1.0,
        "page hit": None,
    }


def test_a_document_folded_into_a_hit_is_found_with_it():
    assert values([hit("b", 0, 11, also_in=("a",))], [Gold("a")])["mrr"] == 0.5


def test_places_are_ranked_where_gold_says_more_than_the_document():
    ranking = [hit("a", 0, 11), hit("a", 12, 23), hit("a", 17, 23), hit("a", 24, 29)]
    on_page = values(ranking, [Gold("a", page=2), Gold("a", page=3)])
    assert (on_page["mrr"], on_page["recall@1"], on_page["page hit"]) == (0.5, 0.0, 1.0)
    assert on_page["map"] == pytest.approx((1 / 2 + 2 / 3) / 2)  # the second hit on page 2 takes no rank
    assert values(ranking, [Gold("a", start=25, end=26)])["mrr"] == 0.25
    assert values(ranking, [Gold("a", heading="fees")])["mrr"] == 0.5
    assert values(ranking, [Gold("b", page=1)])["mrr"] == 0.0


def test_the_reason_says_at_which_rank():
    found = ranked([hit("b", 0, 11), hit("a", 0, 11)], [Gold("a", page=1)], DOCUMENTS.__getitem__)
    assert found["mrr"].reason == "a gold place is first found at rank 2"
    assert found["page hit"].reason == "page 1 of a is found at rank 2"
    nothing = ranked([], [Gold("a", page=1)], DOCUMENTS.__getitem__)
    assert (nothing["ndcg@10"].value, nothing["ndcg@10"].reason) == (0.0, "no gold place among 0 passages")
