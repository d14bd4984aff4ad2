import json
from dataclasses import replace

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.evaluation.questions import Gold, Question, QuestionSet
from rag.evaluation.trials import SENTENCES, WEIGHTS, ask_all
from tests.rag.evaluation.conftest import QUESTIONS

WRONG = replace(QUESTIONS[0], id="wrong", answers=("31 December 2026",))
"""Asks for the fee and holds the date to be right: the second best sentence at most."""
UNJUDGED = Question("unjudged", "Who is it?", "en", True, ("no such words",))


def asked(*questions, source="set.jsonl"):
    return QuestionSet(questions, source, {})


@pytest.fixture(scope="module")
def trials(made_library):
    heard = []
    with Assistant.open(made_library) as assistant:
        found = ask_all(assistant, asked(*QUESTIONS, WRONG), lambda *step: heard.append(step))
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
        assert ask_all(assistant, asked(QUESTIONS[0])).now.tolist() == [True]
        assert assistant._retriever is before


def test_what_cannot_be_judged_is_left_out(made_library):
    placed = replace(UNJUDGED, id="placed", gold=(Gold("contract.md"),))
    with Assistant.open(made_library) as assistant:
        kept = ask_all(assistant, asked(replace(QUESTIONS[0], answers=(), gold=()), placed)).questions
    assert [question.id for question in kept] == ["placed"]


def test_what_was_broken_off_goes_on_and_comes_to_the_same(made_library):
    def broken_off(done, _):
        if done == 7:
            raise KeyboardInterrupt

    questions = asked(*QUESTIONS[:3], source="cut.jsonl")
    with Assistant.open(made_library) as assistant:
        with pytest.raises(KeyboardInterrupt):
            ask_all(assistant, questions, broken_off)
        (file,) = (made_library / "calibrations").glob("cut-*/trials.jsonl")
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        assert len(lines) == 7
        changed = json.dumps({**json.loads(lines[0]), "confidence": 0.125}) + "\n"
        file.write_text("".join([changed, *lines[1:6], lines[6][:20]]), encoding="utf-8")  # as a kill cuts it
        heard = []
        resumed = ask_all(assistant, questions, lambda *step: heard.append(step))
    assert heard[-1] == (15, 15)
    assert len(file.read_text(encoding="utf-8").splitlines()) == 15
    assert resumed.confidences[WEIGHTS[0]][0] == 0.125, "what is known is not asked again"
    file.unlink()
    with Assistant.open(made_library) as assistant:
        anew = ask_all(assistant, questions)
    assert np.array_equal(resumed.confidences[0.5], anew.confidences[0.5])
    assert all(np.array_equal(resumed.right[weight], anew.right[weight]) for weight in WEIGHTS)


def test_other_settings_are_other_trials(made_library):
    questions = asked(QUESTIONS[0])
    with Assistant.open(made_library) as assistant:
        ask_all(assistant, questions)
        held = len(list((made_library / "calibrations").iterdir()))
        ask_all(assistant, questions)
        assert len(list((made_library / "calibrations").iterdir())) == held
        ask_all(assistant, asked(QUESTIONS[1]))
        assert len(list((made_library / "calibrations").iterdir())) == held + 1
