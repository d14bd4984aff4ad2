"""Documents and passages as rows of the database, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from core.types import Block, Box, Document, MetadataValue, Passage, content_id

DOCUMENT_INFO = (
    "d.name, d.document_id, d.media_type, d.pages, d.passages, s.collection, "
    "s.path, d.added_at, d.partial, d.notes, d.metadata, d.day, s.name"
)
DOCUMENT = "d.name, d.media_type, d.text, d.source_hash, d.page_starts, d.blocks, d.boxes, d.metadata"
PASSAGE = "p.start, p.end, p.text, p.page, p.heading, p.header, p.boxes"


@dataclass(frozen=True, slots=True)
class Source:
    """The file that documents came from.

    `path` is absolute; `name` is what its document is called (rows and attachments have names of their own).
    `options` is whatever else decided how it was read: other options, and it is read again. `date` is the ISO day
    of its last change, which filters by date use when the document's metadata holds none.
    """

    path: str
    size: int
    mtime_ns: int
    sha256: str
    collection: str = ""
    date: str | None = None
    name: str = ""
    options: str = ""


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is known of a stored document without its text. `pages` is None where the format has none.

    `source_path` and `source_name` are those of its file; the name of an attachment begins with its mail's.
    """

    name: str
    document_id: str
    media_type: str
    pages: int | None
    passages: int
    collection: str
    source_path: str
    added_at: str
    partial: bool
    notes: tuple[str, ...]
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    day: str | None = None
    source_name: str = ""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its row number, its place in the document's passages from 0, and whose it is."""

    rowid: int
    ordinal: int
    passage: Passage
    document: DocumentInfo


def compact(value: object) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def document_columns(document: Document, passages: Sequence[Passage]) -> dict[str, str]:
    """The columns that hold the document, with `digest`, a hash over them and the passages."""
    columns = {
        "document_id": document.id,
        "name": document.name,
        "media_type": document.media_type,
        "text": document.text,
        "page_starts": compact(document.page_starts),
        "blocks": compact([astuple(block) for block in document.blocks]),
        "boxes": _boxes_to_json(document.boxes),
        "metadata": compact(dict(document.metadata)),
    }
    spans = compact([(p.start, p.end, p.page, p.heading, p.header) for p in passages])
    return {**columns, "digest": content_id(*columns.values(), spans)}


def day(document: Document, source: Source) -> str | None:
    """The ISO day that filters by date compare with: of the document's own date, or else of its file's last change."""
    found = document.metadata.get("date")
    return str(found)[:10] if found else source.date


def passage_columns(passage: Passage) -> tuple[int, int, str, int | None, str, str, str]:
    """The values of the columns in PASSAGE."""
    return (
        passage.start,
        passage.end,
        passage.text,
        passage.page,
        compact(passage.heading),
        passage.header,
        _boxes_to_json(passage.boxes),
    )


def to_document(values: Sequence[Any]) -> Document:
    """From the columns in DOCUMENT."""
    name, media_type, text, source_hash, page_starts, blocks, boxes, metadata = values
    return Document(
        name,
        media_type,
        text,
        source_hash,
        tuple(json.loads(page_starts)),
        tuple(Block(*block) for block in json.loads(blocks)),
        _boxes_from_json(boxes),
        json.loads(metadata),
    )


def to_document_info(values: Sequence[Any]) -> DocumentInfo:
    """From the columns in DOCUMENT_INFO."""
    name, document_id, media_type, pages, passages, collection, path, added_at, *more = values
    partial, notes, metadata, day, source_name = more
    return DocumentInfo(
        name,
        document_id,
        media_type,
        pages,
        passages,
        collection,
        path,
        added_at,
        bool(partial),
        tuple(json.loads(notes)),
        json.loads(metadata),
        day,
        source_name,
    )


def to_passage(document_id: str, values: Sequence[Any]) -> Passage:
    """From the columns in PASSAGE."""
    start, end, text, page, heading, header, boxes = values
    return Passage(document_id, start, end, text, page, tuple(json.loads(heading)), header, _boxes_from_json(boxes))


def _boxes_to_json(boxes: Sequence[Box]) -> str:
    # A hundredth of a point is finer than any screen shows.
    return compact(
        [
            (b.start, b.end, b.page, round(b.left, 2), round(b.bottom, 2), round(b.right, 2), round(b.top, 2))
            for b in boxes
        ]
    )


def _boxes_from_json(text: str) -> tuple[Box, ...]:
    return tuple(Box(*box) for box in json.loads(text))
