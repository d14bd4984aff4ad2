"""From messages to the tokens of a prompt, by the model's own chat template.

What a message says must not act as the template's own marks do: a document that holds `<|im_end|>` or `[/INST]` could
otherwise end its message and speak as the user or the system. Ordinary messages are rendered and tokenised with the
template as one text, as in training. A message that holds such a mark is tokenised by itself, with every mark taken
as plain letters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from core.errors import ModelUnloadable
from rag.engines.base import Message

Tokenize = Callable[[str, bool], list[int]]
"""tokenize(text, special): with `special`, control tokens spelled out in the text become those tokens."""

# The first is what llama.cpp's own tools use for a Llama-2 file, made before GGUF files carried their template.
LLAMA_2 = (
    "{% if messages[0].role == 'system' %}{% set system = '<<SYS>>\\n' + messages[0].content + '\\n<</SYS>>\\n\\n' %}"
    "{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}"
    "{% for message in messages %}{% if message.role == 'user' %}"
    "{{ bos_token + '[INST] ' + (system if loop.first else '') + message.content + ' [/INST]' }}"
    "{% else %}{{ ' ' + message.content + ' ' + eos_token }}{% endif %}{% endfor %}"
)
_MARK = re.compile(r"<\|[^|<>\n]{1,40}\|>|\[/?[A-Z_]{2,20}\]|<</?[A-Z]{2,10}>>|</?s>")


class ChatTemplate:
    """The template of one model, with its tokeniser.

    `template` is Jinja, None where the file carries none. `bos` and `eos` are the texts of those tokens; `adds_bos`
    says whether the model wants the first one before every prompt. Raises ModelUnloadable for a broken template.
    """

    def __init__(self, template: str | None, bos: str, eos: str, bos_id: int | None, tokenize: Tokenize) -> None:
        from jinja2 import TemplateError
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        try:
            self._template = environment.from_string(template or LLAMA_2)
        except TemplateError as error:
            raise ModelUnloadable(f"Reading the model's chat template: {error}. Take another file of it.") from error
        self._marks = {bos, eos, *_MARK.findall(template or LLAMA_2)} - {""}
        # A model that can think aloud first is asked not to: its thoughts would be taken for the answer.
        self._names = {"bos_token": bos, "eos_token": eos, "enable_thinking": False}
        self._bos = bos
        self._bos_id = bos_id
        self._tokenize = tokenize

    def tokens(self, messages: Sequence[Message]) -> list[int]:
        """The prompt, ready for the model to go on as the assistant."""
        loaded: dict[str, str] = {}
        turns = []
        for number, message in enumerate(messages):
            content = message.content
            if self._acts(content):
                place = f"\ue000{number}\ue001"
                loaded[place] = content
                content = place
            turns.append({"role": message.role, "content": content})
        text = self._render(turns)
        found = [] if self._bos_id is None or text.startswith(self._bos or "\0") else [self._bos_id]
        for part in re.split("(\ue000[0-9]+\ue001)", text) if loaded else [text]:
            found += self._plain(loaded[part]) if part in loaded else self._tokenize(part, True) if part else []
        return found

    def _acts(self, content: str) -> bool:
        """Whether anything in a message would be taken for more than letters."""
        return (
            "\ue000" in content
            or any(mark in content for mark in self._marks)
            or self._tokenize(content, True) != self._tokenize(content, False)
        )

    def _plain(self, content: str) -> list[int]:
        """The tokens of a message with each mark cut in two, so that even those that are not tokens lose their form."""
        marks = "|".join(re.escape(mark) for mark in sorted(self._marks, key=len, reverse=True))
        halved = re.sub(marks, lambda mark: f"{mark[0][:2]}\0{mark[0][2:]}", content.replace("\0", ""))
        return [token for part in halved.split("\0") if part for token in self._tokenize(part, False)]

    def _render(self, turns: list[dict[str, str]]) -> str:
        try:
            return self._fill(turns)
        except _Refused:  # some templates know no system message; it then opens the first question
            if len(turns) < 2 or turns[0]["role"] != "system":
                raise
            system, first, *rest = turns
            return self._fill([{"role": "user", "content": f"{system['content']}\n\n{first['content']}"}, *rest])

    def _fill(self, turns: list[dict[str, str]]) -> str:
        from jinja2 import TemplateError

        try:
            return self._template.render(
                messages=turns, add_generation_prompt=True, raise_exception=_refuse, **self._names
            )
        except TemplateError as error:
            raise ModelUnloadable(f"Filling the model's chat template: {error}. Take another file of it.") from error


class _Refused(ModelUnloadable):
    """The template raised: these roles, or this order of them, it does not know."""


def _refuse(message: Any) -> NoReturn:
    raise _Refused(f"The model's chat template refuses these messages: {message}")
