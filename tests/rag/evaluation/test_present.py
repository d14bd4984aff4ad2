"""What the gate measures is what `pincite evaluate` measures."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.errors import EndpointFailed
from rag.answer.answer import AnswerSettings
from rag.assistant import Assistant
from rag.evaluation.gate import GUARDED
from rag.evaluation.present import measure
from rag.evaluation.questions import Gold, Question
from rag.evaluation.records import values
from rag.evaluation.run import evaluate
from rag.evaluation.subject import Subject
from rag.library.store import Library
from tests.rag.engines.scripted import ScriptedGenerator
from tests.rag.evaluation.conftest import QUESTIONS, question_set

THINGS = "boiler crane drill engine fan gate heater lift mixer oven press saw turbine".split()
MANUAL = "".join(
    f"## The {thing}\n\nThe warranty of the {thing} ends after {months} months. It is listed under {thing}.\n\n"
    for months, thing in enumerate(THINGS, 3)
)
QUESTION = Question("pump", "How long is the warranty?", "en", True, ("two years",), (Gold("pump.txt"),))


def test_the_same_figure_has_the_same_name(tmp_path):
    """Ten passages of one manual come first: the document after it is the second found, not beyond the tenth."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "manual.md").write_text(f"# Warranty\n\n{MANUAL}")
    (tmp_path / "documents" / "pump.txt").write_text("Pumps leave the works tested. They are guaranteed for two years.")
    with Assistant.open(tmp_path / "library", create=True, language="en") as assistant:
        assert [result.status for result in assistant.add([tmp_path / "documents"])] == ["added"] * 2
        (tmp_path / "library" / "pincite.toml").write_text("[answer]\ndraft = false\njudge = false\n")
        subject = Subject(assistant)
        assert {hit.document for hit in subject.search(QUESTION, 10)} == {"manual.md"}
        gate, run = measure(subject, [QUESTION]), evaluate(subject, question_set(QUESTION))
    assert gate.figures["recall@10"] == {"pump": 1.0}
    assert 0.6 < gate.figures["ndcg@10"]["pump"] < 0.7
    assert gate.figures == {name: values(run.records, name) for name in GUARDED}


def test_a_question_that_fails_is_kept_apart_and_the_others_are_measured(made_library):
    with failing(made_library, "does error E-204 mean") as subject:
        found = measure(subject, QUESTIONS)
    assert found.failed == {"error": "The endpoint answered 503."}
    assert list(found.questions) == list(found.languages) == ["fee", "seal", "moon"]
    assert found.figures["rightly cited"] == {"fee": 1.0, "seal": 1.0}


def test_where_one_after_the_other_fails_measuring_ends(made_library):
    asked = [replace(QUESTIONS[1], id=str(number)) for number in range(7)]
    heard = []
    with failing(made_library, "does error E-204 mean") as subject, pytest.raises(EndpointFailed):
        measure(subject, asked, lambda *step: heard.append(step))
    assert heard == [(1, 7), (2, 7), (3, 7), (4, 7), (5, 7)]


@contextmanager
def failing(library, refused):
    """A subject whose model fails where a prompt holds what is refused."""

    def draft(messages):
        if refused in messages[-1].content:
            raise EndpointFailed("The endpoint answered 503.")
        return "The client pays a fee of 1,500 EUR a month."

    with Assistant(Library.open(library), ScriptedGenerator(draft)) as assistant:
        yield Subject(assistant, AnswerSettings(judge=False, threshold=0.0))
