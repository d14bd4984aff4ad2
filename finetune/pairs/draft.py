"""What is to become a pair: a question with the places that answer it, before anything was looked up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.settings import read_section
from core.types import Hit, Passage, content_id
from ingestion.passages import PassageSettings, split
from rag.library.store import Library

Way: TypeAlias = Literal["answered", "distractor", "edited", "evidence-removed", "unanswerable"]
"""How a draft becomes a pair: answered from the evidence, or among quotes of other passages; refused since its question
was edited, since the quotes that answer it are taken away, or since people say that nothing answers it."""
FEW_DOCUMENTS = 4
"""A library of fewer documents is parted by chapter, since nothing could be held out by document."""


@dataclass(frozen=True, slots=True)
class Place:
    """The characters start..end of a document that hold the answer. `said` is what to answer from there; where it is
    empty, the sentence or the shortest of its clauses that does."""

    document: str
    start: int
    end: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that is to become a pair.

    `passage` is the one it was made of, None where people asked it; `answers` are what people gave as its answer.
    `original` is the question before it was edited. `document` and `source` are the pair's; `within` names the
    documents that may be searched, all where empty.
    """

    question: str
    kind: str
    way: Way
    language: str
    document: str
    source: str
    places: tuple[Place, ...] = ()
    passage: Passage | None = None
    answers: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    original: str = ""
    within: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A hash of all that its pair depends on, but for the library."""
        places = (f"{place.document}:{place.start}:{place.end}:{place.said}" for place in self.places)
        turns = (side for turn in self.history for side in turn)
        return content_id(self.question, self.kind, self.way, self.document, self.original, *places, "\n", *turns)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage of a library as a hit, and what splits go by: its document, or in small libraries its chapter."""

    hit: Hit
    group: str


def passages(library: Library) -> Iterator[Found]:
    """All passages of a library, in order, as they were split for it."""
    settings = read_section(library.folder, "passages", PassageSettings)
    infos = library.documents()
    for info in infos:
        for passage in split(library.document(info.name), settings):
            chapter = passage.heading[:2] if len(infos) < FEW_DOCUMENTS else ()
            yield Found(Hit(passage, info.name, info.media_type, 1.0), " > ".join((info.name, *chapter)))
