from dataclasses import replace

import pytest

from rag.answer.confidence import CALIBRATED, Features, confidence, measured
from rag.answer.evidence import choose
from rag.embedding.minilm import MiniLM
from tests.rag.answer.hits import hit

MANUAL = [hit("The gearbox of the TW-400 has a warranty of 24 months.", document="manual-3.pdf")]


@pytest.fixture(scope="module")
def embedder():
    return MiniLM()


def features(question, hits, embedder):
    return measured(question, hits, choose(question, hits, embedder))


def test_the_figures_are_those_of_the_best_quote(embedder):
    question = "What warranty has the Baker gearbox in 2030?"
    best = choose(question, MANUAL, embedder)[0]
    found = features(question, MANUAL, embedder)
    assert (found.similarity, found.overlap) == (best.similarity, best.overlap)
    assert (found.missing, found.unknown) == (1.0, 0.0)


def test_a_long_question_need_not_be_repeated_whole(embedder):
    question = (
        "Warranty: which months of cover, repair, refund, replacement or credit does the maker grant the gearbox?"
    )
    best = choose(question, MANUAL, embedder)[0]
    assert features(question, MANUAL, embedder).overlap == pytest.approx(best.overlap * 10 / 6)


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("What warranty has the TW-400?", 0.0),
        ("What warranty has the tw400?", 0.0),
        ("What warranty has the TW-900?", 1.0),
        ("What does manual-3 say?", 0.0),
    ],
)
def test_a_code_that_no_passage_holds_is_unknown_however_its_marks_are_set(question, unknown, embedder):
    assert features(question, MANUAL, embedder).unknown == unknown


def test_confidence_grows_with_what_speaks_for_the_answer():
    for language, calibration in CALIBRATED.items():
        best = confidence(Features(1.0, 1.0, 0.0, 0.0), language)
        worst = confidence(Features(0.0, 0.0, 1.0, 0.0), language)
        unknown = confidence(Features(1.0, 1.0, 0.0, 1.0), language)
        assert worst < calibration.threshold < best
        assert unknown < calibration.threshold


def test_without_quotes_there_is_nothing_to_trust():
    assert measured("What?", [], []) == Features(0.0, 0.0, 1.0, 0.0)


def test_another_documents_code_is_unknown_where_the_question_names_one(embedder):
    hits = [
        replace(hit("Revenue was 7 million.", "Ash 2023 Q1.txt"), named=("Ash",)),
        hit("Revenue was 9 million.", "Birch 2023 Q2.txt"),
    ]
    assert features("What was Ash's revenue in Q2?", hits, embedder).unknown == 1.0
    assert features("What was Ash's revenue in Q1?", hits, embedder).unknown == 0.0
    assert features("What was the revenue in Q2?", [replace(hits[0], named=()), hits[1]], embedder).unknown == 0.0
