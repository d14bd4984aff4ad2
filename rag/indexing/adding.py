"""Adding files: read in child processes, embedded across documents in batches, stored in one transaction each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from core.settings import read_section
from core.types import FileResult, FileStatus
from ingestion.folder import Refused, SourceFile, printable, scan
from ingestion.passages import PassageSettings
from ingestion.readers.reading import RecordFields
from ingestion.workers import Finished, Parsed, Part, ReadingSettings, parse
from rag.embedding.base import Embedder
from rag.indexing.changes import Changes, same_text
from rag.indexing.duplicates import Duplicates, is_whole
from rag.library.rows import Source
from rag.library.store import Library

Progress = Callable[[int, int], None]

_EMBED_AT_ONCE = 256  # texts: enough for the embedder to sort by length, few enough to be heard of soon
_CHARACTERS_AT_ONCE = 1_000_000
_WAIT_AT_MOST = 2.0  # seconds that a file which was read waits for others to be embedded with
_NOTES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class AddOptions:
    """`collection` is what the files can be filtered by; "" leaves it as it was. `prune` takes out files that are
    gone. `fields` names the columns of records."""

    collection: str = ""
    prune: bool = False
    fields: RecordFields = field(default_factory=RecordFields)


def add(
    library: Library,
    embedder: Embedder,
    paths: Sequence[Path],
    options: AddOptions | None = None,
    progress: Progress | None = None,
) -> Iterator[FileResult]:
    """Add files and folders, one result a file once that is safe on disk; `progress` hears (files done, in all).

    What has not changed is not read again, and no text is embedded twice. Files that are gone are reported, and
    taken out with `options.prune`. Closing the iterator, or Ctrl-C, stops early and leaves a sound library.
    Raises LibraryBusy, LibraryError.
    """
    options = options or AddOptions()
    with library.writing():
        found = list(scan(paths))
        for done, result in enumerate(_results(library, embedder, paths, options, found), start=1):
            yield result
            if progress:
                progress(min(done, len(found)), len(found))
        library.drop_unused()
        library.refresh_index()


def _results(
    library: Library,
    embedder: Embedder,
    paths: Sequence[Path],
    options: AddOptions,
    found: Sequence[SourceFile | Refused],
) -> Iterator[FileResult]:
    changes = Changes(library, options.collection, options.fields)
    gone = changes.gone(paths)
    yield from _gone(library, gone, options.prune)
    if gone and options.prune:
        changes = Changes(library, options.collection, options.fields)
    to_read: list[SourceFile] = []
    for file in found:
        if isinstance(file, Refused):
            yield FileResult(file.path, None, file.status, None, 0, 0.0, file.reason)
        elif result := changes.unchanged(file):
            yield result
        else:
            to_read.append(file)
    yield from _Adding(library, embedder, changes, options.fields).read(to_read)


def _gone(library: Library, paths: Sequence[str], prune: bool) -> Iterator[FileResult]:
    if prune:
        library.sources.forget(paths)
    for path in paths:
        shown = printable(path)
        if prune:
            yield FileResult(shown, None, "updated", None, 0, 0.0, notes=("The file is gone: taken out.",))
        else:
            said = "The file is gone; what it said is still in the library. Add with --prune to take it out."
            yield FileResult(shown, None, "skipped", None, 0, 0.0, said)


@dataclass(slots=True)
class _File:
    """What has become of one file so far."""

    source: Source
    names: list[str] = field(default_factory=list)
    changed: bool = False
    lost: list[str] | None = None
    """What could not be read, where not all of it could."""
    notes: list[str] = field(default_factory=list)
    same_as: str | None = None
    document_id: str | None = None
    pages: int | None = None
    passages: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be stored next: a document of the file, or that it has ended."""

    file: _File
    what: Parsed | Finished
    arrived: float


class _Adding:
    """One run over the files that must be read."""

    def __init__(self, library: Library, embedder: Embedder, changes: Changes, fields: RecordFields) -> None:
        self._library = library
        self._embedder = embedder
        self._changes = changes
        self._fields = fields
        self._passages = PassageSettings(**library.manifest.passages)  # type: ignore[arg-type]
        self._limits = read_section(library.folder, "reading", ReadingSettings)
        self._duplicates = Duplicates(library)
        self._files: dict[str, _File] = {}
        self._waiting: list[_Step] = []
        self._to_embed: dict[str, None] = {}
        self._characters = 0
        self._results: list[FileResult] = []
        self._deferred: list[SourceFile] = []

    def read(self, files: Sequence[SourceFile]) -> Iterator[FileResult]:
        """Read, embed and store. Of files with the same bytes one is read, and the others after it if it failed."""
        while files:
            self._deferred = []
            with closing(parse(self._worth_reading(files), self._fields, self._passages, self._limits)) as events:
                for event in events:
                    self._take(event)
                    if self._is_time():
                        yield from self._store()
                    yield from self._said()
            yield from self._store()
            yield from self._said()
            files = self._deferred

    def _said(self) -> Iterator[FileResult]:
        while self._results:
            yield self._results.pop(0)

    def _worth_reading(self, files: Sequence[SourceFile]) -> Iterator[SourceFile]:
        """Those that differ from what the library holds, under the name that it gives them."""
        begun: set[str] = set()
        for file in files:
            try:
                source = self._changes.source(file)
            except OSError as error:
                said = f"This cannot be read: {(error.strerror or str(error)).lower()}."
                self._results.append(FileResult(printable(file.path), None, "failed", None, 0, 0.0, said))
                continue
            if result := self._changes.same_content(source):
                self._results.append(result)
            elif twin := self._changes.same_as(source):
                self._library.sources.finish(source, "skipped", [], same_as=twin)
                self._results.append(same_text(source.path, twin))
            elif source.sha256 in begun:
                self._deferred.append(file)
            else:
                begun.add(source.sha256)
                self._files[source.path] = _File(source)
                yield replace(file, name=source.name)

    def _take(self, event: Part | Finished) -> None:
        file = self._files[str(event.file.path)]
        now = time.monotonic()
        if isinstance(event, Finished):
            self._waiting.append(_Step(file, event, now))
            return
        for parsed in event.documents:
            self._characters += len(parsed.document.text)
            self._waiting.append(_Step(file, parsed, now))
            if self._duplicates.exact(parsed, file.source) is None:
                texts = (passage.indexed_text for passage in parsed.passages)
                self._to_embed |= dict.fromkeys(self._library.missing_embeddings(texts))

    def _is_time(self) -> bool:
        if len(self._to_embed) >= _EMBED_AT_ONCE or self._characters >= _CHARACTERS_AT_ONCE:
            return True
        return bool(self._waiting) and time.monotonic() - self._waiting[0].arrived > _WAIT_AT_MOST

    def _store(self) -> Iterator[FileResult]:
        texts = list(self._to_embed)
        for start in range(0, len(texts), _EMBED_AT_ONCE):
            some = texts[start : start + _EMBED_AT_ONCE]
            self._library.store_embeddings(some, self._embedder.embed(some))
        self._to_embed.clear()
        self._characters = 0
        steps, self._waiting = self._waiting, []
        for _, group in groupby(steps, key=lambda step: step.file.source.path):
            result = None
            with self._library.transaction():
                for step in group:
                    if isinstance(step.what, Parsed):
                        self._put(step.file, step.what)
                    else:
                        result = self._finish(step.file, step.what, step.arrived)
            if result:
                yield result

    def _put(self, file: _File, parsed: Parsed) -> None:
        twin = self._duplicates.exact(parsed, file.source)
        if twin and os.path.lexists(twin.path):
            if parsed.document.name == file.source.name:
                file.same_as = twin.name
            else:
                file.notes.append(f"{parsed.document.name} says the same as {twin.name}, and was left out.")
            return
        notes = list(parsed.notes)
        if twin:
            self._library.discard(twin.name)
            self._duplicates.forget(twin.name)
            notes.append(f"It takes the place of {twin.name}, whose file is gone.")
        notes += self._duplicates.near(parsed, file.source)
        parsed, renaming = self._under_free_name(parsed, file.source)
        notes += renaming
        document = parsed.document
        status = self._library.put(
            document,
            parsed.passages,
            self._embedder.embed,
            file.source,
            notes=notes,
            partial=parsed.partial,
            fingerprint=parsed.fingerprint if is_whole(parsed, file.source) else None,
            signature=parsed.signature if is_whole(parsed, file.source) else None,
        )
        file.names.append(document.name)
        file.changed |= status != "unchanged"
        if parsed.partial:
            file.lost = [*(file.lost or ()), *parsed.notes]
        file.notes += notes
        file.passages += len(parsed.passages)
        if document.name == file.source.name:
            file.document_id, file.pages = document.id, len(document.page_starts) or None

    def _under_free_name(self, parsed: Parsed, source: Source) -> tuple[Parsed, list[str]]:
        """Two files may give a record the same id: the later one is told apart by its file's name."""
        document = parsed.document
        if self._changes.is_free(document.name, source.path):
            return parsed, []
        renamed = replace(document, name=f"{source.name}#{document.name}")
        passages = tuple(replace(passage, document_id=renamed.id) for passage in parsed.passages)
        note = f"{document.name} is the name of another document; this one is called {renamed.name}."
        return replace(parsed, document=renamed, passages=passages), [note]

    def _finish(self, file: _File, finished: Finished, arrived: float) -> FileResult:
        status, error = self._outcome(file, finished)
        said = set(file.lost or ()) if status == "partial" and not finished.error else set()
        return FileResult(
            printable(file.source.path),
            file.document_id,
            status,
            file.pages,
            file.passages,
            round(finished.seconds + time.monotonic() - arrived, 3),
            error,
            _shortened([note for note in file.notes if note not in said]),
        )

    def _outcome(self, file: _File, finished: Finished) -> tuple[FileStatus, str | None]:
        known = self._changes.known(file.source.path)
        if finished.error and not file.names:
            kept = " What was added of it before is still in the library." if known and known.passages else ""
            return "failed", f"{finished.error}{kept}"
        if finished.error:
            return "partial", str(finished.error)
        if file.same_as:
            self._library.sources.finish(file.source, "skipped", file.names, file.notes, file.same_as)
            return "skipped", same_text(file.source.path, file.same_as).error
        status: FileStatus = "added" if file.lost is None else "partial"
        removed = self._library.sources.finish(file.source, status, file.names, _shortened(file.notes))
        self._changes.completed(file.source)
        if file.lost is not None:
            return "partial", " ".join(_shortened(file.lost)) or None
        if known is None or known.status in ("adding", "skipped"):
            return "added", None
        return ("updated" if file.changed or removed else "unchanged"), None


def _shortened(notes: Sequence[str]) -> tuple[str, ...]:
    """A table with a thousand odd rows would say so a thousand times."""
    distinct = tuple(dict.fromkeys(notes))
    if len(distinct) <= _NOTES_SHOWN:
        return distinct
    return (*distinct[:_NOTES_SHOWN], f"And {len(distinct) - _NOTES_SHOWN} more notes of this kind.")
