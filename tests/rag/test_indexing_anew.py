import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from core.errors import ManifestMismatch
from core.types import Document
from ingestion.passages import PassageSettings, split
from rag.indexing import reindex
from rag.library.manifest import Manifest
from rag.library.rows import Source
from rag.library.store import Library

SMALL, LARGE = PassageSettings(100, 150), PassageSettings(1000, 1500)
TEXTS = {f"{number}.txt": " ".join(f"Sentence {at} of text {number}." for at in range(30)) for number in range(4)}


class HashEmbedder:
    """Unit vectors drawn from the hash of name and text; can be made to stop after so many texts."""

    def __init__(self, name: str, dimension: int, stop_after: int | None = None) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(name.encode()).hexdigest()
        self.dimension = dimension
        self.texts: list[str] = []
        self.stop_after = stop_after

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        if self.stop_after is not None and len(self.texts) >= self.stop_after:
            raise KeyboardInterrupt
        self.texts += texts
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256((self.name + text).encode()).digest()[:8], "little")
        vector = np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
        return vector / np.linalg.norm(vector)


OLD = HashEmbedder("old", 16)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path, Manifest.made_with(OLD, SMALL, "en")) as library:
        for name, text in TEXTS.items():
            document = Document(name, "text/plain", text, "00" * 32)
            library.put(document, split(document, SMALL), OLD.embed, Source(f"/files/{name}", 1, 1, "00", name=name))
        library.refresh_index()
        yield library


def finds_itself(library: Library, embedder: HashEmbedder) -> bool:
    """Whether every passage is the nearest to its own vector."""
    found = library.passages(range(1, 1000))
    return all(library.dense(embedder.embed_query(p.passage.indexed_text), 1)[0][0] == p.rowid for p in found)


def test_another_embedder_takes_over(library: Library) -> None:
    new = HashEmbedder("new", 24)
    passages = library.status().passages
    assert reindex(library, new, SMALL, "zh") == passages
    assert (library.manifest.embedder, library.manifest.dimension, library.manifest.language) == ("new", 24, "zh")
    assert len(new.texts) == passages
    assert library.status().embeddings == passages
    assert finds_itself(library, new)
    with Library.open(library.folder) as again:
        assert finds_itself(again, new)
    assert '"embedder": "new"' in (library.folder / "manifest.json").read_text()


def test_other_passage_settings_keep_the_documents(library: Library) -> None:
    before = {name: library.document(name) for name in TEXTS}
    passages = library.status().passages
    assert reindex(library, OLD, LARGE, "en") == 4 < passages
    assert library.manifest.passages == asdict(LARGE)
    assert {name: library.document(name) for name in TEXTS} == before
    assert [info.passages for info in library.documents()] == [1, 1, 1, 1]
    assert len(library.lexical(["sentenc"], 99)) == 4
    assert finds_itself(library, OLD)


def test_stopped_it_changes_nothing_and_goes_on_where_it_was(library: Library) -> None:
    stopped = HashEmbedder("new", 24, stop_after=10)
    with pytest.raises(KeyboardInterrupt):
        reindex(library, stopped, SMALL, "en")
    assert library.manifest.embedder == "old"
    assert finds_itself(library, OLD)
    again = HashEmbedder("new", 24)
    passages = reindex(library, again, SMALL, "en")
    assert len(stopped.texts) >= 10
    assert len(stopped.texts) + len(again.texts) == passages


def test_who_has_the_library_open_is_told(library: Library) -> None:
    with Library.open(library.folder) as other:
        reindex(library, HashEmbedder("new", 16), SMALL, "en")
        with pytest.raises(ManifestMismatch, match="embedder new meanwhile. Open the library again"):
            other.dense(OLD.embed_query("question"), 5)


def test_nothing_new_rebuilds_a_lost_vector_index(library: Library) -> None:
    (library.folder / "vectors.faiss").write_bytes(b"lost")
    OLD.texts.clear()
    reindex(library, OLD, SMALL, "en")
    assert OLD.texts == []
    assert finds_itself(library, OLD)


def test_progress_counts_documents(library: Library) -> None:
    heard: list[tuple[int, int]] = []
    reindex(library, OLD, SMALL, "en", lambda done, total: heard.append((done, total)))
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)] * 2  # embedded, then stored


def test_terms_and_names_are_made_anew_and_nothing_is_embedded_again(library: Library) -> None:
    with library.transaction() as connection:  # as rules of an older Pincite made them
        connection.execute("UPDATE lexicon SET terms = 'old'")
        connection.execute("INSERT INTO names (term, document, called, opening) VALUES ('old', 1, 1, 0)")
    OLD.texts.clear()
    reindex(library, OLD, SMALL, "en")
    assert OLD.texts == []
    assert library.lexical(["old"], 9) == []
    assert len(library.lexical(["sentenc"], 99)) == library.status().passages
    assert library.names.known(["old"]).called == {}
    assert finds_itself(library, OLD)
