"""The vector index: a cache of the embeddings in `library.db`, stamped with the generation that it holds.

Exact up to EXACT_UP_TO passages. Above that an inverted file (IVF), which adds and removes exactly, with as many
lists probed as it takes to find MIN_RECALL of the true ten nearest of a sample; exact again if none does.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.settings import threads

Vectors = NDArray[np.float32]
Rowids = NDArray[np.int64]

FILE_NAME = "vectors.faiss"
EXACT_UP_TO = 50_000
MIN_RECALL = 0.95
_SAMPLE = 200
_HEADER = struct.Struct("<8sQI64s")  # magic, generation, dimension, SHA-256 of the embedder in hex
_MAGIC = b"PINCITE1"


class FaissIndex:
    """Nearest passages by inner product of vectors of length 1, which is their cosine."""

    def __init__(self, dimension: int, embedder: str) -> None:
        self.dimension = dimension
        self.embedder = embedder
        self.generation = -1
        self._index = _exact(dimension)
        self._no_lists_suit = False

    @property
    def rowids(self) -> Rowids:
        """The passages it holds, in no particular order."""
        return _rowids(self._index)

    def catch_up(self, generation: int, rowids: Rowids, fetch: Callable[[Rowids], Vectors]) -> int:
        """Make it hold exactly `rowids`, fetching the vectors of those it lacks. Returns how many came and went."""
        held = self.rowids
        gone, new = np.setdiff1d(held, rowids), np.setdiff1d(rowids, held)
        if len(gone):
            self._index.remove_ids(gone)
        if len(new):
            self._index.add_with_ids(fetch(new), new)
        self.generation = generation
        if self._is_unfit(len(rowids)):
            self._rebuild(rowids, fetch)
        return len(gone) + len(new)

    def search(self, vector: Vectors, limit: int, among: Rowids | None = None) -> list[tuple[int, float]]:
        """The `limit` nearest passages as (rowid, cosine), best first; only those `among` when that is given."""
        import faiss

        if among is not None and not len(among):
            return []
        parameters: Any = None
        if among is not None:
            selector = faiss.IDSelectorBatch(np.ascontiguousarray(among))
            if _has_lists(self._index):
                # What passes a filter may stand in any list.
                parameters = faiss.SearchParametersIVF()
                parameters.nprobe = self._index.nlist
            else:
                parameters = faiss.SearchParameters()
            parameters.sel = selector
        # One question takes one thread a few milliseconds; two would wait for each other on a busy machine.
        faiss.omp_set_num_threads(1)
        scores, rowids = self._index.search(vector.reshape(1, -1), limit, params=parameters)
        return [(int(rowid), float(score)) for rowid, score in zip(rowids[0], scores[0], strict=True) if rowid >= 0]

    def _is_unfit(self, count: int) -> bool:
        if not _has_lists(self._index):
            return count > EXACT_UP_TO and not self._no_lists_suit
        return count <= EXACT_UP_TO or self._index.nlist < _lists(count) / 2  # it has grown fourfold

    def _rebuild(self, rowids: Rowids, fetch: Callable[[Rowids], Vectors]) -> None:
        vectors = fetch(rowids)
        self._index = _exact(self.dimension)
        self._index.add_with_ids(vectors, rowids)
        if len(rowids) > EXACT_UP_TO:
            listed = _with_lists(vectors, rowids, self._index)
            self._no_lists_suit = listed is None
            self._index = listed or self._index

    def save(self, folder: Path) -> None:
        """Lay it in the folder, whole or not at all."""
        import faiss

        header = _HEADER.pack(_MAGIC, self.generation, self.dimension, self.embedder.encode("ascii"))
        temporary = folder / f".{FILE_NAME}.{os.getpid()}"
        with temporary.open("wb") as file:
            file.write(header)
            file.write(faiss.serialize_index(self._index).data)
        os.replace(temporary, folder / FILE_NAME)

    @staticmethod
    def saved_generation(folder: Path) -> int | None:
        """The generation of the saved index, None where there is none; reads a few bytes only."""
        try:
            with (folder / FILE_NAME).open("rb") as file:
                magic, generation, _, _ = _HEADER.unpack(file.read(_HEADER.size))
        except (FileNotFoundError, struct.error):
            return None
        return int(generation) if magic == _MAGIC else None

    @classmethod
    def load(cls, folder: Path, dimension: int, embedder: str) -> FaissIndex:
        """The saved index, or an empty one where there is none or it is another embedder's or damaged."""
        import faiss

        index = cls(dimension, embedder)
        try:
            content = (folder / FILE_NAME).read_bytes()
            magic, generation, found_dimension, found_embedder = _HEADER.unpack_from(content)
            if (magic, found_dimension, found_embedder) == (_MAGIC, dimension, embedder.encode("ascii")):
                data = np.frombuffer(content, dtype=np.uint8, offset=_HEADER.size)
                index._index = faiss.deserialize_index(data)
                index.generation = generation
        except (FileNotFoundError, struct.error, RuntimeError):
            return cls(dimension, embedder)  # a cache: the caller catches up from the database
        return index


def _exact(dimension: int) -> Any:
    import faiss

    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _lists(count: int) -> int:
    return min(int(4 * np.sqrt(count)), count // 39)  # k-means wants 39 points a list


def _has_lists(index: Any) -> bool:
    return hasattr(index, "nprobe")


def _rowids(index: Any) -> Rowids:
    import faiss

    if not _has_lists(index):
        return np.asarray(faiss.vector_to_array(index.id_map), dtype=np.int64)
    lists = index.invlists
    parts = [
        faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number)).copy()
        for number in range(index.nlist)
        if lists.list_size(number)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _with_lists(vectors: Vectors, rowids: Rowids, exact: Any) -> Any | None:
    """An inverted file that finds MIN_RECALL of what `exact` finds, or None when probing half its lists does not."""
    import faiss

    lists = _lists(len(vectors))
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(exact.d), exact.d, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = 64
    faiss.omp_set_num_threads(threads())
    index.train(vectors)
    index.add_with_ids(vectors, rowids)
    # Questions lie between passages more than on them: halfway between two is a harder sample than a passage.
    pairs = np.random.default_rng(0).integers(len(vectors), size=(2, _SAMPLE))
    sample = vectors[pairs[0]] + vectors[pairs[1]]
    true = exact.search(sample, 10)[1]
    probes = 8
    while probes <= lists // 2:
        index.nprobe = probes
        found = index.search(sample, 10)[1]
        recall = np.mean([len(np.intersect1d(a, b)) / 10 for a, b in zip(true, found, strict=True)])
        if recall >= MIN_RECALL:
            return index
        probes *= 2
    return None
