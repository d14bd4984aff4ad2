import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryBusy, LibraryError, ManifestMismatch, NoSuchDocument, NotALibrary
from core.types import Answer, Block, Box, Document, Filters, Passage, Timings
from rag.library.manifest import Manifest
from rag.library.rows import Source
from rag.library.store import Library

DIMENSION = 16
MANIFEST = Manifest("random", "ab" * 32, DIMENSION, "en", {"target": 1000, "maximum": 1500}, "0.1.0")


class RandomVectors:
    """Unit vectors that depend on the text alone, and a count of the texts."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.texts += texts
        return np.stack([vector_of(text) for text in texts])


def vector_of(text: str) -> np.ndarray:
    seed = int.from_bytes(text.encode()[:8].ljust(8), "little") + len(text)
    vector = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)


def lines(name: str, text: str, **metadata: str | int | bool) -> tuple[Document, list[Passage]]:
    """A document whose passages are its lines."""
    document = Document(name, "text/plain", text, "00" * 32, metadata=metadata)
    passages, start = [], 0
    for line in text.split("\n"):
        passages.append(Passage(document.id, start, start + len(line), line))
        start += len(line) + 1
    return document, passages


def source(path: str, collection: str = "", date: str | None = None) -> Source:
    return Source(f"/files/{path}", 1, 1, "00", collection, date, path)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", MANIFEST) as library:
        yield library


def put(library: Library, name: str, text: str, path: str | None = None, **metadata: str | int | bool) -> str:
    return library.put(*lines(name, text, **metadata), RandomVectors(), source(path or name))


def found(library: Library, hits: list[tuple[int, float]]) -> list[str]:
    return [stored.passage.text for stored in library.passages(rowid for rowid, _ in hits)]


# ---------------------------------------------------------------------- opening


def test_a_folder_without_a_library_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotALibrary, match="holds none"):
        Library.open(tmp_path)


def test_a_library_whose_making_was_broken_off_is_none_and_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "library.db").touch()
    assert not Library.exists(tmp_path)
    with pytest.raises(NotALibrary, match="holds none"):
        Library.open(tmp_path)
    Library.create(tmp_path, MANIFEST).close()
    assert Library.exists(tmp_path)
    Library.open(tmp_path).close()


def test_a_library_is_not_made_over_another(library: Library) -> None:
    with pytest.raises(LibraryError, match="already holds one"):
        Library.create(library.folder, MANIFEST)


def test_a_library_of_a_newer_pincite_is_refused(library: Library) -> None:
    with library.transaction() as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ManifestMismatch, match="version 99"):
        Library.open(library.folder)


def test_a_damaged_database_is_a_sentence(library: Library) -> None:
    put(library, "a.txt", "red")
    library.close()
    (library.folder / "library.db").write_bytes(b"not a database at all, and long enough to have a header" * 100)
    for name in ("library.db-wal", "library.db-shm"):
        (library.folder / name).unlink(missing_ok=True)
    with pytest.raises(LibraryError, match=r"file is not a database\. Check the disk"):
        Library.open(library.folder)


def test_the_manifest_is_kept_and_copied_for_the_eye(library: Library) -> None:
    with Library.open(library.folder) as again:
        assert again.manifest == MANIFEST
    assert '"embedder": "random"' in (library.folder / "manifest.json").read_text()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            Manifest("minilm", "ab" * 32, DIMENSION, "en", MANIFEST.passages),
            "embedder 'random', the settings say 'minilm'",
        ),
        (Manifest("random", "cd" * 32, DIMENSION, "en", MANIFEST.passages), "SHA-256"),
        (Manifest("random", "ab" * 32, 8, "en", MANIFEST.passages), "length of the vectors 16"),
        (Manifest("random", "ab" * 32, DIMENSION, "en", {"target": 1}), "passage settings"),
    ],
)
def test_other_settings_than_it_was_made_with_are_refused_with_the_remedy(other: Manifest, said: str) -> None:
    with pytest.raises(ManifestMismatch, match="pincite reindex") as raised:
        MANIFEST.check(other)
    assert said in str(raised.value)


def test_the_language_and_the_version_may_differ() -> None:
    other = Manifest("random", "ab" * 32, DIMENSION, "zh", MANIFEST.passages, "9.9")
    assert other != MANIFEST
    MANIFEST.check(other)  # raises where it refuses


# ---------------------------------------------------------------------- documents


def test_a_document_comes_back_as_it_was(library: Library) -> None:
    document = Document(
        "manual.pdf",
        "application/pdf",
        "Safety\nDo not 触摸.\nA | B",
        "12" * 32,
        (0, 7),
        (Block("heading", 0, 6, 1), Block("text", 7, 18), Block("table", 18, 23, 0, 1)),
        (Box(0, 6, 1, 72.25, 700.5, 110.0, 712.0), Box(7, 17, 2, 72.0, 700.0, 150.0, 712.0)),
        {"title": "Safety", "pages": 2, "draft": False, "weight": 1.5, "owner": None},
    )
    passage = Passage(document.id, 7, 17, "Do not 触摸.", 2, ("Safety",), "A | B", (document.boxes[1],))
    assert library.put(document, [passage], RandomVectors(), source("manual.pdf"), notes=["Read by OCR."]) == "added"
    assert library.document("manual.pdf") == document
    assert library.document(document.id) == document
    assert library.text("manual.pdf", 7, 17) == "Do not 触摸."
    (stored,) = library.passages([1])
    assert stored.passage == passage
    info = library.info("manual.pdf")
    assert stored.document == info
    assert (info.document_id, info.pages, info.passages, info.notes) == (document.id, 2, 1, ("Read by OCR.",))
    assert (info.source_path, info.metadata) == ("/files/manual.pdf", document.metadata)


def test_documents_are_listed_by_name(library: Library) -> None:
    put(library, "b.txt", "red\nblue")
    put(library, "a.txt", "red")
    assert [(info.name, info.passages, info.pages) for info in library.documents()] == [
        ("a.txt", 1, None),
        ("b.txt", 2, None),
    ]


def test_an_unknown_document_is_told(library: Library) -> None:
    with pytest.raises(NoSuchDocument, match=r"'none\.txt'"):
        library.document("none.txt")


def test_the_same_again_is_unchanged_and_embeds_nothing(library: Library) -> None:
    put(library, "a.txt", "red\nblue")
    generation = library.generation
    embed = RandomVectors()
    assert library.put(*lines("a.txt", "red\nblue"), embed, source("a.txt")) == "unchanged"
    assert embed.texts == []
    assert library.generation == generation


def test_a_change_embeds_what_is_new_only(library: Library) -> None:
    put(library, "a.txt", "\n".join(f"line {number}" for number in range(100)))
    embed = RandomVectors()
    text = "\n".join(f"line {number}" for number in range(99)) + "\nanother end"
    assert library.put(*lines("a.txt", text), embed, source("a.txt")) == "updated"
    assert embed.texts == ["another end"]
    assert library.document("a.txt").text == text
    assert library.status().passages == 100


def test_equal_texts_share_one_embedding(library: Library) -> None:
    put(library, "a.txt", "red\nred\nblue")
    put(library, "b.txt", "blue")
    assert library.status().embeddings == 2
    assert library.status().passages == 4
    assert np.allclose(library.vectors([4, 1]), [vector_of("blue"), vector_of("red")])


def test_the_vector_of_a_passage_that_has_gone_is_zero(library: Library) -> None:
    put(library, "a.txt", "red")
    assert np.allclose(library.vectors([99, 1]), [np.zeros(DIMENSION), vector_of("red")])


def test_other_metadata_is_a_change(library: Library) -> None:
    put(library, "a.txt", "red", owner="ann")
    assert put(library, "a.txt", "red", owner="bob") == "updated"
    assert library.info("a.txt").metadata == {"owner": "bob"}


def test_removing_takes_passages_terms_vectors_and_embeddings(library: Library) -> None:
    put(library, "a.txt", "red apple")
    put(library, "b.txt", "red car")
    library.remove(["a.txt"])
    assert found(library, library.lexical(["red"], 9)) == ["red car"]
    assert found(library, library.dense(vector_of("red apple"), 9)) == ["red car"]
    status = library.status()
    assert (status.documents, status.passages, status.embeddings, status.sources) == (1, 1, 1, 1)


def test_removing_is_all_or_nothing(library: Library) -> None:
    put(library, "a.txt", "red")
    with pytest.raises(NoSuchDocument, match=r"'none\.txt'"):
        library.remove(["a.txt", "none.txt"])
    assert [info.name for info in library.documents()] == ["a.txt"]


def test_vectors_of_a_wrong_shape_change_nothing(library: Library) -> None:
    document, passages = lines("a.txt", "red")
    with pytest.raises(LibraryError, match=r"the shape \(1, 3\) for 1 texts; it must be \(1, 16\)"):
        library.put(document, passages, lambda texts: np.ones((len(texts), 3), dtype=np.float32), source("a.txt"))
    assert library.documents() == []


def test_a_transaction_that_fails_leaves_nothing(library: Library) -> None:
    with pytest.raises(RuntimeError), library.transaction():
        put(library, "a.txt", "red")
        raise RuntimeError
    assert library.documents() == []
    assert library.lexical(["red"], 9) == []
    assert library.status().sources == 0


# ---------------------------------------------------------------------- searching


def test_lexical_scores_by_bm25(library: Library) -> None:
    put(library, "a.txt", "error e-23.4 on start\nred apple\nred car\ngreen pear")
    assert found(library, library.lexical(["e-23.4", "start"], 9)) == ["error e-23.4 on start"]
    assert found(library, library.lexical(["car", "red"], 9)) == ["red car", "red apple"]
    scores = [score for _, score in library.lexical(["car", "red"], 9)]
    assert scores[0] > scores[1] > 0
    assert len(library.lexical(["red"], 1)) == 1
    assert library.lexical([], 9) == []
    assert library.lexical(["absent"], 9) == []


def test_lexical_takes_terms_as_they_are(library: Library) -> None:
    put(library, "a.txt", "part 12-AB/3 and 违约金")
    assert len(library.lexical(["12-ab/3"], 9)) == 1
    assert len(library.lexical(["违约"], 9)) == 1
    assert library.lexical(["12-ab"], 9) == []
    assert library.lexical(['" OR "'], 9) == []


def test_dense_is_exact(library: Library) -> None:
    texts = [f"text {number}" for number in range(50)]
    put(library, "a.txt", "\n".join(texts))
    query = vector_of("query")
    expected = sorted(((float(vector_of(text) @ query), text) for text in texts), reverse=True)[:10]
    hits = library.dense(query, 10)
    assert found(library, hits) == [text for _, text in expected]
    assert [score for _, score in hits] == pytest.approx([score for score, _ in expected], abs=1e-6)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(), ["a.txt", "b/c.txt", "b/d[1].txt"]),
        (Filters(collections=("law",)), ["b/c.txt", "b/d[1].txt"]),
        (Filters(documents=("b/*",)), ["b/c.txt", "b/d[1].txt"]),
        (Filters(documents=("b/d[1].txt", "a.txt")), ["a.txt", "b/d[1].txt"]),
        (Filters(media_types=("text/html",)), []),
        (Filters(metadata=(("signed", "true"),)), ["b/c.txt"]),
        (Filters(metadata=(("year", "2023"),)), ["a.txt"]),
        (Filters(metadata=(("year", "2023"), ("signed", "true"))), []),
        (Filters(since="2023-05-01"), ["b/c.txt", "b/d[1].txt"]),
        (Filters(since="2023-01-01", until="2023-05-01"), ["a.txt", "b/c.txt"]),
    ],
)
def test_filters_hold_in_every_search(library: Library, filters: Filters, names: list[str]) -> None:
    library.put(*lines("a.txt", "red", year=2023), RandomVectors(), source("a", "", "2023-01-01"))
    library.put(
        *lines("b/c.txt", "red", signed=True, date="2023-05-01"), RandomVectors(), source("c", "law", "2001-01-01")
    )
    library.put(*lines("b/d[1].txt", "red", signed=False), RandomVectors(), source("d", "law", "2024-01-01"))
    for hits in (library.lexical(["red"], 9, filters), library.dense(vector_of("red"), 9, filters)):
        assert sorted(stored.document.name for stored in library.passages(rowid for rowid, _ in hits)) == names
    assert [info.name for info in library.documents(filters)] == names


def test_passages_keep_the_order_and_leave_out_what_has_gone(library: Library) -> None:
    put(library, "a.txt", "red\nblue\ngreen")
    assert [stored.rowid for stored in library.passages([3, 99, 1])] == [3, 1]


def test_the_openings_of_a_document_in_reading_order(library: Library) -> None:
    put(library, "a.txt", "one\ntwo\nthree\nfour")
    put(library, "b.txt", "five")
    ids = {info.name: info.document_id for info in library.documents()}
    assert [passage.text for passage in library.openings(ids["a.txt"], 2)] == ["one", "two"]
    assert [passage.text for passage in library.openings(ids["b.txt"], 2)] == ["five"]
    assert library.openings("gone", 2) == []


# ---------------------------------------------------------------------- the vector index


def test_the_index_follows_another_process(library: Library) -> None:
    put(library, "a.txt", "red apple")
    assert found(library, library.dense(vector_of("red apple"), 9)) == ["red apple"]
    with Library.open(library.folder) as other:
        put(other, "b.txt", "blue")
        other.remove(["a.txt"])
    assert found(library, library.dense(vector_of("red apple"), 9)) == ["blue"]


def test_a_saved_index_is_used_and_a_lagging_one_caught_up(library: Library) -> None:
    put(library, "a.txt", "red\nblue")
    library.refresh_index()
    put(library, "b.txt", "green")
    with Library.open(library.folder) as again:
        assert found(again, again.dense(vector_of("green"), 1)) == ["green"]
        assert len(again.dense(vector_of("green"), 9)) == 3


@pytest.mark.parametrize("damage", [b"", b"PINCITE1", b"nonsense" * 100])
def test_a_damaged_or_missing_index_is_built_anew(library: Library, damage: bytes) -> None:
    put(library, "a.txt", "red\nblue")
    library.refresh_index()
    (library.folder / "vectors.faiss").write_bytes(damage)
    with Library.open(library.folder) as again:
        assert found(again, again.dense(vector_of("blue"), 1)) == ["blue"]
        again.refresh_index()
    assert (library.folder / "vectors.faiss").stat().st_size > 100


def test_nothing_is_pickled(library: Library) -> None:
    put(library, "a.txt", "red")
    library.refresh_index()
    library.close()
    for path in library.folder.iterdir():
        assert b"\x80\x04\x95" not in path.read_bytes()
        assert b"\x80\x05\x95" not in path.read_bytes()


# ---------------------------------------------------------------------- many at once


def test_two_writers_get_one_clear_sentence(library: Library) -> None:
    with Library.open(library.folder) as other, library.writing():
        with pytest.raises(LibraryBusy, match="another process is adding or removing documents"):
            put(other, "a.txt", "red")
        put(library, "a.txt", "red")
        assert [info.name for info in other.documents()] == ["a.txt"]
        other.journal.record_answer(Answer("red?", "not_found", (), (), Timings(0, None, 0, 0, 0), None))
    put(other, "b.txt", "blue")


def test_threads_read_while_one_writes(library: Library) -> None:
    put(library, "start.txt", "red")
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                for rowid, _ in library.dense(vector_of("red"), 5):
                    for stored in library.passages([rowid]):
                        assert stored.passage.text.startswith("red")
                assert library.lexical(["red"], 5)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(30):
        put(library, f"{number}.txt", f"red {number}")
        if number % 3 == 0:
            library.remove([f"{number}.txt"])
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert library.status().passages == 21
