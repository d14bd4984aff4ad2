import sqlite3

import pytest

from core.errors import UsageError
from ingestion.readers.database import read_table, table_source
from ingestion.readers.reading import RecordFields


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
            """
        )
    connection.close()
    return f"sqlite:///{tmp_path}/a.db"


def test_rows_are_named_by_their_key(url):
    first, second = read_table(url, "tickets", RecordFields())
    assert (first.document.name, first.document.text) == ("5", "Reset\nHold it.")
    assert dict(first.document.metadata) == {"title": "Reset", "price": "4.50", "day": "2024-05-06"}
    assert (second.document.name, second.document.text) == ("6", "等待。")
    assert first.document.source_hash != second.document.source_hash
    assert first.document.media_type == "application/sql"


def test_a_table_without_key(url):
    (reading,) = read_table(url, "pairs", RecordFields())
    assert (reading.document.name, reading.document.text) == ("pairs#1", "a: x\nb: y")


def test_a_row_that_did_not_change_has_the_same_hash(url):
    before, after = (list(read_table(url, "tickets", RecordFields())) for _ in range(2))
    assert [reading.document for reading in before] == [reading.document for reading in after]


@pytest.mark.parametrize(
    ("table", "broken", "said"),
    [
        ("ticket", str, "there is no table 'ticket'; its tables are: pairs, tickets"),
        ("tickets", lambda url: url + "x", "there is no such file"),
        ("tickets", lambda url: "no such url", "A source looks like sqlite:///file.db#table"),
        ("tickets", lambda url: "nosuch://host/db", "A source looks like sqlite:///file.db#table"),
    ],
)
def test_what_is_not_there(url, table, broken, said):
    with pytest.raises(UsageError, match=said):
        list(read_table(broken(url), table, RecordFields()))


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
