import json
import sqlite3

import pytest

from core.errors import UsageError
from ingestion.readers import read_file
from ingestion.readers.database import copy_table, table_source


@pytest.fixture
def url(tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.executescript(
            """
            CREATE TABLE tickets (
                no INTEGER PRIMARY KEY, title TEXT, text TEXT, price NUMERIC(8, 2), day DATE, raw BLOB
            );
            INSERT INTO tickets VALUES
                (5, 'Reset', 'Hold it.', 4.50, '2024-05-06', x'00'),
                (6, NULL, '等待。', NULL, NULL, NULL);
            CREATE TABLE pairs (a TEXT, b TEXT);
            INSERT INTO pairs VALUES ('x', 'y');
            CREATE TABLE plain (key INTEGER PRIMARY KEY, id TEXT);
            INSERT INTO plain VALUES (1, 'one');
            """
        )
    connection.close()
    return f"sqlite:///{tmp_path}/a.db"


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_rows_are_named_by_their_key(url, tmp_path):
    path = copy_table(url, "tickets", tmp_path / "tables")
    assert path.name == "a.tickets.jsonl"
    assert rows(path) == [
        {"_id": 5, "no": 5, "title": "Reset", "text": "Hold it.", "price": "4.50", "day": "2024-05-06", "raw": None},
        {"_id": 6, "no": 6, "title": None, "text": "等待。", "price": None, "day": None, "raw": None},
    ]
    first, second = (reading.document for reading in read_file(path, path.name))
    assert (first.name, first.text) == ("5", "Reset\nHold it.")
    assert dict(first.metadata) == {"title": "Reset", "no": 5, "price": "4.50", "day": "2024-05-06"}
    assert (second.name, second.text) == ("6", "等待。")


@pytest.mark.parametrize(("table", "row"), [("pairs", {"a": "x", "b": "y"}), ("plain", {"key": 1, "id": "one"})])
def test_rows_without_a_key_or_with_an_id_stay_as_they_are(url, tmp_path, table, row):
    assert rows(copy_table(url, table, tmp_path)) == [row]


def test_the_same_table_is_copied_to_the_same_place_and_another_is_not(url, tmp_path):
    path = copy_table(url, "tickets", tmp_path)
    before = path.read_bytes()
    assert copy_table(url, "tickets", tmp_path) == path
    assert path.read_bytes() == before
    (tmp_path / "other").mkdir()
    (tmp_path / "a.db").rename(tmp_path / "other" / "a.db")
    other = copy_table(f"sqlite:///{tmp_path}/other/a.db", "tickets", tmp_path)
    assert other.name == path.name
    assert other.parent != path.parent


@pytest.mark.parametrize(
    ("table", "broken", "said"),
    [
        ("ticket", str, "there is no table 'ticket'; its tables are: pairs, plain, tickets"),
        ("tickets", lambda url: url + "x", "there is no such file"),
        ("tickets", lambda url: "no such url", "A source looks like sqlite:///file.db#table"),
        ("tickets", lambda url: "nosuch://host/db", "A source looks like sqlite:///file.db#table"),
    ],
)
def test_what_is_not_there(url, tmp_path, table, broken, said):
    with pytest.raises(UsageError, match=said):
        copy_table(broken(url), table, tmp_path / "tables")
    assert list(tmp_path.glob("tables/*/*")) == []


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("sqlite:///a.db#tickets", ("sqlite:///a.db", "tickets")),
        ("postgresql://u:p#w@host/db#t", ("postgresql://u:p#w@host/db", "t")),
        ("sqlite:///a.db", None),
        ("folder/a#b.txt", None),
    ],
)
def test_table_source(source, wanted):
    assert table_source(source) == wanted
