"""One pair: a question with the answer that a model should learn to give, in one form whatever it was made of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.types import Hit, Passage, Turn, content_id
from rag.answer import prompt
from rag.answer.condense import standalone
from rag.answer.evidence import Quote

KINDS = (
    *("faq", "ticket", "approved", "heading", "definition", "table", "error-code"),
    *("model-written", "unanswerable", "distractor", "text"),
)
"""How a pair came about. "text" is a raw passage for continued pre-training, its `answer`; its question is empty."""
LANGUAGES = ("en", "zh")
REFUSAL = {"en": "Not found.", "zh": "未找到。"}
"""What the service's prompt tells a model to say where the quotes do not hold the answer."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer.

    `id` is a hash of what is asked and answered. `evidence` are the quotes shown with the question, best first, each
    one line as `Quote.headed` gives it; empty for chat without documents. `history` are earlier (question, answer)
    turns, oldest first. `rejected` is a worse answer, for preference tuning. `document` is what splits go by: no
    document has pairs in two parts. `source` is the file or library that it came of.
    """

    id: str
    question: str
    answer: str
    evidence: tuple[str, ...]
    history: tuple[tuple[str, str], ...]
    rejected: str | None
    kind: str
    document: str
    source: str
    language: str

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"Pair {self.id}: its kind is {self.kind!r}; valid are {', '.join(KINDS)}.")
        if self.language not in LANGUAGES:
            raise UsageError(f"Pair {self.id}: its language is {self.language!r}; valid are en and zh.")
        if not self.answer.strip():
            raise UsageError(f"Pair {self.id}: its answer is empty. Give one, or leave the pair out.")
        if (self.kind == "text") == bool(self.question.strip()):
            raise UsageError(f"Pair {self.id}: of kind {self.kind!r} its question may not be {self.question!r}.")


def made(
    question: str,
    answer: str,
    *,
    kind: str,
    document: str,
    source: str,
    language: str,
    evidence: Sequence[str] = (),
    history: Sequence[tuple[str, str]] = (),
    rejected: str | None = None,
) -> Pair:
    """A pair with its id, each quote of the evidence in one line. Raises UsageError as Pair does."""
    lines = tuple(" ".join(quote.split("\n")) for quote in evidence)
    turns = tuple((asked, said) for asked, said in history)
    # Lengths part the evidence from the history, so that no two pairs are hashed alike.
    told = (str(len(lines)), *lines, *(side for turn in turns for side in turn), rejected or "")
    name = content_id(kind, question, answer, *told)
    return Pair(name, question, answer, lines, turns, rejected, kind, document, source, language)


def messages(pair: Pair) -> list[dict[str, str]]:
    """The conversation, as (role, content), that the pair's answer follows; empty for a pair of kind "text".

    With evidence it is the very prompt of the service, where a follow-up is asked behind the question it leans on.
    Without, the history and the question stand by themselves.
    """
    if pair.kind == "text":
        return []
    if pair.evidence:
        asked = standalone(pair.question, [Turn(*turn) for turn in pair.history])
        said = prompt.messages(asked, [_quote(text) for text in pair.evidence], pair.language)
        return [{"role": message.role, "content": message.content} for message in said]
    turns = [
        {"role": role, "content": content}
        for turn in pair.history
        for role, content in zip(("user", "assistant"), turn, strict=True)
    ]
    return [*turns, {"role": "user", "content": pair.question}]


def _quote(text: str) -> Quote:
    return Quote(Hit(Passage("", 0, len(text), text), "", "", 0.0), 0, len(text))


def write_pairs(path: Path, pairs: Iterable[Pair]) -> int:
    """Writes one JSON object a line, whole or not at all; gives the number of pairs.

    Raises UsageError where there is no pair, and where the file cannot be written, as on a full disk.
    """
    lines = [json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs]
    if not lines:
        raise UsageError(f"Writing pairs to {path}: no pair was made, and an empty file teaches nothing.")
    write_whole(path, lines)
    return len(lines)


def write_whole(path: Path, lines: Iterable[str]) -> None:
    """Writes a file of UTF-8, whole or not at all. Raises UsageError where it cannot be written."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):  # where even its folder is none, nothing was written
            partial.unlink(missing_ok=True)
        raise UsageError(
            f"Writing {path}: {error.strerror or error}. Nothing was written; make room or give another folder, then "
            "run the same command again."
        ) from error


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a file, in order. Raises UsageError naming the line that is none, and for a file without any."""
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(
            f"Reading pairs from {path}: {error.strerror or error}. `pincite pairs` makes them."
        ) from error
    pairs = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                pairs.append(_pair(json.loads(line.decode("utf-8"))))
            except (ValueError, TypeError, UsageError) as error:
                keys = ", ".join(field.name for field in fields(Pair))
                raise UsageError(
                    f"Reading pairs from {path}, line {number}: not a pair ({error}). A line is a JSON object with "
                    f"the keys {keys}; `pincite pairs` makes them."
                ) from error
    if not pairs:
        raise UsageError(f"Reading pairs from {path}: it holds none. `pincite pairs` makes them.")
    return pairs


def _pair(values: Any) -> Pair:
    if not isinstance(values, dict):
        raise TypeError("not an object")
    evidence, history = values.get("evidence", ()), values.get("history", ())
    texts = [values.get(name) for name in ("id", "question", "answer", "kind", "document", "source", "language")]
    if not all(isinstance(text, str) for text in (*texts, *evidence)):
        raise TypeError("a key is missing, or holds something that is not text")
    turns = tuple((str(asked), str(said)) for asked, said in history)
    return Pair(**{**values, "evidence": tuple(evidence), "history": turns})
