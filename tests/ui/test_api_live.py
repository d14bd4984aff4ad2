"""The API behind a real server on loopback: events as they come, waiting in line, readers who leave."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
import uvicorn

from rag.assistant import Assistant
from rag.engines.base import Generation, Message, Tally
from rag.library.store import Library
from tests.rag.engines.scripted import ScriptedGenerator
from ui.api.app import create_app

QUESTION = "What does error E-204 mean?"
QUOTE = "Error E-204 means that the filter is blocked."
PATIENCE = 30  # seconds until a test that hangs says so


class Endless(ScriptedGenerator):
    """Says the quote and then goes on for ever, or until it is cancelled; says when it began and when it ended."""

    def __init__(self) -> None:
        super().__init__(QUOTE)
        self.began = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> Generation:
        def generate(tally: Tally) -> Iterator[str]:
            self.began.release()
            try:
                yield f"{QUOTE} "
                while not tally.cancelled:
                    yield "More. "
            finally:
                self.ended.release()

        return Generation(generate, stop)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Path:
    folder = tmp_path_factory.mktemp("live") / "library"
    shutil.copytree(library, folder)
    (folder / "pincite.toml").unlink()
    return folder


@pytest.fixture
def model() -> Endless:
    return Endless()


@pytest.fixture
def client(folder: Path, model: Endless) -> Iterator[httpx.Client]:
    with Assistant(Library.open(folder), model) as assistant, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(assistant), log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=PATIENCE) as client:
            yield client
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


def events(response: httpx.Response) -> Iterator[tuple[str, dict[str, object]]]:
    lines = response.iter_lines()
    for line in lines:
        if line.startswith("event: "):
            yield line.removeprefix("event: "), json.loads(next(lines).removeprefix("data: "))


def streamed(client: httpx.Client) -> object:
    return client.stream("POST", "/api/ask", json={"question": QUESTION, "stream": True})


def test_events_come_while_the_model_writes_and_leaving_stops_it(client: httpx.Client, model: Endless) -> None:
    with streamed(client) as response:
        coming = events(response)
        assert next(coming)[0] == "evidence"
        name, sentence = next(coming)
        assert (name, sentence["text"]) == ("sentence", QUOTE)
        assert not model.ended.acquire(blocking=False)
    assert model.ended.acquire(timeout=PATIENCE)


def test_leaving_stops_the_model_of_a_plain_answer_too(client: httpx.Client, model: Endless) -> None:
    with pytest.raises(httpx.ReadTimeout):
        client.post("/api/ask", json={"question": QUESTION}, timeout=httpx.Timeout(PATIENCE, read=2))
    assert model.began.acquire(timeout=PATIENCE)
    assert model.ended.acquire(timeout=PATIENCE)


def test_who_waits_hears_how_many_are_before(client: httpx.Client, model: Endless) -> None:
    with streamed(client) as first:
        assert model.began.acquire(timeout=PATIENCE)
        with streamed(client) as second:
            waiting = events(second)
            assert [next(waiting)[0], next(waiting)] == ["evidence", ("queued", {"position": 1})]
            first.close()
            assert next(waiting)[0] == "sentence"
    assert model.ended.acquire(timeout=PATIENCE) and model.ended.acquire(timeout=PATIENCE)


def test_a_body_over_the_limit_is_refused_and_its_connection_closed(client: httpx.Client) -> None:
    chunks = (b"x" * 2**20 for _ in range(4))
    response = client.post("/api/search", content=chunks, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["error"]["kind"]) == (413, "too_large")
    assert response.headers["connection"] == "close"
