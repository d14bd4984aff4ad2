"""A small library that the chain's tests read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from core.types import Block, Document
from ingestion.passages import PassageSettings, split
from rag.embedding.base import Embedder
from rag.embedding.open import open_embedder
from rag.library.manifest import Manifest
from rag.library.rows import Source
from rag.library.store import Library

TEXTS = {
    "boiler.txt": (
        "Safety\nThe boiler must be shut down when error E42 is shown. Only trained staff may open the housing.\n"
        "Maintenance\nThe filter is replaced every 6 months. The warranty ends after 24 months.\n"
    ),
    "lease.txt": (
        "Term\nThe lease ends on 31 December 2027. The tenant may renew it once for 3 years.\n"
        "Rent\nThe rent is 1,250 euros a month, payable on the third working day.\n"
    ),
    "picnic.txt": "Weather\nSandwiches taste best in the shade of an old oak, unless ants have found it first.\n",
}


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return open_embedder("minilm")


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Library:
    folder: Path = tmp_path_factory.mktemp("library")
    settings = PassageSettings()
    library = Library.create(folder, Manifest.made_with(embedder, settings, "en"))
    for name, text in TEXTS.items():
        document = Document(
            name, "text/plain", text, hashlib.sha256(text.encode()).hexdigest(),
            blocks=_blocks(text), metadata={"shelf": "green"},
        )  # fmt: skip
        source = Source(f"/nowhere/{name}", len(text), 0, document.source_hash, name=name)
        library.put(document, split(document, settings), embedder.embed, source)
    return library


def _blocks(text: str) -> tuple[Block, ...]:
    blocks, at = [], 0
    for line in text.splitlines():
        heading = " " not in line
        blocks.append(Block("heading" if heading else "text", at, at + len(line), level=int(heading)))
        at += len(line) + 1
    return tuple(blocks)
