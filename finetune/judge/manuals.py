"""The manuals of a phone's sisters, without what the phone's own manual says.

The Galaxy S10's manual is there to develop with: answers to 50 questions about it are measured. Its sisters' manuals
repeat most of its sections word for word, so who is trained on those has read the very text, and measures too well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from finetune.judge.readers import table
from ingestion.sentences import sentence_spans

SISTERS = "03_manuals_qa/emanual_other"
DEVELOPED_WITH = "03_manuals_qa/emanual_s10/s10_manual_corpus.json"
SHARED = 1 / 3
"""Of a section's characters the share that, in sentences of the S10's manual, has it left out. A sentence with one word
changed counts as another one, so that half would let too much through."""


class Section(NamedTuple):
    """A section of a manual; `lines` are its paragraphs, steps and headings."""

    title: str
    lines: tuple[str, ...]

    @property
    def passage(self) -> str:
        """The section as a judge is shown it."""
        return f"{self.title}\n{' '.join(self.lines)}"


def sections(data: Path, manuals: Iterable[str]) -> Iterator[Section]:
    """The sections of sisters' manuals, "Galaxy_Fit" for example, that share little with the S10's manual.

    Whitespace and case make no difference. Raises UsageError where one of the manuals is not there.
    """
    known = {sentence for one in _sections(data / DEVELOPED_WITH) for sentence in _sentences(one.lines)}
    for manual in manuals:
        for section in _sections(data / SISTERS / f"{manual}.json"):
            said = _sentences(section.lines)
            if sum(len(one) for one in said if one in known) < SHARED * sum(map(len, said)):
                yield section


def _sections(path: Path) -> list[Section]:
    return [Section(one["title"], tuple(one["text"])) for one in table(path).values()]


def _sentences(lines: Sequence[str]) -> list[str]:
    text = "\n".join(" ".join(line.split()) for line in lines)
    return [text[start:end].casefold() for start, end in sentence_spans(text)]
