"""A GGUF model in this process, through llama-cpp-python."""

from __future__ import annotations

import codecs
import ctypes
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

from core.errors import EngineError, MissingDependency, ModelUnloadable
from core.weights import KNOWN, sha256_of, verify
from rag.engines.base import EngineSettings, Generation, Message, Tally, check_fits
from rag.engines.chat_template import ChatTemplate
from rag.engines.threads import Threads, best_threads

log = logging.getLogger("pincite.engine")

# Prompt tokens read at a time, between which one can cancel. A processor reads 64 as fast as 512, a GPU does not.
BATCH = 64
GPU_BATCH = 512


class LlamaCppGenerator:
    """One GGUF model, one generation at a time; others wait until that one has ended or is closed.

    What a prompt shares with the one before it (the system prompt above all) stays in the KV cache and is not read
    again. Raises WeightsError, MissingDependency, ModelUnloadable.
    """

    engine = "llama-cpp-python"

    def __init__(self, settings: EngineSettings) -> None:
        self._path = verify(settings.model)
        adapter = verify(settings.adapter_used) if settings.adapter_used else None
        self.name = settings.model if settings.model in KNOWN else self._path.stem
        self.adapter = adapter.stem if adapter else None
        self._seed = settings.seed
        self._turn = threading.Lock()  # held for a whole generation, its pauses too
        self._native = threading.Lock()  # held while llama.cpp computes, so that it is not freed under way
        self._closed = False
        self._llama = _load(self._path, adapter, settings)
        self.context: int = min(self._llama.n_ctx(), self._llama._model.n_ctx_train())
        self._template = _template(self._llama, self._tokenize)
        self.threads = self._best_threads(settings.threads)
        _use_threads(self._llama, self.threads)

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
        seed = self._seed if seed is None else seed
        return Generation(lambda tally: self._generate(tally, prompt, max_tokens, temperature, seed), stop)

    def close(self) -> None:
        """Free the model. A generation that is under way ends as cancelled."""
        with self._native:
            self._closed = True
            self._llama.close()

    def _generate(
        self, tally: Tally, prompt: list[int], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("ignore")  # a character may take several tokens
        tally.prompt_tokens = len(prompt)
        with self._turn:
            for token in self._tokens(tally, prompt, temperature, seed):
                tally.output_tokens += 1
                if token is None:
                    tally.finish = "stop"
                    return
                if text := decoder.decode(token):
                    yield text
                if tally.output_tokens >= max_tokens:
                    tally.finish = "length"
                    return

    def _tokens(self, tally: Tally, prompt: list[int], temperature: float, seed: int) -> Iterator[bytes | None]:
        """What the model writes, token by token, None at its end; stops where it is cancelled or closed."""
        from llama_cpp import llama_vocab_is_eog

        llama = self._llama
        unread = self._kept(tally, prompt)
        tokens = None
        while True:
            with self._native:
                if tally.cancelled or self._closed:
                    tally.cancelled = True
                    return
                try:
                    if unread:
                        llama.eval(unread[: llama.n_batch])
                        del unread[: llama.n_batch]
                        continue
                    if tokens is None:
                        llama.set_seed(seed)
                        tokens = llama.generate(prompt, temp=temperature, repeat_penalty=1.0)
                    token = next(tokens)
                except RuntimeError as error:
                    llama.reset()
                    raise EngineError(f"Asking {self.name}: llama.cpp failed ({error}). Ask again.") from error
                spelled = None if llama_vocab_is_eog(llama._model.vocab, token) else llama.detokenize([token])
            yield spelled

    def _kept(self, tally: Tally, prompt: list[int]) -> list[int]:
        """Cut the KV cache back to what it shares with the prompt; gives the rest of the prompt, one token at least."""
        with self._native:
            if self._closed:
                return []
            llama = self._llama
            known = min(llama.longest_token_prefix(llama.input_ids[: llama.n_tokens], prompt), len(prompt) - 1)
            if known and llama._ctx.kv_cache_seq_rm(-1, known, -1):
                llama.n_tokens = known
            else:  # nothing shared, or a recurrent model, which cannot go back
                known = 0
                llama.reset()
            tally.cached_tokens = known
            return prompt[known:]

    def _tokenize(self, text: str, special: bool) -> list[int]:
        with self._native:
            if self._closed:
                raise EngineError(f"Asking {self.name}: its generator was closed. Open it again.")
            tokens: list[int] = self._llama.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=special)
        return tokens

    def _best_threads(self, wanted: int | None) -> Threads:
        import llama_cpp

        def prepare(count: int) -> Callable[[int], None]:
            llama_cpp.llama_set_n_threads(self._llama.ctx, count, count)
            return read

        def read(tokens: int) -> None:
            self._llama.reset()
            self._llama.eval(list(range(100, 100 + tokens)))

        found = best_threads(f"{self.engine} {self._path.name}", self._path, wanted, prepare)
        self._llama.reset()
        return found


def _load(path: Path, adapter: Path | None, settings: EngineSettings) -> Any:
    """The loaded model. What llama.cpp says goes to the log, never to the terminal."""
    try:
        import llama_cpp
    except (ImportError, OSError) as error:
        raise MissingDependency(
            f"Loading llama-cpp-python failed ({error}). Run `pip install llama-cpp-python==0.3.36` where there is a "
            "C++ compiler, or `pip install xllamacpp==2026.10.11549`."
        ) from error
    llama_cpp.llama_log_set(_log_callback(llama_cpp), ctypes.c_void_p(0))
    layers = settings.gpu_layers
    if layers is None:
        layers = -1 if llama_cpp.llama_supports_gpu_offload() else 0
    # Silent, it would point the file descriptors 1 and 2 of the whole process elsewhere while the model loads.
    llama_cpp.llama.suppress_stdout_stderr = llama_cpp._internals.suppress_stdout_stderr = lambda **_: nullcontext()
    try:
        llama = llama_cpp.Llama(
            str(path),
            n_ctx=settings.context,
            n_batch=GPU_BATCH if layers else BATCH,
            n_gpu_layers=layers,
            lora_path=str(adapter) if adapter else None,
            verbose=False,
        )
        if adapter and not llama._lora_adapter:  # a null pointer, which llama-cpp-python does not look for
            llama.close()
            raise ValueError("the adapter is not a LoRA in GGUF, or not one for this model")
    except (ValueError, RuntimeError, AssertionError) as error:
        raise ModelUnloadable(
            f"Loading {path}{f' with the adapter {adapter}' if adapter else ''}: {error}. "
            "It must be a whole GGUF file that llama-cpp-python 0.3.36 runs, and fit in memory."
        ) from error
    return llama


def _use_threads(llama: Any, threads: Threads) -> None:
    import llama_cpp

    llama_cpp.llama_set_n_threads(llama.ctx, threads.write, threads.read)


_callbacks: list[Any] = []  # llama.cpp keeps a bare pointer to it


def _log_callback(llama_cpp: Any) -> Any:
    if not _callbacks:

        @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
        def write(level: int, text: bytes, _: ctypes.c_void_p) -> None:
            log.debug("llama.cpp[%d] %s", level, text.decode("utf-8", "replace").rstrip())

        _callbacks.append(write)
    return _callbacks[0]


def _template(llama: Any, tokenize: Any) -> ChatTemplate:
    def spell(token: int) -> str:
        return llama._model.token_get_text(token) if token >= 0 else ""

    wanted = llama._model.add_bos_token()
    bos = llama.token_bos()
    return ChatTemplate(
        llama.metadata.get("tokenizer.chat_template"),
        spell(bos),
        spell(llama.token_eos()),
        bos if wanted and bos >= 0 else None,
        tokenize,
    )
