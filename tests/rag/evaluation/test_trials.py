from dataclasses import replace

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.evaluation.questions import Gold, Question
from rag.evaluation.trials import SENTENCES, WEIGHTS, ask_all
from tests.rag.evaluation.conftest import QUESTIONS

WRONG = replace(QUESTIONS[0], id="wrong", answers=("31 December 2026",))
"""Asks for the fee and holds the date to be right: the second best sentence at most."""
UNJUDGED = Question("unjudged", "Who is it?", "en", True, ("no such words",))


@pytest.fixture(scope="module")
def trials(made_library):
    heard = []
    with Assistant.open(made_library) as assistant:
        found = ask_all(assistant, [*QUESTIONS, WRONG], lambda *step: heard.append(step))
    assert (heard[0], heard[-1], len(heard)) == ((1, 25), (25, 25), 25)
    return found


def test_every_question_is_asked_with_every_weight(trials):
    assert [question.id for question in trials.questions] == ["fee", "error", "seal", "moon", "wrong"]
    assert tuple(trials.confidences) == tuple(trials.right) == WEIGHTS
    assert (trials.weight, trials.sentences) == (0.5, 3)
    assert trials.right[0.5].shape == (5, SENTENCES)
    assert np.unique([confidences[0] for confidences in trials.confidences.values()]).size == 1


def test_answers_are_right_or_not_by_the_sentences_shown(trials):
    assert trials.right[0.5][:3].all()
    assert not trials.right[0.5][3:].any()
    assert trials.now.tolist() == [True, True, True, False, True]
    assert trials.confidences[0.5][3] < trials.confidences[0.5][:3].min()


def test_the_present_settings_decide_what_is_answered_now(made_library, tmp_path):
    with Assistant.open(made_library) as assistant:
        before = assistant._retriever
        assert ask_all(assistant, QUESTIONS[:1]).now.tolist() == [True]
        assert assistant._retriever is before


def test_what_cannot_be_judged_is_left_out(made_library):
    placed = replace(UNJUDGED, id="placed", gold=(Gold("contract.md"),))
    with Assistant.open(made_library) as assistant:
        kept = ask_all(assistant, [replace(QUESTIONS[0], answers=(), gold=()), placed]).questions
    assert [question.id for question in kept] == ["placed"]
