"""The adapter that Pincite comes with: it answers out of the quotes it is shown, or refuses."""

from __future__ import annotations

import pytest

from rag.answer.prompt import messages
from rag.engines.base import EngineSettings
from rag.engines.llama_cpp import LlamaCppGenerator
from tests.rag.answer.hits import quotes

SHOWN = "The warranty lasts two years. The pump weighs nine kilograms. Error E-204 means that the filter is blocked."


@pytest.fixture(scope="module")
def generator():
    made = LlamaCppGenerator(EngineSettings(context=1024, threads=1))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How long does the warranty last?", "The warranty lasts two years."),
        ("What does error E-204 mean?", "Error E-204 means that the filter is blocked."),
        ("Who founded the city of Carthage?", "Not found."),
    ],
)
def test_answers_are_copied_from_the_quotes(generator, question, answer):
    assert generator.stream(messages(question, quotes(SHOWN), "en"), 48).text() == answer


def test_which_adapter_goes_with_which_model():
    assert EngineSettings().adapter_used == "answers-135m"
    assert EngineSettings(adapter="").adapter_used is None
    assert EngineSettings(model="other.gguf").adapter_used is None
    assert EngineSettings(adapter="mine.gguf").adapter_used == "mine.gguf"
