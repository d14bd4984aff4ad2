"""What a reader hands back, and how the fields of a record are named."""

from __future__ import annotations

from dataclasses import dataclass

from core.types import Document


@dataclass(frozen=True, slots=True)
class RecordFields:
    """Which fields of a record hold its id, its title and its text; None is guessed from plain names."""

    id: str | None = None
    title: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One document out of a file.

    `notes` are sentences that the person who added the file should read. `partial` says that some of the file's
    content is missing from the document, and then a note says what and why.
    """

    document: Document
    notes: tuple[str, ...] = ()
    partial: bool = False
