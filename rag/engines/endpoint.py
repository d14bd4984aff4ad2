"""Any OpenAI-compatible service in place of a model in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from core.errors import ContextTooSmall, EndpointFailed, EngineError, SettingsError
from rag.engines.base import EngineSettings, Generation, Message, Tally

if TYPE_CHECKING:
    import httpx

CONNECT_S = 10.0
READ_S = 600.0  # a processor may read a long prompt for minutes before the first token
BYTES_PER_TOKEN = 3  # English has 4 to 5 in common vocabularies, a Chinese character has 3: the estimate errs high


class EndpointGenerator:
    """Asks `settings.endpoint` for chat completions. Nothing is sent before the first question.

    Proxies of the environment are not used. The key is PINCITE_ENDPOINT_KEY. Raises SettingsError, and EndpointFailed
    or ContextTooSmall from a generation's first piece on.
    """

    sha256 = None
    adapter = None

    def __init__(self, settings: EngineSettings) -> None:
        import httpx

        if not settings.endpoint or not settings.endpoint.startswith(("http://", "https://")):
            raise SettingsError(
                f"[engine] endpoint is {settings.endpoint!r}; it takes a base URL like http://127.0.0.1:8080/v1."
            )
        if not settings.endpoint_model:
            raise SettingsError("[engine] endpoint is set but endpoint_model is not; it takes the model's name there.")
        self.engine = settings.endpoint
        self.name = settings.endpoint_model
        self.context = settings.context
        self._seed = settings.seed
        key = os.environ.get("PINCITE_ENDPOINT_KEY")
        self._client = httpx.Client(
            base_url=settings.endpoint.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            trust_env=False,
        )

    def count_tokens(self, text: str) -> int:
        """An estimate on the high side; the service alone knows its tokens."""
        return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> Generation:
        """See Generator. The service keeps documents from acting as control tokens, or does not: we cannot see."""
        if self._client.is_closed:
            raise EngineError(f"Asking {self.name}: its generator was closed. Open it again.")
        body = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": self._seed if seed is None else seed,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if stop:
            body["stop"] = list(stop)
        return Generation(lambda tally: self._generate(tally, body), stop)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _generate(self, tally: Tally, body: dict[str, Any]) -> Iterator[str]:
        for chunk in events(self._client, "chat/completions", body, f"Asking {self.name} at {self.engine}"):
            if tally.cancelled:
                return
            try:
                text = _take(chunk, tally)
            except (AttributeError, IndexError, KeyError, TypeError) as error:
                raise EndpointFailed(
                    f"Asking {self.name} at {self.engine}: {str(chunk)[:200]} is no piece of a chat completion. "
                    "Check that [engine] endpoint is the base URL of an OpenAI-compatible service."
                ) from error
            if text:
                yield text


def events(client: httpx.Client, path: str, body: dict[str, Any], doing: str) -> Iterator[Any]:
    """The JSON values of a streamed answer's server-sent events. Raises EndpointFailed, ContextTooSmall."""
    import httpx

    try:
        with client.stream("POST", path, json=body) as response:
            if response.status_code != 200:
                response.read()
                raise _refusal(response.status_code, response.text, doing)
            yield from _parse(response.iter_lines(), doing)
    except httpx.HTTPError as error:
        raise EndpointFailed(
            f"{doing} failed: {error or type(error).__name__}. Check that the service runs and [engine] endpoint."
        ) from error


def _parse(lines: Iterator[str], doing: str) -> Iterator[Any]:
    found = False
    for line in lines:
        name, _, value = line.partition(":")
        if name not in ("data", "error") or not value.strip():
            continue
        if value.strip() == "[DONE]":
            return
        try:
            event = json.loads(value)
        except ValueError as error:
            raise EndpointFailed(f"{doing}: {value[:200]!r} is not JSON.") from error
        if name == "error" or (isinstance(event, dict) and event.get("error")):
            raise _refusal(200, value, doing)
        found = True
        yield event
    if not found:
        raise EndpointFailed(f"{doing}: the answer held no server-sent event. Check [engine] endpoint.")


def _take(chunk: Any, tally: Tally) -> str:
    """The text of one chunk; what it says of usage and finish goes to the tally."""
    if usage := chunk.get("usage"):
        tally.prompt_tokens = usage["prompt_tokens"]
        tally.output_tokens = usage["completion_tokens"]
        tally.cached_tokens = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    if not chunk["choices"]:
        return ""
    choice = chunk["choices"][0]
    if reason := choice.get("finish_reason"):
        tally.finish = "length" if reason == "length" else "stop"
    text: str = (choice.get("delta") or {}).get("content") or ""
    if text and not chunk.get("usage"):
        tally.output_tokens += 1
    return text


def _refusal(status: int, text: str, doing: str) -> ContextTooSmall | EndpointFailed:
    try:
        error = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        error = text
    said = error if isinstance(error, dict) else {"message": str(error)}
    message = str(said.get("message", ""))[:300]
    kind = f"{said.get('type')} {said.get('code')}"
    if "exceed_context" in kind or "context_length" in kind or "maximum context length" in message:
        excess = int(said.get("n_prompt_tokens", 0)) - int(said.get("n_ctx", 0))
        return ContextTooSmall(f"{doing}: {message}. Ask with less evidence, or raise its context.", max(excess, 0))
    remedy = " Set PINCITE_ENDPOINT_KEY." if status in (401, 403) else ""
    return EndpointFailed(f"{doing} was refused with status {status}: {message}.{remedy}")
