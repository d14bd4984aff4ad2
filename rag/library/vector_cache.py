"""The vector index of an open library: loaded when first needed, brought up to the database at each search."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.library import embeddings
from rag.library.connections import Connections
from rag.library.embeddings import Vectors
from rag.library.faiss_index import FaissIndex
from rag.library.manifest import Manifest


class VectorCache:
    """Keeps a FaissIndex at the generation of the database, whichever process changed that."""

    def __init__(self, folder: Path, connections: Connections) -> None:
        self._folder = folder
        self._connections = connections
        self._lock = threading.Lock()
        self._index: FaissIndex | None = None

    def search(
        self, manifest: Manifest, vector: Vectors, limit: int, among: NDArray[np.int64] | None
    ) -> list[tuple[int, float]]:
        """The nearest passages as (rowid, cosine), best first; only those `among` when that is given."""
        with self._lock:
            return self._caught_up(manifest).search(np.ascontiguousarray(vector, dtype=np.float32), limit, among)

    def save(self, manifest: Manifest) -> None:
        """Lay the index, up to date, in the folder, so that the next process finds it ready."""
        with self._lock:
            index = self._caught_up(manifest)
            if FaissIndex.saved_generation(self._folder) != index.generation:
                index.save(self._folder)

    def rebuild(self, manifest: Manifest) -> None:
        """Forget the index, saved or not, and make it anew from the database."""
        with self._lock:
            self._index = FaissIndex(manifest.dimension, manifest.embedder_sha256)
            self._caught_up(manifest).save(self._folder)

    def _caught_up(self, manifest: Manifest) -> FaissIndex:
        index = self._index
        if index is None or (index.embedder, index.dimension) != (manifest.embedder_sha256, manifest.dimension):
            index = FaissIndex.load(self._folder, manifest.dimension, manifest.embedder_sha256)
        with self._connections.snapshot() as connection:
            (generation,) = connection.execute("SELECT generation FROM state").fetchone()
            if generation != index.generation:
                found = connection.execute("SELECT id FROM passages").fetchall()
                rowids = np.fromiter((row[0] for row in found), dtype=np.int64, count=len(found))
                index.catch_up(
                    generation, rowids, lambda wanted: embeddings.of_passages(connection, wanted, manifest.dimension)
                )
        self._index = index
        return index
