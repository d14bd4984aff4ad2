"""Our generators as LangChain's chat model: text in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from core.errors import UsageError
from rag.engines.base import Message, Role, Usage

_ROLES: tuple[tuple[type[BaseMessage], Role], ...] = (
    (SystemMessage, "system"),
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
)


class PinciteChatModel(BaseChatModel):
    """Chats through one of our engines. `max_tokens`, `temperature`, `seed` and `stop` may also be given to a call.

    The last chunk carries `usage_metadata` and, in `response_metadata`, `model_name`, `finish_reason` and
    `first_token_s`. Raises UsageError for a message that is not plain text, EngineError.
    """

    generator: Any
    """A rag.engines.base.Generator."""
    max_tokens: int = 256
    temperature: float = 0.0
    seed: int | None = None
    stop: list[str] | None = None

    @property
    def _llm_type(self) -> str:
        return "pincite"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "model_name": self.generator.name,
            "sha256": self.generator.sha256,
            "adapter": self.generator.adapter,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
            "stop": self.stop,
        }

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = "pincite"
        params["ls_model_name"] = kwargs.get("model", self.generator.name)
        return params

    def get_num_tokens(self, text: str) -> int:
        """The tokens of a text by itself."""
        count: int = self.generator.count_tokens(text)
        return count

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        generation = self.generator.stream(
            [_plain(message) for message in messages],
            kwargs.get("max_tokens", self.max_tokens),
            kwargs.get("temperature", self.temperature),
            (self.stop or ()) if stop is None else stop,
            kwargs.get("seed", self.seed),
        )
        with generation:
            for piece in generation:
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
                if run_manager:
                    run_manager.on_llm_new_token(piece, chunk=chunk)
                yield chunk
            yield ChatGenerationChunk(message=_closing(self.generator.name, generation.usage))


def _closing(name: str, usage: Usage) -> AIMessageChunk:
    return AIMessageChunk(
        content="",
        usage_metadata=UsageMetadata(
            input_tokens=usage.prompt_tokens,
            output_tokens=usage.output_tokens,
            total_tokens=usage.prompt_tokens + usage.output_tokens,
            input_token_details={"cache_read": usage.cached_tokens},
        ),
        response_metadata={
            "model_name": name,
            "model_provider": "pincite",
            "finish_reason": usage.finish,
            "first_token_s": usage.first_token_s,
        },
        chunk_position="last",
    )


def _plain(message: BaseMessage) -> Message:
    role = next((role for kind, role in _ROLES if isinstance(message, kind)), None)
    if role is None:
        raise UsageError(
            f"Asking the model: a {message.type!r} message was given; it takes system, human and ai messages."
        )
    return Message(role, _text(message.content))


def _text(content: str | Sequence[str | dict[Any, Any]]) -> str:
    if isinstance(content, str):
        return content
    parts = []
    for block in content:
        if isinstance(block, dict) and block.get("type") != "text":
            raise UsageError(f"Asking the model: a block of type {block.get('type')!r} was given; it reads text only.")
        parts.append(block if isinstance(block, str) else block["text"])
    return "\n".join(parts)
