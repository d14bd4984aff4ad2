"""A small OpenAI-compatible service on loopback, streaming server-sent events from a real generator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from core.errors import ContextTooSmall
from rag.engines.base import Generator, Message


@contextmanager
def serving(generator: Generator, key: str | None = None) -> Iterator[str]:
    """The base URL of a service that answers with `generator`, to those who know the key."""

    class Handler(_Handler):
        model = generator
        wanted = f"Bearer {key}" if key else None

    with _serving(Handler) as url:
        yield url


@contextmanager
def answering(status: int, body: str, media_type: str = "text/event-stream") -> Iterator[str]:
    """The base URL of a service that gives everyone the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            _send(self, status, body, media_type)

        def log_message(self, *_):
            pass

    with _serving(Handler) as url:
        yield url


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    model: Generator
    wanted: str | None

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            return _fail(self, 404, "no such path", "not_found")
        if self.wanted and self.headers["Authorization"] != self.wanted:
            return _fail(self, 401, "Incorrect API key", "invalid_api_key")
        messages = [Message(turn["role"], turn["content"]) for turn in body["messages"]]
        try:
            generation = self.model.stream(
                messages, body["max_tokens"], body["temperature"], body.get("stop", ()), body["seed"]
            )
        except ContextTooSmall as error:
            size = self.model.context
            return _fail(
                self, 400, f"maximum context length is {size}", "context_length_exceeded",
                n_prompt_tokens=size + error.excess, n_ctx=size,
            )  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        with generation:
            try:
                self._stream(generation)
            except (BrokenPipeError, ConnectionResetError):
                return None  # the client has closed; so has the generation, then
        return None

    def _stream(self, generation):
        self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]})
        for piece in generation:
            self._event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        usage = generation.usage
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": usage.finish}]})
        counts = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.output_tokens}
        cached = {"cached_tokens": usage.cached_tokens}
        self._event({"choices": [], "usage": {**counts, "prompt_tokens_details": cached}})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value):
        self.wfile.write(f": a comment\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode())
        self.wfile.flush()

    def log_message(self, *_):
        pass


def _fail(handler, status, message, code, **more):
    error = {"message": message, "type": "invalid_request_error", "code": code, **more}
    _send(handler, status, json.dumps({"error": error}), "application/json")


def _send(handler, status, body, media_type):
    data = body.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", media_type)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)
