import pytest

from core.weights import KNOWN, locate
from tests.rag.judge.shipped import JUDGES, PAIRS, said

TOLERANCE = 0.08
"""Wider than processors differ by."""
REMAKE = "A judge that was replaced on purpose: python -m tests.rag.judge.shipped"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.get("claim") or pair["question"])
def test_a_shipped_judge_says_what_it_said(pair):
    assert said(pair) == pytest.approx(pair["said"], abs=TOLERANCE), REMAKE


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_passage_of_each_language_is_read_through_several_windows(language):
    asked = [
        (pair["question"], pair["passage"]) for pair in PAIRS if pair["language"] == language and "passage" in pair
    ]
    readings = [JUDGES.of(language).read(question, [passage])[0] for question, passage in asked]
    assert sum(len(reading.beliefs) > 1 for reading in readings) == 1


@pytest.mark.parametrize("name", [name for name, known in KNOWN.items() if known.shipped])
def test_a_shipped_file_is_small(name):
    assert locate(name).stat().st_size < 30_000_000
