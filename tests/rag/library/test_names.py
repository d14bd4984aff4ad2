from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.types import Document, Filters, Passage
from rag.library.manifest import Manifest
from rag.library.names import KnownBy, known_by
from rag.library.rows import Source
from rag.library.store import Library

MANIFEST = Manifest("ones", "00" * 32, 1, "en")
Row = tuple[str, str, int, int]
MANUAL = [
    ("alder", "tw400 manual", 0, 1),
    ("manual", "tw400 manual", 1, 0),
    ("pump", "tw400 manual", 1, 1),
    ("tw400", "tw400 manual", 1, 0),
]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path, MANIFEST) as library:
        yield library


def ones(texts: Sequence[str]) -> np.ndarray:
    return np.ones((len(texts), 1), dtype=np.float32)


def put(library: Library, name: str, text: str, passages: int, **metadata: str) -> None:
    document = Document(name, "text/plain", text, "00" * 32, metadata=metadata)
    parts = [Passage(document.id, 0, len(text), text)] * passages
    library.put(document, parts, ones, Source(f"/{name}", 1, 1, "", name=name))


def rows(library: Library) -> list[Row]:
    with library.transaction() as connection:
        found: list[Row] = connection.execute(
            "SELECT term, name, called, opening FROM names JOIN documents d ON d.id = document ORDER BY name, term"
        ).fetchall()
    return found


def test_a_long_document_is_known_by_name_title_and_beginning() -> None:
    text = "Alder plc" + " " * 600 + "Birch plc"
    assert known_by("lease 2.txt", {"title": "Lease"}, text, 8) == KnownBy(
        frozenset({"leas", "2", "txt", "2.txt", "2txt"}), frozenset({"alder", "plc"})
    )
    assert known_by("2.txt", {"title": None}, "", 8) == KnownBy(frozenset({"2", "txt", "2.txt", "2txt"}))


def test_a_short_document_is_known_by_the_codes_in_its_name() -> None:
    assert known_by("tickets/HR-T-1012.txt", {"title": "E-104"}, "E-205", 7) == KnownBy(frozenset({"hrt1012"}))


def test_chinese_words_are_not_kept_since_no_question_names_by_them() -> None:
    assert known_by("水泵 TW900", {}, "青松 2023年5月", 8) == KnownBy(
        frozenset({"tw900"}), frozenset({"2023", "5", "2023-05"})
    )


def test_names_come_change_and_go_with_their_document(library: Library) -> None:
    put(library, "tw400 manual", "Alder pump", 8, title="Pump")
    assert rows(library) == MANUAL
    put(library, "tw400 manual", "Alder pump, short", 1, title="Pump")
    assert rows(library) == [("tw400", "tw400 manual", 1, 0)]
    library.remove(["tw400 manual"])
    assert rows(library) == []


def test_documents_of_an_older_library_get_their_names_when_it_is_opened(library: Library) -> None:
    put(library, "tw400 manual", "Alder pump", 8, title="Pump")
    put(library, "HR-T-1012.txt", "A noise.", 1)
    before = rows(library)
    with library.transaction() as connection:
        connection.execute("DROP TABLE names")
        connection.execute("ALTER TABLE sources DROP COLUMN reading")
        connection.execute("PRAGMA user_version = 1")
    library.close()
    with Library.open(library.folder) as again:
        assert rows(again) == before
        assert again.names.of(again.names.known(["hrt1012"]).called["hrt1012"]) == {2: "HR-T-1012.txt"}


def test_what_a_term_finds(library: Library) -> None:
    put(library, "tw400 manual", "Alder pump", 8, title="Pump")
    put(library, "order.txt", "Alder orders a TW400.", 8)
    found = library.names.known(["tw400", "alder", "absent"])
    assert found.documents == 2
    assert (found.called, found.opening) == ({"tw400": {1}}, {"tw400": {2}, "alder": {1, 2}})
    assert library.names.of([2, 99]) == {2: "order.txt"}


def test_thousands_of_named_documents_can_be_looked_in_at_once(library: Library) -> None:
    put(library, "a[1].txt", "red", 1)
    put(library, "b.txt", "red", 1)
    among = Filters(documents=("a[1].txt", *(f"{number}[1].txt" for number in range(5000))))
    assert [rowid for rowid, _ in library.lexical(["red"], 9, among)] == [1]
    assert [rowid for rowid, _ in library.dense(ones(["red"])[0], 9, among)] == [1]
