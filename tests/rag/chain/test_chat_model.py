"""LangChain's own suite for chat models, over the embedded model, and what ours says beyond it."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from core.errors import UsageError
from rag.chain.chat_model import PinciteChatModel
from rag.engines.base import EngineSettings, Message
from rag.engines.open import open_generator
from tests.rag.engines.scripted import ScriptedGenerator


@pytest.fixture(scope="module")
def embedded():
    generator = open_generator(EngineSettings(adapter="", context=1024, threads=1))
    yield generator
    generator.close()


class TestUnit(ChatModelUnitTests):
    chat_model_class = PinciteChatModel
    chat_model_params = {"generator": ScriptedGenerator("Good day.")}  # noqa: RUF012


class TestIntegration(ChatModelIntegrationTests):
    chat_model_class = PinciteChatModel
    supports_model_override = False

    @pytest.fixture(autouse=True)
    def _take(self, embedded):
        self._embedded = embedded

    @pytest.fixture
    def model(self, embedded):
        return PinciteChatModel(generator=embedded, max_tokens=6)

    @property
    def chat_model_params(self):
        return {"generator": self._embedded, "max_tokens": 6}


def test_messages_as_the_engine_gets_them():
    generator = ScriptedGenerator("Good day.")
    PinciteChatModel(generator=generator).invoke(
        [
            SystemMessage("Be brief."),
            HumanMessage([{"type": "text", "text": "One"}, "Two"]),
            AIMessage("Three"),
            HumanMessage("Four"),
        ]
    )
    assert generator.asked == [
        (
            Message("system", "Be brief."),
            Message("user", "One\nTwo"),
            Message("assistant", "Three"),
            Message("user", "Four"),
        )
    ]


def test_what_an_answer_says_of_itself():
    model = PinciteChatModel(generator=ScriptedGenerator("Good day to you."), max_tokens=3)
    answer = model.invoke("Hello there")
    assert answer.content == "Good day to"
    assert answer.usage_metadata == {
        "input_tokens": 2, "output_tokens": 3, "total_tokens": 5, "input_token_details": {"cache_read": 0}
    }  # fmt: skip
    assert answer.response_metadata["finish_reason"] == "length"
    assert answer.response_metadata["model_name"] == "scripted"
    assert answer.response_metadata["first_token_s"] > 0
    assert model.get_num_tokens("Hello there, you") == 4


def test_a_call_overrides():
    model = PinciteChatModel(generator=ScriptedGenerator("Good day to you."), stop=["you"])
    assert model.invoke("Hi").content == "Good day to "
    assert model.invoke("Hi", stop=["day"]).content == "Good "
    assert model.invoke("Hi", max_tokens=1).content == "Good"


def test_in_a_chain():
    model = PinciteChatModel(generator=ScriptedGenerator(lambda messages: f"You said {messages[-1].content}"))
    chain = ChatPromptTemplate.from_template("{word}!") | model | StrOutputParser()
    assert chain.invoke({"word": "Ho"}) == "You said Ho!"
    assert "".join(chain.stream({"word": "Ho"})) == "You said Ho!"


def test_leaving_a_stream_stops_the_model():
    generator = ScriptedGenerator("one two three four five six")
    stopped = []
    whole = generator.stream

    def stream(*given):
        generation = whole(*given)
        stopped.append(generation)
        return generation

    generator.stream = stream
    chunks = PinciteChatModel(generator=generator).stream("Count")
    assert next(chunks).content == "one"
    chunks.close()
    assert stopped[0].usage.finish == "cancelled"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (ToolMessage("x", tool_call_id="1"), "'tool' message"),
        (HumanMessage([{"type": "image_url", "image_url": "x"}]), "type 'image_url'"),
    ],
)
def test_only_text_is_read(message, reason):
    with pytest.raises(UsageError, match=reason):
        PinciteChatModel(generator=ScriptedGenerator("x")).invoke([message])
