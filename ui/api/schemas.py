"""What goes over the wire, typed: the contract of the HTTP API. `ui/jsonform.py` fills these in."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.types import AnswerStatus, FileStatus, Filters, MetadataValue, Support, Turn

JobState = Literal["waiting", "running", "done", "failed"]


class Body(BaseModel):
    """Base of all requests: a key that is not known is an error and not ignored."""

    model_config = ConfigDict(extra="forbid")


class FiltersBody(Body):
    """Which documents to look in; empty means all. Names may be globs; dates are ISO days, both inclusive."""

    collections: list[str] = []
    documents: list[str] = []
    media_types: list[str] = []
    metadata: dict[str, str] = {}
    since: str | None = Field(default=None, examples=["2026-01-31"])
    until: str | None = Field(default=None, examples=["2026-12-31"])

    @field_validator("since", "until")
    @classmethod
    def day(cls, value: str | None) -> str | None:
        """A day that there is; one that is not would quietly match nothing."""
        try:
            return None if value is None else date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise ValueError(f"it is {value!r} and takes a day, as in 2026-01-31") from error

    def filters(self) -> Filters:
        """As the assistant takes them."""
        return Filters(
            collections=tuple(self.collections),
            documents=tuple(self.documents),
            media_types=tuple(self.media_types),
            metadata=tuple(self.metadata.items()),
            since=self.since,
            until=self.until,
        )


class TurnBody(Body):
    """One earlier exchange of the conversation."""

    question: str
    answer: str

    def turn(self) -> Turn:
        """As the assistant takes it."""
        return Turn(self.question, self.answer)


class AskBody(Body):
    """A question; `history` is the conversation so far, oldest first. `stream` asks for server-sent events.

    `client` is any text that tells one user from another: where several wait for the model, they take turns."""

    question: str = Field(max_length=10_000, examples=["What does error E-204 mean?"])
    history: list[TurnBody] = Field([], max_length=50)
    filters: FiltersBody = FiltersBody()
    client: str = Field("", max_length=100)
    stream: bool = False


class SearchBody(Body):
    """A question, and how many passages to give back."""

    question: str = Field(max_length=10_000, examples=["notice period"])
    k: int = Field(10, ge=1, le=100)
    filters: FiltersBody = FiltersBody()


class FeedbackBody(Body):
    """What the reader thought of the answer with this id. Said again, it replaces; null takes the thumb back."""

    answer_id: str
    thumbs: Literal["up", "down"] | None
    comment: str = Field("", max_length=4_000)


class HitOut(BaseModel):
    """A passage that was found. `text` is the document's text from start to end; `page` counts from 1, null where
    the format has no pages. A part of the score that took no part is null."""

    rank: int
    score: float
    document: str
    document_id: str
    page: int | None
    heading: list[str]
    start: int
    end: int
    text: str
    metadata: dict[str, MetadataValue]
    media_type: str
    lexical: float | None
    dense: float | None
    rerank: float | None
    also_in: list[str]


class CitationOut(BaseModel):
    """The exact place that supports a sentence: `quote` is the document's text from start to end."""

    document: str
    document_id: str
    page: int | None
    start: int
    end: int
    quote: str


class SentenceOut(BaseModel):
    """One sentence. `verbatim`: the quote itself; `supported`: phrased by the model and checked against its quotes."""

    text: str
    support: Support
    citations: list[CitationOut]


class TimingsOut(BaseModel):
    """Seconds since the question came in, and tokens; `first_token_s` is null where no model was asked."""

    retrieve_s: float
    first_token_s: float | None
    total_s: float
    prompt_tokens: int
    output_tokens: int


class ModelOut(BaseModel):
    """Which model phrased the answer."""

    name: str
    sha256: str | None
    adapter: str | None


class AnswerOut(BaseModel):
    """An answer. When `status` is `not_found`, `hits` are the nearest passages, and are no answer. `text` is the
    sentences joined; `answer_id` is what feedback names."""

    status: AnswerStatus
    sentences: list[SentenceOut]
    hits: list[HitOut]
    timings: TimingsOut
    model: ModelOut | None
    question: str
    text: str
    notes: list[str]
    answer_id: str


class SearchOut(BaseModel):
    """The best passages, best first."""

    hits: list[HitOut]
    seconds: float


class DocumentOut(BaseModel):
    """One document of the library. `added` is an ISO time in UTC; `date` the day that filters by date go by; `source`
    the path that was read; `partial` says that some of the file is missing, and `error` says what."""

    id: str
    name: str
    media_type: str
    collection: str
    pages: int | None
    passages: int
    added: str
    date: str | None
    partial: bool
    source: str
    metadata: dict[str, MetadataValue]
    notes: list[str]


class DocumentsOut(BaseModel):
    """A page of the list of documents, by name; `total` counts all that match."""

    documents: list[DocumentOut]
    total: int


class RemovedOut(BaseModel):
    """The names that were removed."""

    removed: list[str]


class FileResultOut(BaseModel):
    """What became of one file or record. `error` is a sentence, null when all went well."""

    path: str
    document_id: str | None
    status: FileStatus
    pages: int | None
    passages: int
    seconds: float
    error: str | None
    notes: list[str]


class JobOut(BaseModel):
    """Files being added. `results` has a line for each file that is through; `error` says why the job as a whole
    failed, null otherwise. `waiting`: another job is before this one."""

    id: str
    state: JobState
    files_total: int
    files_done: int
    passages: int
    seconds: float
    results: list[FileResultOut]
    error: str | None


class TextOut(BaseModel):
    """The characters start..end of a document's text as `quote`, with what stands `before` and `after` it. `pages`
    counts the pages that can be shown as pictures; null where the format has none, and the text is all there is."""

    document: str
    document_id: str
    page: int | None
    pages: int | None
    start: int
    end: int
    before: str
    quote: str
    after: str


class StatusOut(BaseModel):
    """The library's figures."""

    library: str
    documents: int
    passages: int
    bytes: int
    language: str
    embedder: str
    dimension: int
    model: str
    questions: int
    collections: list[str]
    outdated: int


class HealthOut(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadyOut(BaseModel):
    """Whether questions can be answered now; `reasons` says what stands in the way."""

    ready: bool
    reasons: list[str]


class ErrorDetail(BaseModel):
    """`kind` is the name of the error, as in `no_such_document`; `message` a sentence with the remedy."""

    kind: str
    message: str


class ErrorOut(BaseModel):
    """What every request that fails gets."""

    error: ErrorDetail
