from pathlib import Path

import numpy as np
import pytest

from rag.library import faiss_index
from rag.library.faiss_index import FaissIndex

DIMENSION = 16


def unit(count: int, seed: int = 0) -> np.ndarray:
    """Vectors in clusters, as those of texts are."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(20, DIMENSION))[rng.integers(20, size=count)] + 0.3 * rng.normal(size=(count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def filled(vectors: np.ndarray, rowids: np.ndarray | None = None) -> FaissIndex:
    index = FaissIndex(DIMENSION, "ab" * 32)
    rowids = np.arange(len(vectors)) if rowids is None else rowids
    index.catch_up(1, rowids, lambda wanted: vectors[wanted])
    return index


def nearest(vectors: np.ndarray, query: np.ndarray, limit: int, among: np.ndarray | None = None) -> list[int]:
    scores = vectors @ query
    allowed = np.arange(len(vectors)) if among is None else among
    return [int(row) for row in allowed[np.argsort(-scores[allowed])[:limit]]]


def test_catching_up_brings_what_is_new_and_lets_go_of_what_has_gone() -> None:
    vectors = unit(100)
    fetched: list[int] = []

    def fetch(wanted: np.ndarray) -> np.ndarray:
        fetched.extend(wanted.tolist())
        return vectors[wanted]

    index = FaissIndex(DIMENSION, "ab" * 32)
    assert index.catch_up(1, np.arange(60), fetch) == 60
    fetched.clear()
    assert index.catch_up(2, np.arange(50, 70), fetch) == 60
    assert fetched == list(range(60, 70))
    assert sorted(index.rowids) == list(range(50, 70))
    assert index.generation == 2
    assert [row for row, _ in index.search(vectors[3], 100)] == nearest(vectors, vectors[3], 100, np.arange(50, 70))


def test_a_large_index_has_lists_and_finds_what_exact_search_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_index, "EXACT_UP_TO", 3000)
    vectors, queries = unit(5000), unit(100, seed=1)
    index = filled(vectors)
    assert faiss_index._has_lists(index._index)
    recall = np.mean(
        [len({row for row, _ in index.search(query, 10)} & set(nearest(vectors, query, 10))) / 10 for query in queries]
    )
    assert recall >= 0.93  # of questions from elsewhere than the passages
    # Filters and deletions are exact all the same.
    few = np.asarray([7, 4000, 4500])
    assert [row for row, _ in index.search(queries[0], 10, few)] == nearest(vectors, queries[0], 10, few)
    keep = np.arange(0, 5000, 1)[10:]
    index.catch_up(2, keep, lambda wanted: vectors[wanted])
    assert sorted(index.rowids) == keep.tolist()
    for gone in range(10):
        assert gone not in [row for row, _ in index.search(vectors[gone], 50)]


def test_vectors_that_no_list_suits_stay_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_index, "EXACT_UP_TO", 500)
    monkeypatch.setattr(faiss_index, "MIN_RECALL", 1.01)
    vectors = unit(1000)
    index = filled(vectors)
    assert not faiss_index._has_lists(index._index)
    assert [row for row, _ in index.search(vectors[3], 10)] == nearest(vectors, vectors[3], 10)


def test_it_becomes_exact_again_when_it_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faiss_index, "EXACT_UP_TO", 500)
    vectors = unit(1000)
    index = filled(vectors)
    index.catch_up(2, np.arange(400), lambda wanted: vectors[wanted])
    assert not faiss_index._has_lists(index._index)
    assert sorted(index.rowids) == list(range(400))


def test_an_empty_index_and_an_empty_filter_find_nothing() -> None:
    assert FaissIndex(DIMENSION, "ab" * 32).search(unit(1)[0], 5) == []
    assert filled(unit(10)).search(unit(1)[0], 5, np.empty(0, dtype=np.int64)) == []


@pytest.mark.parametrize("large", [False, True])
def test_saved_and_loaded_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool) -> None:
    monkeypatch.setattr(faiss_index, "EXACT_UP_TO", 500 if large else 5000)
    vectors = unit(1000)
    index = filled(vectors, np.arange(1000)[::-1].copy())
    index.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["vectors.faiss"]
    assert FaissIndex.saved_generation(tmp_path) == 1
    loaded = FaissIndex.load(tmp_path, DIMENSION, "ab" * 32)
    assert loaded.generation == 1
    assert loaded.search(vectors[5], 10) == index.search(vectors[5], 10)
    loaded.catch_up(2, np.arange(1, 1000), lambda wanted: vectors[wanted])
    assert 0 not in [row for row, _ in loaded.search(vectors[0], 20)]


@pytest.mark.parametrize(("dimension", "embedder"), [(8, "ab" * 32), (DIMENSION, "cd" * 32)])
def test_an_index_of_another_embedder_is_not_used(tmp_path: Path, dimension: int, embedder: str) -> None:
    filled(unit(10)).save(tmp_path)
    assert FaissIndex.load(tmp_path, dimension, embedder).generation == -1


def test_a_truncated_index_is_not_used(tmp_path: Path) -> None:
    filled(unit(100)).save(tmp_path)
    path = tmp_path / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:-500])
    loaded = FaissIndex.load(tmp_path, DIMENSION, "ab" * 32)
    assert loaded.generation == -1
    assert loaded.rowids.tolist() == []
