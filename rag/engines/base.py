"""What every engine is: a Generator that phrases text from messages, one Generation at a time.

Engines hand raw text to `Generation`; it holds back what may become a stop string and keeps the usage.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Pieces
from dataclasses import dataclass
from typing import Literal, Protocol, Self, runtime_checkable

from core.errors import ContextTooSmall, SettingsError

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "cancelled"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation. `content` is plain text: nothing in it acts as a control token."""

    role: Role
    content: str


_MODEL, _ADAPTER = "smollm2-135m-instruct", "answers-135m"
"""The model that Pincite comes with, and the adapter tuned for its own task."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """[engine] of pincite.toml.

    `model` is a known name or the path of a GGUF file, `adapter` of a LoRA GGUF; where that is None the model that
    Pincite comes with has its own, and with "" it has none. `context` is in tokens and
    never more than the model was trained on. `threads` and `gpu_layers` are found out when None. With `endpoint` (the
    base URL of an OpenAI-compatible service, as in http://127.0.0.1:8080/v1) that service answers as `endpoint_model`
    and no model is loaded here; its key, if it wants one, is in the environment as PINCITE_ENDPOINT_KEY. The variable
    PINCITE_THREADS goes before `threads`. Raises SettingsError.
    """

    model: str = _MODEL
    adapter: str | None = None
    context: int = 4096
    threads: int | None = None
    gpu_layers: int | None = None
    endpoint: str | None = None
    endpoint_model: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, least in (
            ("context", self.context, 256),
            ("threads", self.threads, 1),
            ("seed", self.seed, 0),
        ):
            if value is not None and value < least:
                raise SettingsError(f"[engine] {name} is {value}; it takes a whole number from {least}.")

    @property
    def adapter_used(self) -> str | None:
        """The adapter that goes with the model, None for the model alone."""
        return _ADAPTER if self.adapter is None and self.model == _MODEL else self.adapter or None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and time of one generation, as far as it has gone.

    `cached_tokens` of the `prompt_tokens` were already in the KV cache and did not have to be read again.
    `first_token_s` is the time in seconds from the call to the first text, None while there is none. `finish` says
    why it ended: `stop` the model or a stop string ended it, `length` max_tokens did, `cancelled` it was closed.
    """

    prompt_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    first_token_s: float | None = None
    finish: Finish | None = None


class Tally:
    """Where an engine counts while it generates, and where it sees that nobody wants more."""

    def __init__(self) -> None:
        self.prompt_tokens = 0
        self.output_tokens = 0
        self.cached_tokens = 0
        self.finish: Finish | None = None
        self.cancelled = False


class Generation(Iterator[str]):
    """The text of one answer, piece by piece: whole characters, and nothing from a stop string on.

    `generate` is given the tally and returns the engine's raw pieces. Closing, also from another thread, stops the
    model at the next token; leaving a `with` block closes.
    """

    def __init__(self, generate: Callable[[Tally], Iterator[str]], stop: Sequence[str] = ()) -> None:
        self._tally = Tally()
        self._started = time.perf_counter()
        self._first_token_s: float | None = None
        self._pieces = _until(generate(self._tally), [text for text in stop if text], self._tally)

    def __next__(self) -> str:
        piece = next(self._pieces)
        if self._first_token_s is None:
            self._first_token_s = time.perf_counter() - self._started
        return piece

    def close(self) -> None:
        """Stop the model. Safe to call twice, after the end, and while another thread waits for the next piece."""
        self._tally.cancelled = True
        try:
            self._pieces.close()
        except ValueError:  # another thread is inside it, and sees `cancelled` at the next token
            return
        self._tally.finish = self._tally.finish or "cancelled"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def text(self) -> str:
        """All that is left of it, as one text."""
        return "".join(self)

    @property
    def usage(self) -> Usage:
        """Tokens and time so far; final once the iteration has ended."""
        tally = self._tally
        return Usage(tally.prompt_tokens, tally.output_tokens, tally.cached_tokens, self._first_token_s, tally.finish)


@runtime_checkable
class Generator(Protocol):
    """A language model behind an engine. Safe to call from several threads; generations may wait for each other.

    Attributes: `engine` names the library or service that runs it; `name` is the model's; `sha256` its file's, None
    for an endpoint; `adapter` the name of the LoRA adapter, None without; `context` the tokens that prompt and output
    share.
    """

    @property
    def engine(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str | None: ...  # noqa: D102
    @property
    def adapter(self) -> str | None: ...  # noqa: D102
    @property
    def context(self) -> int: ...  # noqa: D102

    def count_tokens(self, text: str) -> int:
        """The tokens of a text by itself, without a chat template's additions."""

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> Generation:
        """Answer the messages in at most `max_tokens` tokens, ending before the first of the `stop` strings.

        Temperature 0 always takes the likeliest token; above 0, `seed` (None: the settings') makes it repeatable.
        Raises ContextTooSmall, at the call or at the first piece, where prompt and `max_tokens` exceed the context.
        """

    def close(self) -> None:
        """Free the model's memory. Safe to call twice."""


def _until(pieces: Iterator[str], stop: Sequence[str], tally: Tally) -> Pieces[str]:
    """The pieces up to the first stop string, holding back an end that may be the beginning of one."""
    held = ""
    try:
        for piece in pieces:
            held += piece
            cut = min((at for text in stop if (at := held.find(text)) >= 0), default=None)
            if cut is not None:
                held = held[:cut]
                tally.finish = "stop"
                break
            keep = max((_overlap(held, text) for text in stop), default=0)
            ready, held = held[: len(held) - keep], held[len(held) - keep :]
            if ready:
                yield ready
        if held and not tally.cancelled:
            yield held
        if tally.cancelled:
            tally.finish = tally.finish or "cancelled"
    finally:
        if close := getattr(pieces, "close", None):
            close()


def _overlap(text: str, stop: str) -> int:
    """How many characters at the end of `text` are the beginning of `stop`."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)


def check_fits(prompt_tokens: int, max_tokens: int, context: int, name: str) -> None:
    """Raises ContextTooSmall where a prompt and the answer after it are more than the context of the model `name`."""
    excess = prompt_tokens + max_tokens - context
    if excess > 0:
        raise ContextTooSmall(
            f"The prompt has {prompt_tokens} tokens and {max_tokens} are kept for the answer: {excess} more than the "
            f"{context} that {name} holds. Ask with less evidence, or raise [engine] context.",
            excess,
        )
