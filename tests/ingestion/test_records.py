import json

import pytest

from core.errors import DamagedFile, DocumentError, LimitExceeded
from core.types import Block
from core.weights import sha256_of
from ingestion.readers import RecordFields, read_file
from ingestion.readers.records import delimiter


@pytest.fixture
def read(tmp_path):
    def read(name, data, fields=RecordFields()):  # noqa: B008
        path = tmp_path / "file"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return list(read_file(path, name, fields))

    return read


def texts(readings):
    return {reading.document.name: reading.document.text for reading in readings}


def test_named_by_id_with_title_text_and_the_rest_as_metadata(read, tmp_path):
    (reading,) = read("kb.csv", 'ID,Title,Content,Team,Price\nK-7,Reset,"Hold it.\nWait.",Care,12\n')
    document = reading.document
    assert document.name == "K-7"
    assert document.text == "Reset\nHold it.\nWait."
    assert document.blocks == (Block("heading", 0, 5, level=1), Block("text", 6, 14), Block("text", 15, 20))
    assert dict(document.metadata) == {"title": "Reset", "Team": "Care", "Price": "12"}
    assert document.media_type == "text/csv"
    assert document.source_hash == sha256_of(tmp_path / "file")


def test_rows_without_special_fields_are_lines_of_column_and_value(read):
    readings = read("parts.csv", "Part,Price\nBlade,4\n\nHandle,\n")
    assert texts(readings) == {"parts.csv#2": "Part: Blade\nPrice: 4", "parts.csv#4": "Part: Handle"}
    assert dict(readings[0].document.metadata) == {"Part": "Blade", "Price": "4"}


def test_fields_can_be_named(read):
    (reading,) = read("a.csv", "no,id,what,why\n5,x,Tea,hot\n", RecordFields(id="no", title="what", text="why"))
    assert (reading.document.name, reading.document.text) == ("5", "Tea\nhot")
    assert dict(reading.document.metadata) == {"title": "Tea", "id": "x"}


def test_a_field_that_is_not_there_is_an_error_that_names_those_that_are(read):
    with pytest.raises(DocumentError, match=r"no field is named 'key'; its fields are 'a', 'b'"):
        read("a.csv", "a,b\n1,x\n", RecordFields(id="key"))


def test_chinese_fields_in_gb18030(read):
    (reading,) = read("退款.csv", "编号,标题,正文\n甲1,退款,七天内可以退款。\n".encode("gb18030"))
    assert (reading.document.name, reading.document.text) == ("甲1", "退款\n七天内可以退款。")


def test_an_id_used_twice_keeps_both_rows(read):
    readings = read("a.csv", "id,text\n1,one\n1,two\n,three\n")
    assert texts(readings) == {"1": "one", "a.csv#3": "two", "a.csv#4": "three"}
    assert readings[1].notes == ("Row 3: the id '1' was used before; the row is named a.csv#3.",)


def test_ragged_rows_are_kept_and_noted(read):
    readings = read("a.csv", "name,price\nTea,1,hot\nMilk\n")
    assert texts(readings) == {"a.csv#2": "name: Tea\nprice: 1\ncolumn 3: hot", "a.csv#3": "name: Milk"}
    assert readings[0].notes == ("Row 2 has 3 instead of 2 cells; it was kept as it stands.",)
    assert not readings[0].partial


def test_lines_above_the_header_become_headings(read):
    readings = read("a.csv", "Prices of 2024\n\nname,price\nTea,1\nMilk,2\n")
    assert texts(readings) == {
        "a.csv#4": "Prices of 2024\nname: Tea\nprice: 1",
        "a.csv#5": "Prices of 2024\nname: Milk\nprice: 2",
    }


def test_a_table_without_header_numbers_its_columns(read):
    assert texts(read("a.csv", "1,2\n3,4\n")) == {
        "a.csv#1": "column 1: 1\ncolumn 2: 2",
        "a.csv#2": "column 1: 3\ncolumn 2: 4",
    }


def test_a_quote_that_is_never_closed_swallows_nothing(read):
    readings = read("a.csv", 'name,size\npipe,2"\nrod,3\n')
    assert texts(readings) == {"a.csv#2": 'name: pipe\nsize: 2"', "a.csv#3": "name: rod\nsize: 3"}
    assert readings[0].notes == (
        "A quotation mark in the file is never closed; all of them were read as plain characters.",
    )


@pytest.mark.parametrize(
    ("sample", "wanted"),
    [
        ("a,b\n1,2\n", (",", 2)),
        ("a;b;c\n1,5;2;3\n", (";", 3)),
        ("a\tb\nx, y\tz\n", ("\t", 2)),
        ('a|b\n"x|y"|z\n', ("|", 2)),
        ("one\ntwo\n", (",", 1)),
    ],
)
def test_delimiter(sample, wanted):
    assert delimiter(sample) == wanted


def test_jsonl_flattens_what_is_nested_and_keeps_numbers(read):
    row = {"_id": 31, "title": "T", "text": "one\ntwo", "metadata": {"year": 2020, "tags": ["a", "b"], "ok": True}}
    (reading,) = read("a.jsonl", json.dumps(row))
    assert (reading.document.name, reading.document.text) == ("31", "T\none\ntwo")
    assert dict(reading.document.metadata) == {
        "title": "T",
        "metadata.year": 2020,
        "metadata.tags": "a, b",
        "metadata.ok": True,
    }


def test_bad_lines_of_jsonl_are_left_out_and_named(read):
    bad = "[" * 100_000
    readings = read("a.jsonl", f'{{"id":"a","text":"A"}}\n{{oops\n\n{bad}\n{{"id":"b","text":"B"}}\n[1]\n')
    assert texts(readings) == {"a": "A", "b": "B"}
    assert [reading.partial for reading in readings] == [False, True]
    assert readings[1].notes == ("Left out 3 lines that are no JSON objects: 2, 4, 6.",)


def test_jsonl_without_a_record(read):
    with pytest.raises(DamagedFile, match="no line of it is a JSON object with text"):
        read("a.jsonl", "nothing\nhere\n")


def test_a_record_without_text_falls_back_on_its_other_fields(read):
    assert texts(read("a.jsonl", '{"id":"a","text":"","colour":"red"}\n{"id":"b"}\n')) == {"a": "colour: red"}


def test_a_json_array_of_objects_is_records(read):
    readings = read("a.json", '[{"id": "x", "text": "one"}, {"id": "y", "text": "two", "n": 1.5}]')
    assert texts(readings) == {"x": "one", "y": "two"}
    assert dict(readings[1].document.metadata) == {"n": 1.5}


def test_lines_under_the_ending_json(read):
    assert texts(read("a.json", '{"id":"x","text":"one"}\n{"id":"y","text":"two"}\n')) == {"x": "one", "y": "two"}


def test_other_json_is_one_document_with_headings(read):
    policy = {"refunds": {"steps": [{"say": "sorry"}, {"do": ["log", "pay"]}], "days": 14}, "version": 2}
    (reading,) = read("a.json", json.dumps(policy))
    document = reading.document
    assert document.text == "version: 2\nrefunds\ndays: 14\nsteps [1]\nsay: sorry\nsteps [2]\ndo: log, pay"
    assert [(level, title) for level, title, _ in document.outline] == [
        (1, "refunds"),
        (2, "steps [1]"),
        (2, "steps [2]"),
    ]


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ('{"a": ', DamagedFile, r"Reading a\.json as JSON: it is damaged \(Expecting value"),
        ("[" * 200_000, LimitExceeded, "nested too deeply"),
    ],
)
def test_bad_json(read, data, error, said):
    with pytest.raises(error, match=said):
        read("a.json", data)


def test_a_csv_is_streamed(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,size\n" + "rod,3\n" * 50_000)
    readings = read_file(path, "a.csv")
    assert next(readings).document.name == "a.csv#2"
    readings.close()
