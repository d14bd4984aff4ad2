import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryBusy
from core.types import FileResult
from ingestion.passages import PassageSettings
from ingestion.readers.reading import RecordFields
from rag.indexing import AddOptions, add
from rag.library.manifest import Manifest
from rag.library.store import Library

SENTENCES = (
    "The supplier delivers the goods to the buyer's warehouse in Leeds on the first Monday of every month.",
    "Either party may end this agreement by giving ninety days' notice in writing to the other party.",
    "Invoices are paid within thirty days of their receipt, after which interest of four percent is owed.",
    "The warranty covers faults of material and of workmanship for a period of two years from delivery.",
    "Disputes are settled by the courts of England, under the law of England and Wales, and nowhere else.",
)


class HashEmbedder:
    """A unit vector a text, from its hash; counts what it was given."""

    name = "hash"
    sha256 = "5a" * 32
    dimension = 32

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += texts
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
        vector = np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
        return vector / np.linalg.norm(vector)


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def library(tmp_path: Path, embedder: HashEmbedder) -> Iterator[Library]:
    manifest = Manifest.made_with(embedder, PassageSettings(target=200, maximum=300), "en")
    with Library.create(tmp_path / "library", manifest) as library:
        yield library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    write(folder / "a.txt", SENTENCES[0])
    write(folder / "b.txt", SENTENCES[1])
    write(folder / "sub" / "c.txt", SENTENCES[2])
    return folder


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


Run = Callable[..., dict[str, FileResult]]


@pytest.fixture
def run(library: Library, embedder: HashEmbedder) -> Run:
    def run(*paths: Path, **options: object) -> dict[str, FileResult]:
        results = list(add(library, embedder, paths, AddOptions(**options)))
        assert len({result.path for result in results}) == len(results)
        return {Path(result.path).name: result for result in results}

    return run


def statuses(results: dict[str, FileResult]) -> dict[str, str]:
    return {name: result.status for name, result in results.items()}


def names(library: Library) -> list[str]:
    return [info.name for info in library.documents()]


def contract(number: int) -> str:
    return "\n\n".join(f"{at}. {sentence}" for at, sentence in enumerate(SENTENCES * 4, start=1)) + f"\n\nFee: {number}"


# ---------------------------------------------------------------------- one folder, again and again


def test_a_folder_is_added_and_can_be_searched(library: Library, run: Run, folder: Path) -> None:
    results = run(folder)
    assert statuses(results) == {"a.txt": "added", "b.txt": "added", "c.txt": "added"}
    assert names(library) == ["a.txt", "b.txt", "sub/c.txt"]
    result = results["c.txt"]
    info = library.info("sub/c.txt")
    assert result.path == str(folder / "sub" / "c.txt")
    assert (result.document_id, result.pages, result.passages, result.error) == (info.document_id, None, 1, None)
    assert [hit.document.name for hit in library.passages(r for r, _ in library.lexical(["invoic"], 5))] == [
        "sub/c.txt"
    ]
    assert (library.folder / "vectors.faiss").exists()


def test_added_again_it_is_unchanged(run: Run, library: Library, embedder: HashEmbedder, folder: Path) -> None:
    first = run(folder)
    embedder.texts.clear()
    generation = library.generation
    again = run(folder)
    assert statuses(again) == dict.fromkeys(("a.txt", "b.txt", "c.txt"), "unchanged")
    assert again["a.txt"].document_id == first["a.txt"].document_id
    assert again["a.txt"].passages == 1
    assert embedder.texts == []
    assert library.generation == generation


def test_a_file_touched_but_not_changed_is_unchanged(run: Run, folder: Path) -> None:
    run(folder)
    os.utime(folder / "a.txt", ns=(1, 1))
    assert statuses(run(folder))["a.txt"] == "unchanged"


def test_a_change_that_keeps_the_size_is_seen(run: Run, library: Library, folder: Path) -> None:
    run(folder)
    write(folder / "a.txt", SENTENCES[0].replace("Leeds", "Derby"))
    os.utime(folder / "a.txt", ns=(1, 1))
    assert statuses(run(folder)) == {"a.txt": "updated", "b.txt": "unchanged", "c.txt": "unchanged"}
    assert "Derby" in library.document("a.txt").text


def test_a_small_change_embeds_only_what_it_touched(run: Run, embedder: HashEmbedder, folder: Path) -> None:
    path = write(folder / "long.txt", contract(100))
    passages = run(path)["long.txt"].passages
    embedder.texts.clear()
    write(path, contract(200))
    assert statuses(run(path)) == {"long.txt": "updated"}
    assert len(embedder.texts) == 1
    assert passages > 10


def test_other_bytes_with_the_same_text_are_unchanged(run: Run, folder: Path) -> None:
    run(folder)
    (folder / "a.txt").write_text(SENTENCES[0] + "\r\n", encoding="utf-8-sig")
    assert statuses(run(folder))["a.txt"] == "unchanged"
    assert statuses(run(folder))["a.txt"] == "unchanged"


def test_a_vanished_file_is_offered_and_then_taken_out(run: Run, library: Library, folder: Path) -> None:
    run(folder)
    (folder / "a.txt").unlink()
    offered = run(folder)["a.txt"]
    assert offered.status == "skipped"
    assert "--prune" in str(offered.error)
    assert "a.txt" in names(library)
    pruned = run(folder, prune=True)["a.txt"]
    assert (pruned.status, pruned.error) == ("updated", None)
    assert names(library) == ["b.txt", "sub/c.txt"]
    assert statuses(run(folder)) == {"b.txt": "unchanged", "c.txt": "unchanged"}


def test_only_what_stood_under_the_path_counts_as_vanished(run: Run, library: Library, folder: Path) -> None:
    run(folder)
    (folder / "a.txt").unlink()
    assert statuses(run(folder / "sub", prune=True)) == {"c.txt": "unchanged"}
    assert "a.txt" in names(library)


def test_a_removed_document_comes_back_when_added_again(run: Run, library: Library, folder: Path) -> None:
    run(folder)
    library.remove(["a.txt"])
    assert statuses(run(folder))["a.txt"] == "added"


def test_a_collection_is_kept_until_another_is_named(run: Run, library: Library, folder: Path) -> None:
    run(folder, collection="law")
    assert statuses(run(folder))["a.txt"] == "unchanged"
    assert library.info("a.txt").collection == "law"
    run(folder, collection="trade")
    assert library.info("a.txt").collection == "trade"


# ---------------------------------------------------------------------- bad input


def test_a_bad_file_fails_alone(run: Run, library: Library, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnot much of a file")
    (folder / "empty.txt").touch()
    (folder / "photo.bin").write_bytes(bytes(range(256)) * 10)
    (folder / "out.txt").symlink_to("/etc/hostname")
    results = run(folder)
    good = {name: status for name, status in statuses(results).items() if status == "added"}
    assert set(good) == {"a.txt", "b.txt", "c.txt"}
    for name in ("broken.pdf", "empty.txt", "photo.bin", "out.txt"):
        assert results[name].status in ("failed", "skipped")
        assert len(str(results[name].error)) > 20
    assert len(names(library)) == 3


def test_what_was_added_stays_when_the_file_is_damaged_later(run: Run, library: Library, folder: Path) -> None:
    run(folder)
    (folder / "a.txt").write_bytes(b"")
    result = run(folder)["a.txt"]
    assert result.status == "failed"
    assert str(result.error).endswith("What was added of it before is still in the library.")
    assert library.document("a.txt").text == SENTENCES[0]


def test_a_path_that_is_not_there_is_said(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path / "none")["none"]
    assert (result.status, result.error) == ("failed", "There is no such file or folder. Check the path.")


# ---------------------------------------------------------------------- names and duplicates


def test_the_same_name_under_two_folders_does_not_collide(run: Run, library: Library, tmp_path: Path) -> None:
    one = write(tmp_path / "one" / "readme.txt", SENTENCES[0])
    two = write(tmp_path / "two" / "readme.txt", SENTENCES[1])
    results = list(run(one.parent).values()) + list(run(two.parent).values())
    assert [result.status for result in results] == ["added", "added"]
    assert names(library) == ["readme.txt", "two/readme.txt"]
    assert statuses(run(two.parent)) == {"readme.txt": "unchanged"}


def test_nor_does_it_in_one_go(library: Library, embedder: HashEmbedder, tmp_path: Path) -> None:
    one = write(tmp_path / "one" / "readme.txt", SENTENCES[0])
    two = write(tmp_path / "two" / "readme.txt", SENTENCES[1])
    list(add(library, embedder, [one.parent, two.parent]))
    assert names(library) == ["readme.txt", "two/readme.txt"]


def test_the_same_bytes_are_indexed_once(run: Run, library: Library, folder: Path) -> None:
    write(folder / "copy.txt", SENTENCES[0])
    results = run(folder)
    assert (results["a.txt"].status, results["copy.txt"].status) == ("added", "skipped")
    assert results["copy.txt"].error == "It says the same as a.txt, which is in the library."
    assert "copy.txt" not in names(library)
    assert statuses(run(folder))["copy.txt"] == "skipped"


def test_the_same_text_is_indexed_once(run: Run, library: Library, folder: Path) -> None:
    run(folder)
    write(folder / "later.txt", "  " + SENTENCES[0].upper() + "\n\n")
    results = run(folder)
    assert results["later.txt"].status == "skipped"
    assert results["later.txt"].error == "It says the same as a.txt, which is in the library."
    assert names(library) == ["a.txt", "b.txt", "sub/c.txt"]


def test_the_same_text_is_in_each_collection_that_it_was_added_to(run: Run, library: Library, folder: Path) -> None:
    run(folder / "a.txt", collection="law")
    copy = write(folder / "copy.txt", SENTENCES[0])
    assert statuses(run(copy, collection="trade")) == {"copy.txt": "added"}
    assert [(info.name, info.collection) for info in library.documents()] == [("a.txt", "law"), ("copy.txt", "trade")]


def test_a_copy_takes_the_place_of_an_original_that_goes(run: Run, library: Library, folder: Path) -> None:
    write(folder / "copy.txt", SENTENCES[0])
    run(folder)
    (folder / "a.txt").unlink()
    results = run(folder, prune=True)
    assert statuses(results) == {"a.txt": "updated", "b.txt": "unchanged", "c.txt": "unchanged", "copy.txt": "added"}
    assert names(library) == ["b.txt", "copy.txt", "sub/c.txt"]


def test_a_moved_file_moves_in_the_library(run: Run, library: Library, embedder: HashEmbedder, folder: Path) -> None:
    run(folder)
    embedder.texts.clear()
    (folder / "a.txt").rename(folder / "renamed.txt")
    results = run(folder)
    assert results["renamed.txt"].status == "added"
    assert results["renamed.txt"].notes == ("It takes the place of a.txt, whose file is gone.",)
    assert names(library) == ["b.txt", "renamed.txt", "sub/c.txt"]
    assert embedder.texts == []


def test_near_duplicates_are_indexed_and_said(run: Run, library: Library, folder: Path) -> None:
    write(folder / "v1.txt", contract(100))
    run(folder)
    write(folder / "v2.txt", contract(200))
    result = run(folder)["v2.txt"]
    assert result.status == "added"
    (note,) = result.notes
    assert note.startswith("Nearly the same as v1.txt: ")
    assert library.info("v2.txt").notes == (note,)


# ---------------------------------------------------------------------- records


def records(path: Path, rows: dict[str, str]) -> Path:
    return write(path, "".join(json.dumps({"_id": key, "text": text}) + "\n" for key, text in rows.items()))


def test_a_file_of_records_is_one_result(run: Run, library: Library, embedder: HashEmbedder, tmp_path: Path) -> None:
    path = records(tmp_path / "r.jsonl", {f"r{at}": f"Record {at}. {SENTENCES[at % 5]}" for at in range(300)})
    result = run(path)["r.jsonl"]
    assert (result.status, result.document_id, result.pages, result.passages) == ("added", None, None, 300)
    assert len(names(library)) == 300
    embedder.texts.clear()
    assert run(path)["r.jsonl"].status == "unchanged"
    records(path, {f"r{at}": f"Record {at}. {SENTENCES[at % 5]}" for at in range(1, 300)} | {"r7": "New text for it."})
    result = run(path)["r.jsonl"]
    assert (result.status, result.passages) == ("updated", 299)
    assert embedder.texts == ["New text for it."]
    assert "r0" not in names(library)
    assert library.document("r7").text == "New text for it."


def test_records_of_the_same_text_are_all_kept(run: Run, library: Library, tmp_path: Path) -> None:
    run(records(tmp_path / "r.jsonl", {"x": SENTENCES[0], "y": SENTENCES[0]}))
    assert names(library) == ["x", "y"]
    assert library.status().embeddings == 1


def test_the_same_id_in_two_files_is_told_apart(run: Run, library: Library, tmp_path: Path) -> None:
    run(records(tmp_path / "one.jsonl", {"1": SENTENCES[0], "2": SENTENCES[1]}))
    result = run(records(tmp_path / "two.jsonl", {"1": SENTENCES[2]}))["two.jsonl"]
    assert names(library) == ["1", "2", "two.jsonl#1"]
    assert library.document("1").text == SENTENCES[0]
    assert result.notes == ("1 is the name of another document; this one is called two.jsonl#1.",)
    assert statuses(run(tmp_path)) == {"one.jsonl": "unchanged", "two.jsonl": "unchanged"}


def test_lines_that_are_no_records_make_it_partial(run: Run, library: Library, tmp_path: Path) -> None:
    path = records(tmp_path / "r.jsonl", {"x": SENTENCES[0]})
    last = records(tmp_path / "last.jsonl", {"y": SENTENCES[1]})
    path.write_text(path.read_text() * 2 + last.read_text() + "not json\n")
    result = run(path)["r.jsonl"]
    assert (result.status, result.passages) == ("partial", 3)
    assert result.error == "Left out 1 line that is no JSON object: 4."
    assert result.notes == ("Row 2: the id 'x' was used before; the row is named r.jsonl#2.",)
    assert names(library) == ["r.jsonl#2", "x", "y"]


def test_a_link_that_leads_in_a_circle_is_refused_wherever_it_is_met(run: Run, tmp_path: Path) -> None:
    (tmp_path / "round").symlink_to(tmp_path / "round")
    (result,) = run(tmp_path / "round").values()
    assert (result.status, result.error) == ("failed", "This link leads round in a circle. Remove it or mend it.")


def test_fields_are_asked_for_by_name(run: Run, library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", "key,said\nk1,The pump is loud.\nk2,The pump is quiet.\n")
    run(path)
    assert names(library) != ["k1", "k2"]
    run(path, fields=RecordFields(id="key", text="said"))
    assert names(library) == ["k1", "k2"]
    assert library.document("k1").text == "The pump is loud."


# ---------------------------------------------------------------------- ending early


def test_stopping_leaves_a_sound_library_that_the_next_run_completes(
    library: Library, embedder: HashEmbedder, run: Run, folder: Path
) -> None:
    for number in range(20):
        write(folder / f"{number:02}.txt", f"Document {number}. {SENTENCES[number % 5]}")
    adding = add(library, embedder, [folder])
    done = [next(adding)]
    adding.close()
    reported = {Path(result.path).name for result in done}
    assert reported <= {name.split("/")[-1] for name in names(library)}
    again = run(folder)
    assert {name for name, result in again.items() if result.status == "unchanged"} >= reported
    assert library.status().documents == 23


def test_two_at_once_is_one_clear_sentence(library: Library, embedder: HashEmbedder, folder: Path) -> None:
    adding = add(library, embedder, [folder])
    next(adding)
    with Library.open(library.folder) as other, pytest.raises(LibraryBusy, match="another process is adding"):
        list(add(other, embedder, [folder]))
    assert len(list(adding)) == 2


def test_progress_ends_at_all(library: Library, embedder: HashEmbedder, folder: Path) -> None:
    heard: list[tuple[int, int]] = []
    list(add(library, embedder, [folder], progress=lambda done, total: heard.append((done, total))))
    assert heard == [(1, 3), (2, 3), (3, 3)]
