"""One language model behind an OpenAI-compatible address, for every system that is measured.

    python -m benchmarks.side_by_side.serve MODEL.gguf [--adapter ADAPTER.gguf] --port 8311 --threads 2

llama.cpp as xllamacpp builds it, for Pincite too. Besides /v1/chat/completions and /v1/completions it answers
GET /last with what the last request cost, on this machine's clock and in processor seconds: so first-token times and
prompt tokens are measured alike for systems that stream and for systems that do not. Where other work shares the
machine, only processor seconds say anything, and those of one thread: several wait for each other by spinning. One
request at a time; at most MAX_TOKENS tokens are written; without a temperature the answer is the likeliest one.
"""

from __future__ import annotations

import argparse
import json
import resource
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any

MAX_TOKENS = 128
CONTEXT = 8192


class Engine:
    """The model in llama.cpp's own server, and what its last request cost."""

    def __init__(self, path: str, threads: int, adapter: str | None = None) -> None:
        import xllamacpp

        parameters = xllamacpp.CommonParams()
        parameters.model.path = path
        if adapter:
            parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
        parameters.n_ctx = CONTEXT
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        parameters.cache_ram_mib = 0
        parameters.verbosity = -1
        self._server = xllamacpp.Server(parameters)
        self._turn = threading.Lock()
        self.last: dict[str, Any] = {}

    def pieces(self, body: dict[str, Any], chat: bool) -> Iterator[str]:
        """The texts of the answer as they come. Raises ValueError where the prompt does not fit."""
        asked = {
            "max_tokens": min(int(body.get("max_tokens") or body.get("max_completion_tokens") or 10**6), MAX_TOKENS),
            "temperature": float(body.get("temperature") or 0.0),
            "stop": body.get("stop") or [],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        asked |= {"messages": _plain(body["messages"])} if chat else {"prompt": body["prompt"]}
        with self._turn:
            began = time.process_time()
            self.last = {"first": None, "prompt_tokens": 0, "output_tokens": 0, "first_work_s": 0.0, "work_s": 0.0}
            for event in self._events("chat/completions" if chat else "completions", asked):
                usage = event.get("usage") or {}
                self.last["prompt_tokens"] = usage.get("prompt_tokens", self.last["prompt_tokens"])
                self.last["output_tokens"] = usage.get("completion_tokens", self.last["output_tokens"])
                choice = (event.get("choices") or [{}])[0]
                text = (choice.get("delta", {}).get("content") if chat else choice.get("text")) or ""
                self.last["work_s"] = time.process_time() - began
                if text:
                    if not self.last["first"]:
                        self.last |= {"first": time.time(), "first_work_s": self.last["work_s"]}
                    yield text

    def _events(self, path: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        address = f"{self._server.listening_address}/v1/{path}"
        request = urllib.request.Request(address, json.dumps(asked).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=900) as reply:
                for line in reply:
                    if line.startswith(b"data: {"):
                        yield json.loads(line[6:])
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode(errors="replace")) from error


def _plain(messages: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Messages whose content is text: clients may send it in parts."""
    told = []
    for message in messages:
        content = message["content"]
        if isinstance(content, list):
            content = "".join(part.get("text", "") for part in content)
        told.append({"role": message["role"], "content": content})
    return told


class Handler(BaseHTTPRequestHandler):
    """The addresses that the clients ask for."""

    engine: Engine
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """/v1/models and /last."""
        if self.path == "/last":
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            self._json(200, {**self.engine.last, "peak_mb": round(peak)})
        else:
            self._json(200, {"object": "list", "data": [{"id": "local", "object": "model"}]})

    def do_POST(self) -> None:
        """/v1/chat/completions and /v1/completions, streamed or whole."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        chat = "chat" in self.path
        try:
            if body.get("stream"):
                self._stream(self.engine.pieces(body, chat), chat)
            else:
                text = "".join(self.engine.pieces(body, chat))
                self._json(200, _whole(text, chat, self.engine.last))
        except ValueError as error:
            self._json(400, {"error": {"message": str(error), "type": "invalid_request_error", "code": None}})

    def _stream(self, pieces: Iterator[str], chat: bool) -> None:
        first = next(pieces, "")  # before the header, so that a prompt which does not fit is an error to the client
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for text in chain([first], pieces):
            self._event(_chunk(text, chat, None))
        self._event(_chunk("", chat, "stop"))
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def _event(self, content: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(content)}\n\n".encode())
        self.wfile.flush()

    def _json(self, status: int, content: dict[str, Any]) -> None:
        told = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the runs keep their own record."""


def _chunk(text: str, chat: bool, reason: str | None) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "finish_reason": reason}
    choice |= {"delta": {"role": "assistant", "content": text}} if chat else {"text": text}
    kind = "chat.completion.chunk" if chat else "text_completion"
    return {"id": "0", "object": kind, "created": int(time.time()), "model": "local", "choices": [choice]}


def _whole(text: str, chat: bool, last: dict[str, Any]) -> dict[str, Any]:
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
    read, written = last["prompt_tokens"], last["output_tokens"]
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    kind = "chat.completion" if chat else "text_completion"
    return {"id": "0", "object": kind, "created": int(time.time()), "model": "local", "choices": [choice],
            "usage": usage}  # fmt: skip


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--adapter", help="a GGUF adapter that is put on the model")
    parser.add_argument("--port", type=int, default=8311)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    Handler.engine = Engine(asked.model, asked.threads, asked.adapter)
    ThreadingHTTPServer(("127.0.0.1", asked.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
