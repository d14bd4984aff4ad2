"""Which documents of the library say the same as one that comes in, exactly or nearly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingestion.duplicates import NEAR
from ingestion.workers import Parsed
from rag.library.rows import Source
from rag.library.store import Library


@dataclass(frozen=True, slots=True)
class Twin:
    """A document of the same text, and the path of its file."""

    name: str
    path: str


class Duplicates:
    """Compares with the documents of other files. Records are left out: what tells them apart may be metadata."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._signatures = {
            name: _numbers(signature) for name, signature in library.sources.signatures().items() if signature
        }

    def exact(self, parsed: Parsed, source: Source) -> Twin | None:
        """The document of its collection that says the same, letter by letter; None where there is none but itself."""
        if not parsed.signature or not is_whole(parsed, source):
            return None
        same = self._library.sources.same_text(parsed.fingerprint, source.collection)
        if same is None or same[0] == parsed.document.name or same[1] == source.path:
            return None
        return Twin(*same)

    def forget(self, name: str) -> None:
        """The document is no longer in the library."""
        self._signatures.pop(name, None)

    def near(self, parsed: Parsed, source: Source) -> list[str]:
        """A note when another document is nearly the same; and from now on others are compared with this one."""
        if not parsed.signature or not is_whole(parsed, source):
            return []
        mine = _numbers(parsed.signature)
        self.forget(parsed.document.name)
        notes: list[str] = []
        if self._signatures:
            alike = (np.stack(list(self._signatures.values())) == mine).mean(axis=1)
            best = int(alike.argmax())
            if alike[best] >= NEAR:
                notes.append(f"Nearly the same as {list(self._signatures)[best]}: {alike[best]:.0%} of it is in both.")
        self._signatures[parsed.document.name] = mine
        return notes


def _numbers(signature: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(signature, dtype="<u4")


def is_whole(parsed: Parsed, source: Source) -> bool:
    """Whether it is a file or an attachment of one, and not a record."""
    name = parsed.document.name
    return name == source.name or name.startswith(f"{source.name}/")
