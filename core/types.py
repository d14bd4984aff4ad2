"""The types that cross a border between two rooms. All frozen; ids are content hashes.

Offsets are Python character offsets into a document's canonical text, end exclusive, and always hold:
`document.text[passage.start:passage.end] == passage.text`, and the same for a citation and its quote.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

MetadataValue: TypeAlias = str | int | float | bool | None
BlockKind = Literal["heading", "text", "item", "table", "code"]
FileStatus = Literal["added", "updated", "unchanged", "partial", "skipped", "failed"]
Support = Literal["verbatim", "supported", "unsupported"]
AnswerStatus = Literal["answered", "not_found"]


def content_id(*parts: str) -> str:
    """32 hex digits of the SHA-256 over the parts, each closed by a NUL so that no two splits collide."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\0")
    return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Box:
    """Where the characters start..end of the canonical text stand on a page: one line of a PDF or a scan.

    `page` counts from 1. Coordinates are PDF points (1/72 inch), the origin in the page's lower left corner.
    """

    start: int
    end: int
    page: int
    left: float
    bottom: float
    right: float
    top: float

    def part(self, start: int, end: int) -> Box | None:
        """Where the characters start..end stand on this line, as if all were of one width; None where none do."""
        start, end = max(start, self.start), min(end, self.end)
        if start >= end:
            return None
        width = (self.right - self.left) / (self.end - self.start)
        left, right = self.left + (start - self.start) * width, self.left + (end - self.start) * width
        return Box(start, end, self.page, left, self.bottom, right, self.top)


@dataclass(frozen=True, slots=True)
class Block:
    """One structural piece of the canonical text; blocks are in order and do not overlap.

    `level` is the depth of a heading, 1 the outermost. A table holds one row a line, cells parted by " | ";
    its first `header_rows` lines are the header.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    header_rows: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """One document in canonical form.

    `name` is the path relative to what was added, or the record's id; it is unique in a library.
    `page_starts` holds the offset at which each page begins (page 1 first), and is empty where a format has
    no pages. `outline` is the headings in reading order, as the PDF's own outline or as inferred.
    `source_hash` is the SHA-256 of the source's bytes. `metadata` is flat.
    """

    name: str
    media_type: str
    text: str
    source_hash: str
    page_starts: tuple[int, ...] = ()
    blocks: tuple[Block, ...] = ()
    boxes: tuple[Box, ...] = ()
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Hash of name and text: the same document read again has the same id."""
        return content_id(self.name, self.text)

    @property
    def outline(self) -> tuple[tuple[int, str, int | None], ...]:
        """The headings as (level, title, page)."""
        return tuple(
            (block.level, self.text[block.start : block.end], self.page_at(block.start))
            for block in self.blocks
            if block.kind == "heading"
        )

    def page_at(self, offset: int) -> int | None:
        """The page, from 1, on which the character at `offset` stands; None where there are no pages."""
        return bisect_right(self.page_starts, offset) or 1 if self.page_starts else None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document that is found, shown and cited as a whole.

    `heading` is the path of headings above it, outermost first. `header` is the header row of the table that
    it was cut out of, "" otherwise. `boxes` are the lines it stands on, for PDFs and scans.
    """

    document_id: str
    start: int
    end: int
    text: str
    page: int | None = None
    heading: tuple[str, ...] = ()
    header: str = ""
    boxes: tuple[Box, ...] = ()

    @property
    def id(self) -> str:
        """Hash of the document and the place."""
        return content_id(self.document_id, str(self.start), str(self.end))

    @property
    def indexed_text(self) -> str:
        """What is embedded and indexed: heading path and table header before the text itself."""
        return "\n".join(part for part in (" > ".join(self.heading), self.header, self.text) if part)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with the parts of its score; a part that took no part is None."""

    passage: Passage
    document: str
    media_type: str
    score: float
    lexical: float | None = None
    dense: float | None = None
    rerank: float | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    also_in: tuple[str, ...] = ()
    """Names of other documents whose near-identical passage was folded into this hit."""
    named: tuple[str, ...] = ()
    """Words of the question that the hit's document is known by, though its passages may not say them."""


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact place that supports a sentence: `quote` is the document's text from start to end."""

    document: str
    document_id: str
    page: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer.

    `verbatim`: it is the quote itself. `supported`: it was phrased by the model, and every number, date, name,
    code and negation in it agrees with its quotes. `unsupported` sentences are never shown by default.
    """

    text: str
    support: Support
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds since the question came in, and tokens. `first_token_s` is None where no model was asked."""

    retrieve_s: float
    first_token_s: float | None
    total_s: float
    prompt_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Which model phrased an answer: its name, the SHA-256 of its file, and the adapter's name if one was used."""

    name: str
    sha256: str | None
    adapter: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user sees. `hits` are the passages behind it, or the nearest ones when nothing was found."""

    question: str
    status: AnswerStatus
    sentences: tuple[Sentence, ...]
    hits: tuple[Hit, ...]
    timings: Timings
    model: ModelCard | None
    notes: tuple[str, ...] = ()
    """What the reader should know about how this came about, e.g. that the question was understood from its history."""
    id: str = ""
    """The row of this answer in the audit, which feedback names; "" while it is not recorded."""

    @property
    def text(self) -> str:
        """The sentences, joined: by a space, but by nothing after a Chinese full stop."""
        joined = ""
        for sentence in self.sentences:
            joined += ("" if not joined or joined[-1] in "。！？；" else " ") + sentence.text
        return joined


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file or record that was added. `error` is a sentence, None when all went well."""

    path: str
    document_id: str | None
    status: FileStatus
    pages: int | None
    passages: int
    seconds: float
    error: str | None = None
    notes: tuple[str, ...] = ()
    """What the reader should know: read by OCR, near duplicate of another document."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents to look in; empty means all. Names may be globs. Dates are ISO days, both inclusive, and
    compare with a document's metadata `date`, or else with the day its file was last changed."""

    collections: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """First event of a streamed answer: the quotes, before any model is asked. Seconds since the question."""

    sentences: tuple[Sentence, ...]
    hits: tuple[Hit, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """The model is answering others: `position` questions are before this one, 1 or more. Said again as it falls."""

    position: int


@dataclass(frozen=True, slots=True)
class SentenceChecked:
    """A sentence of the model's draft that passed the check, in order; the Answer that ends the stream holds it too."""

    sentence: Sentence
