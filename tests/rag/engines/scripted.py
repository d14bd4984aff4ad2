"""A generator that says what it is told to: real in everything but the model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from core.errors import ContextTooSmall
from rag.engines.base import Generation, Message, Tally


class ScriptedGenerator:
    """Answers with the drafts in turn, the last one for ever after; a callable draft is given the messages.

    A token is a word with the space before it, or a single character that is no letter. Every call's messages are kept
    in `asked`.
    """

    engine = "script"
    name = "scripted"
    sha256 = "0" * 64
    adapter = None

    def __init__(self, *drafts: str | Callable[[Sequence[Message]], str], context: int = 4096) -> None:
        self.drafts = drafts
        self.context = context
        self.asked: list[tuple[Message, ...]] = []
        self.closed = False

    def count_tokens(self, text: str) -> int:
        return len(_tokens(text))

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> Generation:
        draft = self.drafts[min(len(self.asked), len(self.drafts) - 1)]
        self.asked.append(tuple(messages))
        tokens = _tokens(draft if isinstance(draft, str) else draft(messages))
        prompt = sum(self.count_tokens(message.content) for message in messages)
        if prompt + max_tokens > self.context:
            raise ContextTooSmall(
                f"The prompt has {prompt} tokens and {max_tokens} are kept for the answer; "
                f"the context of {self.name} holds {self.context}."
            )

        def generate(tally: Tally) -> Iterator[str]:
            tally.prompt_tokens = prompt
            for token in tokens[:max_tokens]:
                if tally.cancelled:
                    return
                tally.output_tokens += 1
                yield token
            tally.finish = "stop" if len(tokens) <= max_tokens else "length"

        return Generation(generate, stop)

    def close(self) -> None:
        self.closed = True


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s?[A-Za-z0-9]+|\s?[^\sA-Za-z0-9]|\s", text)
