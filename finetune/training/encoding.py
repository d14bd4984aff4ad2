"""From pairs to tokens: the very prompt that the service asks with, then the answer, of which alone the loss is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import SettingsError, UsageError
from finetune.pairs.pair import Pair, messages
from rag.engines.base import Message
from rag.engines.chat_template import ChatTemplate

_ANSWER = "ANSWER"


@dataclass(frozen=True, slots=True)
class Text:
    """Tokens, of which those from `learnt` on are to be learnt; never the first, which nothing foretells."""

    ids: tuple[int, ...]
    learnt: int


@dataclass(frozen=True, slots=True)
class Encoded:
    """A pair as tokens: what to say, and for preference tuning what not to say, after the same prompt."""

    kind: str
    chosen: Text
    rejected: Text | None = None

    @property
    def texts(self) -> tuple[Text, ...]:
        """What is read for it."""
        return (self.chosen,) if self.rejected is None else (self.chosen, self.rejected)

    @property
    def tokens(self) -> int:
        """How many tokens are read for it."""
        return sum(len(text.ids) for text in self.texts)


class Encoder:
    """Turns pairs into tokens with the tokeniser of a base, which `name` names in errors.

    Raises SettingsError where a pair that is a conversation meets a base without a chat template.
    """

    def __init__(self, tokenizer: Any, name: str) -> None:
        self._tokenizer = tokenizer
        self._name = name
        plain = tokenizer("a").input_ids
        bos = tokenizer.bos_token_id
        self._bos = bos if bos is not None and plain[:1] == [bos] else None
        self._longest = max(map(len, tokenizer.get_vocab()))
        self._chat: ChatTemplate | None = None
        if isinstance(tokenizer.chat_template, str):
            self._chat = ChatTemplate(
                tokenizer.chat_template,
                tokenizer.bos_token or "",
                tokenizer.eos_token or "",
                self._bos,
                self._tokenize,
            )
            self._before, self._after = self._around()

    @property
    def template_sha256(self) -> str | None:
        """The SHA-256 of the chat template; None of a base that has none."""
        template = self._tokenizer.chat_template
        return hashlib.sha256(template.encode()).hexdigest() if isinstance(template, str) else None

    def encode(self, pair: Pair, limit: int, preference: bool = False) -> list[Encoded]:
        """The pair as tokens; nothing where it has more than `limit`, or has no worse answer though `preference`
        wants one. A raw passage that is longer becomes several."""
        if pair.kind == "text":
            return [] if preference else list(self._passage(pair, limit))
        if preference and pair.rejected is None:
            return []
        chosen = self._conversation(pair, pair.answer, limit)
        rejected = self._conversation(pair, pair.rejected, limit) if preference and pair.rejected else None
        if chosen is None or (preference and rejected is None):
            return []
        return [Encoded(pair.kind, chosen, rejected)]

    def _conversation(self, pair: Pair, answer: str, limit: int) -> Text | None:
        if self._chat is None:
            raise SettingsError(
                f"Encoding pairs for the base {self._name}: it carries no chat template, so how it is asked is "
                "not known. Take an instruction-tuned base, or train on raw passages (kind text) alone."
            )
        said = [Message(turn["role"], turn["content"]) for turn in messages(pair)]  # type: ignore[arg-type]
        if sum(len(message.content) for message in said) + len(answer) > limit * self._longest:
            return None  # surely too long; tokenising megabytes would take minutes to say the same
        prompt = self._chat.tokens(said)
        ids = [*prompt, *self._tokenize(self._before + answer.strip(), False), *self._after]
        return Text(tuple(ids), max(1, len(prompt))) if len(ids) <= limit else None

    def _passage(self, pair: Pair, limit: int) -> Iterator[Encoded]:
        ends = [] if self._tokenizer.eos_token_id is None else [self._tokenizer.eos_token_id]
        ids = [*([] if self._bos is None else [self._bos]), *self._tokenize(pair.answer, False), *ends]
        for start in range(0, len(ids), limit):
            window = tuple(ids[start : start + limit])
            if len(window) > 1:
                yield Encoded(pair.kind, Text(window, 1))

    def _tokenize(self, text: str, special: bool) -> list[int]:
        found: list[int] = self._tokenizer(text, add_special_tokens=False, split_special_tokens=not special).input_ids
        return found

    def _around(self) -> tuple[str, list[int]]:
        """What the template puts between prompt and answer, and the tokens behind it, to the first that ends a turn."""
        asked = [{"role": "user", "content": "?"}]
        prompt = self._filled(asked, add_generation_prompt=True)
        whole = self._filled([*asked, {"role": "assistant", "content": _ANSWER}], add_generation_prompt=False)
        before, found, after = whole[len(prompt) :].partition(_ANSWER)
        if not whole.startswith(prompt) or not found:
            raise SettingsError(
                f"Encoding pairs for the base {self._name}: its chat template does not put an answer behind the prompt "
                f"that asks for it ({prompt!r}, then {whole!r}). Take another base."
            )
        ids = self._tokenize(after, True)
        ends = {self._tokenizer.eos_token_id, *self._tokenizer.added_tokens_decoder}
        at = next((place for place, token in enumerate(ids) if token in ends), None)
        if at is None:
            raise SettingsError(
                f"Encoding pairs for the base {self._name}: nothing in its chat template ends an answer ({after!r} "
                "follows it), so that it would never stop. Take another base."
            )
        return before, ids[: at + 1]

    def _filled(self, turns: list[dict[str, str]], add_generation_prompt: bool) -> str:
        from jinja2 import TemplateError

        try:
            filled: str = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=add_generation_prompt, enable_thinking=False
            )
        except TemplateError as error:
            raise SettingsError(
                f"Filling the chat template of the base {self._name}: {error}. Take another."
            ) from error
        return filled


@dataclass(frozen=True, slots=True)
class EncodedPairs:
    """What is trained on, and how many pairs were left out because they are too long or have no worse answer."""

    encoded: Sequence[Encoded]
    left_out: int

    @property
    def tokens(self) -> int:
        """Tokens of one pass."""
        return sum(one.tokens for one in self.encoded)


def encode_all(encoder: Encoder, pairs: Iterable[Pair], limit: int, preference: bool, where: str) -> EncodedPairs:
    """Every pair as tokens. Raises UsageError where none is left; `where` names the pairs."""
    encoded, left_out, count = list[Encoded](), 0, 0
    for pair in pairs:
        found = encoder.encode(pair, limit, preference)
        encoded += found
        left_out += not found
        count += 1
    if not encoded:
        wanted = f"fits sequence_length, {limit} tokens" + (", and has a worse answer" if preference else "")
        raise UsageError(f"Encoding the {count} pairs of {where}: none {wanted}. Raise it, or make other pairs.")
    return EncodedPairs(encoded, left_out)
