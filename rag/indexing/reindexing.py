"""Indexing what a library holds anew, with another embedder, other passage settings, or the rules of this Pincite."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count, islice

from core.types import Document, Passage
from ingestion.passages import PassageSettings, split
from rag.embedding.base import Embedder
from rag.library.manifest import Manifest
from rag.library.store import Library

TRIAL = "trial"
"""Where in a library's folder its copy lies while it is tried."""
_EMBED_AT_ONCE = 256

Accept = Callable[[Library], bool]


def reindex(
    library: Library,
    embedder: Embedder,
    passages: PassageSettings,
    language: str,
    progress: Callable[[int, int], None] | None = None,
    accept: Accept | None = None,
) -> int | None:
    """Split, index and embed the text of every document anew and return the number of passages.

    `accept` is shown the library as it will be, in a copy that is gone afterwards. Where it says no, nothing changes
    over and None is returned; what was embedded is kept for another time.
    `progress` hears (documents done, in all) twice: as they are embedded, then as they are stored.
    Searches find what they found before until all is ready and the library changes over in one transaction. When
    this is stopped, what was embedded is kept, and running it again goes on from there.
    Raises LibraryBusy, LibraryError.
    """
    manifest = Manifest.made_with(embedder, passages, language)
    with library.writing():
        names = [info.name for info in library.documents()]
        tell = progress or (lambda done, total: None)
        for done, name in enumerate(names, start=1):
            found = split(library.document(name), passages)
            for texts in _batches(library, manifest, found):
                library.store_embeddings(texts, embedder.embed(texts), manifest)
            tell(done, len(names))
        if accept is not None and not _accepted(library, manifest, passages, accept):
            return None
        stored = count(1)

        def split_and_tell(document: Document) -> list[Passage]:
            tell(next(stored), len(names))
            return split(document, passages)

        library.rebuild(manifest, split_and_tell)
    return library.status().passages


def _accepted(library: Library, manifest: Manifest, passages: PassageSettings, accept: Accept) -> bool:
    folder = library.folder / TRIAL
    shutil.rmtree(folder, ignore_errors=True)  # one that was killed has left it behind
    folder.mkdir()
    try:
        library.copy(folder)
        with Library.open(folder) as copy:
            copy.rebuild(manifest, lambda document: split(document, passages))
            return accept(copy)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _batches(library: Library, manifest: Manifest, passages: list[Passage]) -> Iterator[list[str]]:
    texts = iter(library.missing_embeddings((passage.indexed_text for passage in passages), manifest))
    while batch := list(islice(texts, _EMBED_AT_ONCE)):
        yield batch
