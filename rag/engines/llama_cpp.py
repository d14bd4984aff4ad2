"""A GGUF model in this process, through llama-cpp-python."""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import io
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from core.errors import ContextTooSmall, MissingDependency, ModelUnloadable
from core.weights import KNOWN, sha256_of, verify
from rag.engines.base import EngineSettings, Generation, Message, Tally
from rag.engines.chat_template import ChatTemplate
from rag.engines.threads import Threads, measured_threads

log = logging.getLogger("pincite.engine")

BATCH = 256  # prompt tokens read at a time: as fast as 512 on a processor, and cancelled twice as soon


class LlamaCppGenerator:
    """One GGUF model, one generation at a time; others wait until that one has ended or is closed.

    What a prompt shares with the one before it (the system prompt above all) stays in the KV cache and is not read
    again. Raises WeightsError, MissingDependency, ModelUnloadable.
    """

    engine = "llama-cpp-python"

    def __init__(self, settings: EngineSettings) -> None:
        self._path = verify(settings.model)
        adapter = verify(settings.adapter) if settings.adapter else None
        self.name = settings.model if settings.model in KNOWN else self._path.stem
        self.adapter = adapter.stem if adapter else None
        self._seed = settings.seed
        self._lock = threading.Lock()
        self._llama = _load(self._path, adapter, settings)
        self.context: int = self._llama.n_ctx()
        self._template = _template(self._llama, self._tokenize)
        self.threads = Threads(settings.threads, settings.threads) if settings.threads else self._measured()
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
        excess = len(prompt) + max_tokens - self.context
        if excess > 0:
            raise ContextTooSmall(
                f"The prompt has {len(prompt)} tokens and {max_tokens} are kept for the answer: {excess} more than the "
                f"{self.context} that {self.name} holds. Ask with less evidence, or raise [engine] context.",
                excess,
            )
        seed = self._seed if seed is None else seed
        return Generation(lambda tally: self._generate(tally, prompt, max_tokens, temperature, seed), stop)

    def close(self) -> None:
        """Free the model, after the generation that is under way."""
        with self._lock:
            self._llama.close()

    def _generate(
        self, tally: Tally, prompt: list[int], max_tokens: int, temperature: float, seed: int
    ) -> Iterator[str]:
        from llama_cpp import llama_vocab_is_eog

        decoder = codecs.getincrementaldecoder("utf-8")("ignore")  # a character may take several tokens
        tally.prompt_tokens = len(prompt)
        with self._lock:
            tally.cached_tokens = self._read(prompt, tally)
            if tally.cancelled:
                return
            self._llama.set_seed(seed)
            vocabulary = self._llama._model.vocab
            for token in self._llama.generate(prompt, temp=temperature, repeat_penalty=1.0):
                tally.output_tokens += 1
                if llama_vocab_is_eog(vocabulary, token):
                    tally.finish = "stop"
                    return
                if text := decoder.decode(self._llama.detokenize([token])):
                    yield text
                if tally.cancelled:
                    return
                if tally.output_tokens >= max_tokens:
                    tally.finish = "length"
                    return

    def _read(self, prompt: list[int], tally: Tally) -> int:
        """Bring the prompt into the KV cache, batch by batch; gives the number of tokens that were there already."""
        llama = self._llama
        known: int = min(llama.longest_token_prefix(llama.input_ids[: llama.n_tokens], prompt), len(prompt) - 1)
        if known and llama._ctx.kv_cache_seq_rm(-1, known, -1):
            llama.n_tokens = known
        else:  # nothing shared, or a recurrent model, which cannot go back
            known = 0
            llama.reset()
        for start in range(known, len(prompt), BATCH):
            if tally.cancelled:
                break
            llama.eval(prompt[start : start + BATCH])
        return known

    def _tokenize(self, text: str, special: bool) -> list[int]:
        return self._llama.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=special)  # type: ignore[no-any-return]

    def _measured(self) -> Threads:
        import llama_cpp

        def prepare(count: int) -> Callable[[int], None]:
            llama_cpp.llama_set_n_threads(self._llama.ctx, count, count)
            return read

        def read(tokens: int) -> None:
            self._llama.reset()
            self._llama.eval(list(range(100, 100 + tokens)))

        found = measured_threads(f"{self.engine} {self._path.name}", self._path, prepare)
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
    said = io.StringIO()
    try:
        # Not verbose would point file descriptors 1 and 2 of the whole process elsewhere while the model loads.
        with contextlib.redirect_stderr(said):
            llama = llama_cpp.Llama(
                str(path),
                n_ctx=settings.context,
                n_batch=BATCH,
                n_gpu_layers=layers,
                lora_path=str(adapter) if adapter else None,
                verbose=True,
            )
            if adapter and not llama._lora_adapter:  # a null pointer, which llama-cpp-python does not look for
                llama.close()
                raise ValueError("the adapter is not a LoRA in GGUF, or not one for this model")
    except (ValueError, RuntimeError, AssertionError) as error:
        raise ModelUnloadable(
            f"Loading {path}{f' with the adapter {adapter}' if adapter else ''}: {error}. "
            "It must be a whole GGUF file that llama-cpp-python 0.3.36 runs, and fit in memory."
        ) from error
    log.debug("%s", said.getvalue())
    llama.verbose = False
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
