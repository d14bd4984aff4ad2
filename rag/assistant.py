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

import fnmatch
import threading
from collections.abc import Callable, Sequence
from collections.abc import Generator as Stream
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, TypeAlias

from core.errors import DocumentError, NoSuchDocument, PinciteError, UsageError
from core.settings import read_section
from core.types import (
    Answer,
    Document,
    EvidenceFound,
    FileResult,
    Filters,
    Hit,
    SentenceChecked,
    Turn,
    Waiting,
)
from core.weights import locate, sha256_of, verify
from ingestion.passages import PassageSettings
from ingestion.readers.database import copy_table, table_source
from ingestion.readers.reading import RecordFields
from rag.embedding.base import Embedder
from rag.embedding.open import open_embedder
from rag.engines.base import EngineSettings, Generator
from rag.engines.open import open_generator
from rag.engines.queue import Queue
from rag.judge.open import Judges
from rag.library.manifest import Manifest
from rag.library.rows import DocumentInfo
from rag.library.store import Library
from rag.once import Once
from rag.retrieval.retriever import RetrievalSettings, Retriever

if TYPE_CHECKING:
    from rag.chain.chain import AnswerChain, Question

StreamEvent: TypeAlias = EvidenceFound | Waiting | SentenceChecked | Answer
Thumbs: TypeAlias = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """What `pincite status` shows. Counts are of now; `model` is the name set, loaded or not; `bytes` is the
    folder's size on disk. `outdated`: files that this Pincite reads otherwise than the one that read them."""

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
    outdated: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `pincite doctor`: what was checked, whether it is well, and a sentence with the remedy if not."""

    name: str
    ok: bool
    message: str


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """[embedding] of pincite.toml: the name of the embedder that a new library is made with; None goes by language."""

    embedder: str | None = None


_TABLES = "tables"
"""Where under the library's folder the rows of database tables are copied to."""
_EMBEDDERS = {"en": "minilm", "zh": "use", None: "bilingual"}


class Assistant:
    """A library folder, opened: documents in, checked answers with pincites out."""

    def __init__(self, library: Library, generator: Generator | None = None) -> None:
        """Use `open`; with `generator` given, that one phrases the answers instead of the one in the settings."""
        self._library = library
        self._engine = read_section(library.folder, "engine", EngineSettings)
        self._judges = Judges(library.folder)
        self._search_with(open_embedder(library.manifest.embedder))
        self._generator = Once(lambda: generator or open_generator(self._engine))
        self._queue = Queue()
        self._chain = Once(self._new_chain)

    def _search_with(self, embedder: Embedder) -> None:
        self._embedder = embedder
        retrieval = read_section(self._library.folder, "retrieval", RetrievalSettings)
        self._retriever = Retriever(self._library, embedder, retrieval, self._judges)

    @classmethod
    def open(cls, folder: Path, *, create: bool = False, language: str | None = None, anew: bool = False) -> Assistant:
        """The library in `folder`. With `create`, a folder that holds none gets a new one, whose embedder suits
        `language`: "en", "zh", or None for both. Loads nothing heavy. `anew` lets a library be opened that was made
        with other settings, for `reindex`.

        Raises NotALibrary, ManifestMismatch, SettingsError.
        """
        if create and not Library.exists(folder):
            embedder, passages = _wanted(folder, _EMBEDDERS[language])
            return cls(Library.create(folder, Manifest.made_with(embedder, passages, language or "mixed")))
        library = Library.open(folder)
        held = library.manifest
        embedder, passages = _wanted(folder, held.embedder)
        if not anew:
            held.check(Manifest.made_with(embedder, passages, held.language))
        return cls(library)

    def add(
        self,
        paths: Sequence[Path | str],
        *,
        collection: str = "",
        prune: bool = False,
        fields: RecordFields | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Stream[FileResult, None, None]:
        """Reads files, folders and database tables (as text, DATABASE-URL#TABLE) into the library, yielding what became
        of each as it is done.

        Incremental by content: what has not changed is not read again. `prune` removes what stood under the given
        folders and is gone. `fields` names the columns of records.
        `progress` is called with (files done, files in all). Closing the iterator, or Ctrl-C, stops early and
        leaves a sound library. One bad file is a FileResult with a sentence and never stops the rest.
        Raises LibraryBusy while another process is adding, UsageError for a database or a table that is not there.
        """
        from rag.indexing import AddOptions, add  # here, as in `reindex`: `status` and `search` start sooner

        options = AddOptions(collection, prune, fields or RecordFields())
        files = [self._copied(path) if isinstance(path, str) else path for path in paths]
        yield from add(self._library, self._embedder, files, options, progress)

    def _copied(self, source: str) -> Path:
        table = table_source(source)
        return copy_table(*table, self._library.folder / _TABLES) if table else Path(source)

    def remove(self, names: Sequence[str]) -> list[str]:
        """Removes the documents of these names, which may be globs; gives the names removed. All or nothing.

        Raises NoSuchDocument naming the first that matches none.
        """
        held = [info.name for info in self._library.documents()]
        chosen: dict[str, None] = {}
        for name in names:
            matching = [name] if name in held else fnmatch.filter(held, name)
            if not matching:
                raise NoSuchDocument(
                    f"Removing {name!r}: the library holds no document of that name. "
                    "`pincite documents` lists what it holds."
                )
            chosen.update(dict.fromkeys(matching))
        self._library.remove(chosen)
        return list(chosen)

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The `k` best passages, best first. Raises UsageError for an empty question or k below 1."""
        if k < 1:
            raise UsageError(f"Searching: {k} passages were asked for; it takes 1 or more.")
        return self._retriever.search(_asked(question), k, filters or Filters())

    def ask(
        self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None, client: str = ""
    ) -> Answer:
        """The checked answer; `history` is the conversation so far, oldest first. See `stream`."""
        *_, answer = self.stream(question, history, filters, client)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        client: str = "",
        cancelled: threading.Event | None = None,
    ) -> Stream[StreamEvent, None, None]:
        """EvidenceFound, Waiting while others are before, a SentenceChecked for each sentence of the draft that
        passed, then the Answer, once.

        Where the evidence is weak there is only the Answer, its status not_found and its hits the nearest passages.
        Closing the iterator stops the model; so does setting `cancelled`, in any thread, and then no Answer comes.
        Each question is recorded, and `Answer.id` is its row. `client` is who asks: among several, none waits for all
        the questions of another.
        Raises UsageError for an empty question, QueueFull, EngineError.
        """
        from rag.chain.chain import Question  # here, since importing LangChain takes longer than a search

        asked = Question(_asked(question), tuple(history), filters or Filters(), client)
        return self._events(replace(asked, cancelled=cancelled) if cancelled else asked)

    def _events(self, question: Question) -> Stream[StreamEvent, None, None]:
        with closing(self._chain.get().stream(question)) as events:
            for event in events:
                if isinstance(event, Answer):
                    if question.cancelled.is_set():
                        return
                    event = replace(event, id=str(self._library.journal.record_answer(event)))
                yield event

    def _new_chain(self) -> AnswerChain:
        from rag.answer.answer import AnswerSettings
        from rag.chain.chain import AnswerChain

        settings = read_section(self._library.folder, "answer", AnswerSettings)
        return AnswerChain(self._retriever, self._embedder, self._generator.get, settings, self._queue, self._judges)

    def documents(self, filters: Filters | None = None) -> list[DocumentInfo]:
        """What the library holds, by name. Loads nothing heavy."""
        return self._library.documents(filters or Filters())

    def document(self, name_or_id: str) -> Document:
        """One document with its text. Raises NoSuchDocument."""
        return self._library.document(name_or_id)

    def page_picture(self, document_id: str, page: int, start: int | None = None, end: int | None = None) -> bytes:
        """The page as PNG, with the characters start..end of the document's text marked on it.

        Raises NoSuchDocument; DocumentError where the format has no pages, or where the file that was read is gone
        or has changed since.
        """
        info, document = self._library.info(document_id), self._library.document(document_id)
        path = Path(info.source_path)
        drawing = f"Drawing page {page} of {document.name}"
        if not document.boxes:
            raise DocumentError(f"{drawing}: it has no pages that can be drawn; show its text instead.")
        if not path.is_file() or sha256_of(path) != document.source_hash:
            raise DocumentError(
                f"{drawing}: {path} is gone or is not the file that was read. Add it again with `pincite add`."
            )
        parts = [] if start is None else [box.part(start, end or start + 1) for box in document.boxes]
        marked = [part for part in parts if part is not None]
        from ingestion.readers.mail import attached
        from ingestion.readers.pdf_picture import page_picture

        _, *inside = document.name.removeprefix(info.source_name).split("/")
        with attached(path, info.source_name, inside) as file:
            return page_picture(file, page, marked)

    def feedback(self, answer_id: str, thumbs: Thumbs | None, comment: str = "") -> None:
        """Records what the reader thought of an answer; said again, it replaces. Raises UsageError for what is no
        answer's id, LibraryError for an id that no answer has."""
        if not answer_id.isascii() or not answer_id.isdigit():
            raise UsageError(f"Recording feedback: {answer_id!r} is no answer's id; an Answer's `id` is a number.")
        self._library.journal.record_feedback(int(answer_id), thumbs, comment)

    def status(self) -> LibraryStatus:
        """Figures about the library, in well under a second."""
        found, manifest = self._library.status(), self._library.manifest
        return LibraryStatus(
            str(self._library.folder),
            found.documents,
            found.passages,
            found.bytes,
            manifest.language,
            manifest.embedder,
            manifest.dimension,
            self._engine.endpoint_model or self._engine.model,
            self._library.journal.count_answers(),
            tuple(sorted({info.collection for info in self._library.documents()})),
            len(self._library.sources.outdated()),
        )

    def reindex(
        self,
        progress: Callable[[int, int], None] | None = None,
        accept: Callable[[Library], bool] | None = None,
    ) -> int | None:
        """Splits and embeds the text of every document anew, by the present settings and rules; gives the number of
        passages. No file is read: `add` does that, also where this Pincite reads a file otherwise than before.

        Until it is done, searches find what they found before. `progress` is called with (documents done, in all), as
        they are embedded and again as they are stored. `accept` is shown a copy of the library as it will be; where it
        says no, nothing changes and None is given: see `rag.evaluation.reindexed`.
        Raises LibraryBusy.
        """
        from rag.indexing import reindex

        held = self._library.manifest
        embedder, passages = _wanted(self._library.folder, held.embedder)
        found = reindex(self._library, embedder, passages, held.language, progress, accept)
        if found is None:
            return None
        self._library.refresh_index()
        self._search_with(embedder)
        self._chain.forget()
        return found

    def use_model(self, settings: EngineSettings) -> None:
        """Lets another model phrase from the next answer on; the one under way ends with the present model, which is
        freed then. Until it is opened, questions are answered as before; for a moment both are in memory.

        Raises what opening it raises (WeightsError, ModelUnloadable, MissingDependency), and QueueFull; then nothing
        has changed.
        """
        opened = open_generator(settings)
        try:
            with self._queue.join("another model") as ticket:
                for _ in ticket:
                    pass
                self._engine, before = settings, self._generator.replace(opened)
        except BaseException:
            opened.close()
            raise
        if before:
            before.close()

    def warm(self) -> None:
        """Loads all that an answer needs, so that the first question does not wait for it.

        Raises WeightsError, ModelUnloadable, MissingDependency.
        """
        self.search("warm", k=1)
        self._judges.load(self._library.manifest.language)
        chain = self._chain.get()
        if chain.drafts:
            self._generator.get()

    def obstacles(self) -> list[str]:
        """What stands in the way of answering, each a sentence; empty when nothing does. Loads nothing."""
        checks = [_checked("library", lambda: str(self._library.status())), _checked("model", self._model_found)]
        return [check.message for check in checks if not check.ok]

    def doctor(self) -> list[Check]:
        """Checks library, embedder, judges, model and engine, each a line with its remedy; loads all but the model."""
        return [
            _checked("library", self._library_sound),
            _checked("embedder", self._embedder_works),
            _checked("judge", self._judge_at_work),
            _checked("model", self._model_in_place),
        ]

    def _library_sound(self) -> str:
        self._library.check()
        found = self._library.status()
        self._library.refresh_index()
        return f"{found.documents} documents, {found.passages} passages, the vector index in step with them"

    def _embedder_works(self) -> str:
        dimension = len(self._embedder.embed_query("pincite"))
        return f"{self._embedder.name}, {dimension} numbers a passage, as the library was made with"

    def _judge_at_work(self) -> str:
        from rag.answer.answer import AnswerSettings

        loaded, settings = self._judges.load(), read_section(self._library.folder, "answer", AnswerSettings)
        price = self._judges.price(settings.wrong_at_most)
        return f"{loaded}; of questions with an answer wrong_at_most = {settings.wrong_at_most:g} left out {price}"

    def _model_found(self) -> str:
        return "" if self._engine.endpoint else str(locate(self._engine.model))

    def _model_in_place(self) -> str:
        if self._engine.endpoint:
            return f"{self._engine.endpoint_model} at {self._engine.endpoint}; it was not contacted"
        path = verify(self._engine.model)
        return f"{self._engine.model} at {path}, {path.stat().st_size / 1e6:.0f} MB"

    def close(self) -> None:
        """Stops the model and closes the library; a second call does nothing."""
        if generator := self._generator.forget():
            generator.close()
        self._library.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _wanted(folder: Path, embedder: str) -> tuple[Embedder, PassageSettings]:
    """What the settings say a library is to be made with; `embedder` where they name none."""
    chosen = read_section(folder, "embedding", EmbeddingSettings).embedder or embedder
    return open_embedder(chosen), read_section(folder, "passages", PassageSettings)


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except PinciteError as error:
        return Check(name, False, str(error))


def _asked(question: str) -> str:
    if not question.strip():
        raise UsageError("Asking: the question is empty. Say what you want to know.")
    return question.strip()
