"""What adding a path again means for each file: unchanged, gone, the same as another, or to be read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from core.types import FileResult
from ingestion.folder import SourceFile
from ingestion.readers.reading import RecordFields
from rag.library.rows import Source, compact
from rag.library.sources import KnownSource
from rag.library.store import Library


class Changes:
    """Compares files with what the library knows of them, and gives each a name that no other has."""

    def __init__(self, library: Library, collection: str, fields: RecordFields) -> None:
        self._library = library
        self._collection = collection
        self._options = compact(asdict(fields)) if fields != RecordFields() else ""
        self._known = library.sources.known()
        self._outdated = library.sources.outdated()
        self._named: dict[str, str] = {}
        self._complete: dict[tuple[str, str], Source] = {}
        for known in self._known.values():
            if known.status in ("added", "partial"):
                self.completed(known.source)

    def known(self, path: str) -> KnownSource | None:
        """What the library knows of the file."""
        return self._known.get(path)

    def gone(self, given: Sequence[Path]) -> list[str]:
        """The files that were added from under the given paths and are no longer there, sorted."""
        roots = [path.expanduser().absolute() for path in given]
        roots += [Path(os.path.realpath(root)) for root in roots]  # unlike resolve, it lets a link lead in a circle
        under = (path for path in self._known if any(Path(path).is_relative_to(root) for root in roots))
        return sorted(path for path in under if not os.path.lexists(path))

    def unchanged(self, file: SourceFile) -> FileResult | None:
        """The result for a file of which size, time and options are as they were; None when it must be looked at."""
        known = self.known(str(file.path))
        if known is None or not self._read_as_now(known):
            return None
        if (known.source.size, known.source.mtime_ns) != (file.size, file.mtime_ns):
            return None
        return self._kept(known)

    def same_content(self, source: Source) -> FileResult | None:
        """The same for a file whose time has changed but not its content."""
        known = self.known(source.path)
        if known is None or not self._read_as_now(known):
            return None
        if known.source.sha256 != source.sha256:
            return None
        self._library.sources.touch(source.path, source.mtime_ns)
        return self._kept(known)

    def same_as(self, source: Source) -> str | None:
        """The name of another file of the collection that is there, is in the library, and holds the same bytes."""
        other = self._complete.get((source.sha256, source.collection))
        return other.name if other and other.path != source.path and os.path.lexists(other.path) else None

    def completed(self, source: Source) -> None:
        """Note that a file has been added."""
        self._complete.setdefault((source.sha256, source.collection), source)

    def source(self, file: SourceFile) -> Source:
        """The file as the library will know it, its content hashed. Raises OSError when it cannot be read."""
        path = str(file.path)
        with file.path.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        known = self.known(path)
        return Source(
            path,
            file.size,
            file.mtime_ns,
            sha256,
            self._collection or (known.source.collection if known else ""),
            datetime.fromtimestamp(file.mtime_ns / 1e9, UTC).date().isoformat(),
            self._name(file, known),
            self._options,
        )

    def _name(self, file: SourceFile, known: KnownSource | None) -> str:
        if known:
            return known.source.name
        path = str(file.path)
        for name in _names(file):
            if self._named.setdefault(name, path) == path and self.is_free(name, path):
                return name
        return path

    def is_free(self, name: str, path: str) -> bool:
        """Whether the file at `path` may call a document so: no other file that is still there has the name."""
        owner = self._library.sources.owner(name)
        return owner in (None, path) or not os.path.lexists(str(owner))

    def _read_as_now(self, known: KnownSource) -> bool:
        """Whether it was read to its end, with these options, as this Pincite would read it."""
        same = known.source.options == self._options and self._collection in ("", known.source.collection)
        return same and known.status != "adding" and known.source.path not in self._outdated

    def _kept(self, known: KnownSource) -> FileResult | None:
        path = known.source.path
        if known.same_as is None:
            return FileResult(path, known.document_id, "unchanged", known.pages, known.passages, 0.0, notes=known.notes)
        if all(source.name != known.same_as for source in self._complete.values()):
            return None
        return same_text(path, known.same_as)


def same_text(path: str, name: str) -> FileResult:
    """The result for a file that is not indexed since its text is in the library already."""
    return FileResult(path, None, "skipped", None, 0, 0.0, f"It says the same as {name}, which is in the library.")


def _names(file: SourceFile) -> Iterator[str]:
    """The name relative to what was added, then with one more of the folders above it each time."""
    yield file.name
    name = file.name
    for parent in (file.root, *file.root.parents):
        if parent.name:
            name = f"{parent.name}/{name}"
            yield name
