"""A GGUF model in this process, through xllamacpp: a prebuilt llama.cpp server, for machines without a compiler.

Its server answers on a loopback port of its own choosing, to this process alone: it wants a key that is made anew
each time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from core.errors import EngineError, MissingDependency, ModelUnloadable
from core.weights import KNOWN, sha256_of, verify
from rag.engines.base import EngineSettings, Generation, Message, Tally, check_fits
from rag.engines.chat_template import ChatTemplate
from rag.engines.endpoint import READ_S, events
from rag.engines.threads import Threads, best_threads


class XLlamaCppGenerator:
    """One GGUF model, one generation at a time; the server lets others wait.

    What a prompt shares with the one before it stays in the KV cache. Raises WeightsError, MissingDependency,
    ModelUnloadable.
    """

    engine = "xllamacpp"
    _server: Any = None
    _client: Any = None

    def __init__(self, settings: EngineSettings) -> None:
        self._path = verify(settings.model)
        self._adapter_path = verify(settings.adapter_used) if settings.adapter_used else None
        self._settings = settings
        self.name = settings.model if settings.model in KNOWN else self._path.stem
        self.adapter = self._adapter_path.stem if self._adapter_path else None
        engine = f"{self.engine} {self._path.name}"
        self.threads = best_threads(engine, self._path, settings.threads, self._prepare)
        self._start(self.threads)
        properties = self._ask("GET", "props")
        trained: int = self._ask("GET", "v1/models")["data"][0]["meta"]["n_ctx_train"]
        self.context = min(properties["default_generation_settings"]["n_ctx"], trained)
        bos = properties.get("bos_token", "")
        self._template = ChatTemplate(
            properties.get("chat_template") or None,
            bos,
            properties.get("eos_token", ""),
            self._bos_id(),
            self._tokenize,
        )

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the model's file; that of a known one was checked on loading."""
        return KNOWN[self.name].sha256 if self.name in KNOWN else sha256_of(self._path)

    def count_tokens(self, text: str) -> int:
        """The tokens of a text by itself."""
        return len(self._tokenize(text, False))

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> Generation:
        """See Generator. Raises ContextTooSmall at once."""
        prompt = self._template.tokens(messages)
        check_fits(len(prompt), max_tokens, self.context, self.name)
        body = {
            "prompt": prompt,
            "n_predict": max_tokens,
            "temperature": temperature,
            "seed": self._settings.seed if seed is None else seed,
            "stop": list(stop),
            "stream": True,
        }
        return Generation(lambda tally: self._generate(tally, body), stop)

    def close(self) -> None:
        """Stop the server and free the model."""
        if self._client is not None:
            self._client.close()
        self._client = self._server = None

    def _generate(self, tally: Tally, body: dict[str, Any]) -> Iterator[str]:
        tally.prompt_tokens = len(body["prompt"])
        for event in events(self._client, "completion", body, f"Asking {self.name}"):
            tally.output_tokens = event.get("tokens_predicted", tally.output_tokens)
            if event["stop"]:
                tally.cached_tokens = event["timings"]["cache_n"]
                tally.finish = "length" if event["stop_type"] == "limit" else "stop"
            if event["content"]:
                yield event["content"]
            if tally.cancelled:
                return

    def _tokenize(self, text: str, special: bool) -> list[int]:
        body = {"content": text.encode("utf-8", "replace").decode(), "add_special": False, "parse_special": special}
        return list(self._ask("POST", "tokenize", body)["tokens"])

    def _bos_id(self) -> int | None:
        """The token that the model wants before every prompt, if it wants one."""
        found = self._ask("POST", "tokenize", {"content": "", "add_special": True})["tokens"]
        return int(found[0]) if found else None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        import httpx

        if self._client is None:
            raise EngineError(f"Asking {self.name}: its generator was closed. Open it again.")
        try:
            return self._client.request(method, path, json=body).raise_for_status().json()
        except httpx.HTTPError as error:
            raise EngineError(
                f"Asking xllamacpp's own server for {path} failed: {error}. Start Pincite again."
            ) from error

    def _prepare(self, count: int) -> Callable[[int], None]:
        self._start(Threads(count, count))

        def read(tokens: int) -> None:
            prompt = list(range(100, 100 + tokens))
            body = {"prompt": prompt, "n_predict": 1, "cache_prompt": False, "stream": True}
            for _ in events(self._client, "completion", body, "Measuring threads"):
                pass

        return read

    def _start(self, threads: Threads) -> None:
        """Load the model into a server of so many threads, in place of the one before."""
        import httpx

        self.close()
        key = secrets.token_urlsafe(24)
        self._server = _server(self._path, self._adapter_path, self._settings, threads, key)
        self._client = httpx.Client(
            base_url=self._server.listening_address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=READ_S,
            limits=httpx.Limits(max_keepalive_connections=0),  # it closes a kept connection just as one writes to it
            trust_env=False,
        )


def _server(path: Path, adapter: Path | None, settings: EngineSettings, threads: Threads, key: str) -> Any:
    try:
        import xllamacpp
    except (ImportError, OSError) as error:
        raise MissingDependency(
            f"Loading xllamacpp failed ({error}). Run `pip install xllamacpp==2026.10.11549`, or `pip install "
            "llama-cpp-python==0.3.36` where there is a C++ compiler."
        ) from error
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = settings.context
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = threads.write
    parameters.cpuparams_batch.n_threads = threads.read
    parameters.api_keys = [key]
    parameters.cache_ram_mib = 0  # by default it keeps up to 8 GB of earlier prompts
    parameters.warmup = False
    parameters.verbosity = -1
    if settings.gpu_layers is not None:
        parameters.n_gpu_layers = settings.gpu_layers
    if adapter:
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
    try:
        return xllamacpp.Server(parameters)
    except RuntimeError as error:
        raise ModelUnloadable(
            f"Loading {path}{f' with the adapter {adapter}' if adapter else ''}: {error} "
            "It must be a whole GGUF file that xllamacpp 2026.10.11549 runs, and fit in memory."
        ) from error
