"""Assistant: the one thing that the faces call.

    with Assistant.open(Path("library"), create=True) as assistant:
        for result in assistant.add([Path("contracts")]):
            print(result.path, result.status)
        print(assistant.ask("When does the contract end?").text)

Everything heavy is loaded when it is first needed: `status` and `documents` load neither embedder nor model,
`search` loads the embedder alone. An Assistant may be shared by threads; the model answers one question at a time,
first come first served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, TypeAlias

from core.types import (
    Answer,
    Document,
    EvidenceFound,
    FileResult,
    Filters,
    Hit,
    SentenceChecked,
    Turn,
)
from ingestion.readers.reading import RecordFields
from rag.library.rows import DocumentInfo

StreamEvent: TypeAlias = EvidenceFound | SentenceChecked | Answer
Thumbs: TypeAlias = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """What `pincite status` shows. Counts are of now; `model` is the name set, loaded or not; `bytes` is the
    folder's size on disk."""

    folder: str
    documents: int
    passages: int
    bytes: int
    language: str
    embedder: str
    dimension: int
    model: str
    questions: int
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `pincite doctor`: what was checked, whether it is well, and a sentence with the remedy if not."""

    name: str
    ok: bool
    message: str


class Assistant:
    """A library folder, opened: documents in, checked answers with pincites out."""

    @classmethod
    def open(cls, folder: Path, *, create: bool = False, language: str | None = None) -> Assistant:
        """The library in `folder`. With `create`, a folder that holds none gets a new one, whose embedder suits
        `language`: "en", "zh", or None for both. Loads nothing heavy.

        Raises NotALibrary, ManifestMismatch, SettingsError.
        """
        raise NotImplementedError

    def add(
        self,
        paths: Sequence[Path],
        *,
        collection: str = "",
        prune: bool = False,
        fields: RecordFields | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[FileResult]:
        """Reads files and folders into the library, yielding what became of each file or record as it is done.

        Incremental by content: what has not changed is not read again. `prune` removes what stood under the given
        folders and is gone. `fields` names the columns of records.
        `progress` is called with (files done, files in all). Closing the iterator, or Ctrl-C, stops early and
        leaves a sound library. One bad file is a FileResult with a sentence and never stops the rest.
        """
        raise NotImplementedError

    def remove(self, names: Sequence[str]) -> list[str]:
        """Removes the documents of these names, which may be globs; gives the names removed. All or nothing.

        Raises NoSuchDocument naming the first that matches none.
        """
        raise NotImplementedError

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The `k` best passages, best first. Raises UsageError for an empty question or k below 1."""
        raise NotImplementedError

    def ask(self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """The checked answer; `history` is the conversation so far, oldest first. See `stream`."""
        raise NotImplementedError

    def stream(
        self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Iterator[StreamEvent]:
        """EvidenceFound, then a SentenceChecked for each sentence of the draft that passed, then the Answer, once.

        Where the evidence is weak there is only the Answer, its status not_found and its hits the nearest passages.
        Closing the iterator stops the model. Each question is recorded, and `Answer.id` is its row.
        Raises UsageError for an empty question, QueueFull, EngineError.
        """
        raise NotImplementedError

    def documents(self, filters: Filters | None = None) -> list[DocumentInfo]:
        """What the library holds, by name. Loads nothing heavy."""
        raise NotImplementedError

    def document(self, name_or_id: str) -> Document:
        """One document with its text. Raises NoSuchDocument."""
        raise NotImplementedError

    def page_picture(self, document_id: str, page: int, start: int | None = None, end: int | None = None) -> bytes:
        """The page as PNG, with the characters start..end of the document's text marked on it.

        Raises NoSuchDocument; DocumentError where the format has no pages, or where the file that was read is gone
        or has changed since.
        """
        raise NotImplementedError

    def feedback(self, answer_id: str, thumbs: Thumbs | None, comment: str = "") -> None:
        """Records what the reader thought of an answer; said again, it replaces. Raises UsageError for an id that
        no answer has."""
        raise NotImplementedError

    def status(self) -> LibraryStatus:
        """Figures about the library, in well under a second."""
        raise NotImplementedError

    def reindex(self) -> int:
        """Builds the vector index anew out of the database; gives the number of passages in it."""
        raise NotImplementedError

    def doctor(self) -> list[Check]:
        """Checks the folder, database, index, manifest, weights and engine, each a line with its remedy."""
        raise NotImplementedError

    def close(self) -> None:
        """Stops the model and closes the library; a second call does nothing."""
        raise NotImplementedError

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
