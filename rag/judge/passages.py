"""A passage as a judge reads it."""

from __future__ import annotations

from core.types import Passage


def headed(passage: Passage) -> tuple[str, int]:
    """The passage behind its heading and the header of its table, which often name what it speaks of; and how many
    characters stand before its own."""
    before = "".join(f"{part}\n" for part in (*passage.heading[-1:], passage.header) if part)
    return before + passage.text, len(before)
