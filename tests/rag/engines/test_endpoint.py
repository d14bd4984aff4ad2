"""An OpenAI-compatible endpoint: a service of our own over a real model, and xllamacpp's own server."""

from __future__ import annotations

import pytest

from core.errors import ContextTooSmall, EndpointFailed, SettingsError
from rag.engines.base import EngineSettings, Message
from rag.engines.endpoint import EndpointGenerator
from rag.engines.open import open_generator
from tests.rag.engines.conformance import CAPITAL, CAPITAL_TEXT, MODEL, GeneratorConformance
from tests.rag.engines.scripted import ScriptedGenerator
from tests.rag.engines.serving import answering, serving

HELLO = [Message("user", "Hello")]


def endpoint(url: str) -> EndpointGenerator:
    return EndpointGenerator(EngineSettings(endpoint=url, endpoint_model=MODEL, context=1024))


class TestEndpointGenerator(GeneratorConformance):
    counts = False

    @pytest.fixture(scope="class")
    @classmethod
    def generator(cls):
        model = open_generator(EngineSettings(adapter="", context=1024, threads=1))
        with serving(model) as url:
            generator = open_generator(EngineSettings(endpoint=url, endpoint_model=MODEL, context=1024))
            assert isinstance(generator, EndpointGenerator)
            cls.url = url
            yield generator
            generator.close()
        model.close()

    @pytest.fixture
    def fresh(self, generator):
        return endpoint(self.url)

    def test_has_no_file(self, generator):
        assert generator.sha256 is None


def test_a_real_server(monkeypatch):
    pytest.importorskip("xllamacpp")
    from rag.engines.xllamacpp import XLlamaCppGenerator

    model = XLlamaCppGenerator(EngineSettings(adapter="", context=1024, threads=1))
    key = model._client.headers["Authorization"].removeprefix("Bearer ")
    monkeypatch.setenv("PINCITE_ENDPOINT_KEY", key)
    generator = endpoint(f"{model._server.listening_address}/v1")
    generation = generator.stream(CAPITAL, 30, stop=["Paris"])
    assert generation.text() == CAPITAL_TEXT.removesuffix("Paris.")
    assert generation.usage.prompt_tokens == 42
    assert generation.usage.finish == "stop"
    with pytest.raises(ContextTooSmall) as caught:
        generator.stream([Message("user", "word " * 2000)], 20).text()
    assert caught.value.excess > 900
    model.close()


def test_the_key(monkeypatch):
    with serving(ScriptedGenerator("Good day."), key="let-me-in") as url:
        with pytest.raises(EndpointFailed, match=r"status 401: Incorrect API key\. Set PINCITE_ENDPOINT_KEY\."):
            endpoint(url).stream(HELLO, 10).text()
        monkeypatch.setenv("PINCITE_ENDPOINT_KEY", "let-me-in")
        assert endpoint(url).stream(HELLO, 10).text() == "Good day."


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(ScriptedGenerator("Good day.")) as url:
        assert endpoint(url).stream(HELLO, 10).text() == "Good day."


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (500, "<html>oh dear</html>", r"refused with status 500: <html>oh dear</html>"),
        (404, '{"detail":"Not Found"}', r"refused with status 404: .*Not Found"),
        (200, "<html>Welcome</html>", r"held no server-sent event\. Check \[engine\] endpoint"),
        (200, "", r"held no server-sent event"),
        (200, "data: {broken\n\n", r"'\{broken' is not JSON|' \{broken' is not JSON"),
        (200, 'data: {"error":{"message":"out of memory","code":500}}\n\n', "out of memory"),
        (200, 'error: {"error":{"message":"out of memory","code":500}}\n\n', "out of memory"),
        (200, 'data: {"text":"no chat"}\n\n', "is no piece of a chat completion"),
        (200, "data: [1, 2]\n\n", "is no piece of a chat completion"),
    ],
)
def test_answers_that_are_none(status, body, message):
    with answering(status, body) as url, pytest.raises(EndpointFailed, match=message):
        endpoint(url).stream(HELLO, 10).text()


def test_nobody_is_there():
    generator = endpoint("http://127.0.0.1:1/v1")
    with pytest.raises(EndpointFailed, match=r"Asking smollm2.* at http://127\.0\.0\.1:1/v1 failed: .*refused"):
        generator.stream(HELLO, 10).text()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (EngineSettings(endpoint="127.0.0.1:8080", endpoint_model="m"), r"endpoint is '127\.0\.0\.1:8080'"),
        (EngineSettings(endpoint="http://127.0.0.1:8080"), "endpoint_model is not"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(SettingsError, match=message):
        open_generator(settings)
