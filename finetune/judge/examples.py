"""Examples that the judge learns from, in one form whatever they were read from or made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from core.errors import UsageError

Task: TypeAlias = Literal["span", "relevance", "entailment"]

LABELS: dict[str, tuple[str, ...]] = {
    "span": ("answerable", "unanswerable"),
    "relevance": ("relevant", "irrelevant"),
    "entailment": ("entailment", "neutral", "contradiction"),
}
"""What each task's label may be."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row: `question` against `passage`; for entailment a claim against the span that should bear it.

    `start` and `end` are the answer's character offsets in the passage, None where there is no answer to point at.
    `kind` says how it came about ("natural", "sentence-removed"), `source` out of which file.
    """

    id: str
    task: Task
    question: str
    passage: str
    label: str
    start: int | None = None
    end: int | None = None
    kind: str = "natural"
    source: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        if self.task not in LABELS or self.label not in LABELS[self.task]:
            raise UsageError(
                f"Example {self.id}: task {self.task!r} with label {self.label!r}; valid are "
                + "; ".join(f"{task}: {', '.join(labels)}" for task, labels in LABELS.items())
                + "."
            )
        if not self.question.strip() or not self.passage.strip():
            raise UsageError(f"Example {self.id}: question and passage must both hold text.")
        spanned = self.start is not None and self.end is not None
        if spanned and not 0 <= self.start < self.end <= len(self.passage):  # type: ignore[operator]
            raise UsageError(
                f"Example {self.id}: the span {self.start} to {self.end} is not inside its passage of "
                f"{len(self.passage)} characters."
            )


def write(path: Path, examples: Iterable[Example]) -> int:
    """Writes one JSON object a line, whole or not at all; gives the number of rows. No rows is a UsageError."""
    partial = path.with_name(f"{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with partial.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            count += 1
    if not count:
        partial.unlink()
        raise UsageError(f"Writing {path}: no example was made. Check the files that the examples come from.")
    partial.replace(path)
    return count


def read(path: Path) -> Iterator[Example]:
    """The examples of a file, in order. Raises UsageError naming the line that is none."""
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield Example(**json.loads(line))
            except (json.JSONDecodeError, TypeError, UsageError) as error:
                raise UsageError(f"Reading {path}, line {number}: not an example ({error}).") from error
