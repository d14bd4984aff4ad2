"""A passage as a judge reads it."""

from __future__ import annotations

from collections.abc import Sequence

from core.types import Passage


def headed(passage: Passage, named: Sequence[str] = ()) -> tuple[str, int]:
    """The passage behind the words by which its document is named, its heading and the header of its table, which
    often say what it speaks of; and how many characters stand before its own."""
    lines = (" ".join(named), *passage.heading[-1:], passage.header)
    before = "".join(f"{part}\n" for part in lines if part)
    return before + passage.text, len(before)
