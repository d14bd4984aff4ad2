"""Rows of files that people gave: each fault is one error that names the file and the line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import UsageError
from finetune.pairs.rows import ROW_LIMIT, Row, read_rows


def written(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def test_a_table_gives_its_rows_with_their_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "faq.csv", 'question;answer\n"How\nlong?";Ten days\n\nWho?;Anna\n')
    assert read_rows(path) == [
        Row({"question": "How\nlong?", "answer": "Ten days"}, "line 2"),
        Row({"question": "Who?", "answer": "Anna"}, "line 5"),
    ]


def test_lines_and_lists_of_objects_are_rows(tmp_path: Path) -> None:
    row = {"question": "谁？", "answer": "安娜"}
    text = json.dumps(row, ensure_ascii=False)
    assert read_rows(written(tmp_path / "a.jsonl", "\ufeff" + text + "\n\n" + text)) == [
        Row(row, "line 1"),
        Row(row, "line 3"),
    ]
    assert read_rows(written(tmp_path / "a.json", f"[{text}]")) == [Row(row, "item 1")]
    assert read_rows(written(tmp_path / "b.json", f"{text}\n{text}\n"))[1] == Row(row, "line 2")
    assert read_rows(written(tmp_path / "c.json", text)) == [Row(row, "its object")]


def test_a_file_wholly_in_another_encoding_is_read(tmp_path: Path) -> None:
    text = "question,answer\n保修期多长？,保修期为二十四个月。\n滤芯多久更换？,每六个月更换一次。\n"
    assert read_rows(written(tmp_path / "gbk.csv", text.encode("gb18030")))[1].values["answer"] == "每六个月更换一次。"
    assert read_rows(written(tmp_path / "wide.csv", text.encode("utf-16")))[0].values["question"] == "保修期多长？"


def test_two_encodings_in_one_file_are_an_error_that_names_the_line(tmp_path: Path) -> None:
    lines = ["question,answer", "保修期多长？,保修期为二十四个月。", "滤芯多久更换？,每六个月更换一次。"]
    mixed = b"\n".join([lines[0].encode(), lines[1].encode(), lines[1].encode(), lines[2].encode("gb18030")])
    with pytest.raises(UsageError, match=r"mixed\.csv, line 4: it is not UTF-8, and other lines are"):
        read_rows(written(tmp_path / "mixed.csv", mixed))
    other = b"\n".join([lines[0].encode(), *[line.encode("gb18030") for line in lines[1:]] * 2, lines[1].encode()])
    with pytest.raises(UsageError, match=r"other\.csv, line 6: it is UTF-8, and other lines are not"):
        read_rows(written(tmp_path / "other.csv", other))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", "question,answer\nWho?\n", r"a\.csv, line 2: it has 1 cells, the header 2"),
        ("a.csv", "answer,answer\nAnna,Anna\n", r"a\.csv, line 1: the column 'answer' stands there twice"),
        ("a.csv", 'question,answer\nWho?,"Anna\nHow?,So\n', r"a\.csv, line 2: it is not CSV"),
        ("a.csv", "question,answer\n", r"a\.csv: it holds no row"),
        ("a.jsonl", '{"question": "Who?"}\n{"question": }\n', r"a\.jsonl, line 2: it is not JSON"),
        ("a.jsonl", '"Who?"\n', r"a\.jsonl, line 1: it is not an object"),
        ("a.json", '[\n{"a": 1},\n{]', r"a\.json, line 3: it is not JSON"),
        ("a.json", '[{"a": 1}, 2]', r"a\.json, item 2: it is not an object"),
        ("a.txt", "Who? Anna", r"a\.txt: it ends in \.txt"),
        ("a.csv", b"PK\x03\x04\x00\x00\x00\x00\x08\x00\x01\x02\x00", r"a\.csv: it holds binary data"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, name: str, data: str | bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_rows(written(tmp_path / name, data))


def test_a_row_of_ten_megabytes_is_refused_by_its_line(tmp_path: Path) -> None:
    long = "a" * 10_000_000
    faults = {
        "a.csv": f"question,answer\nWho?,Anna\nHow?,{long}\n",
        "a.jsonl": '{"question": "Who?", "answer": "Anna"}\n' + json.dumps({"question": "How?", "answer": long}),
        "a.json": json.dumps([{"question": "Who?", "answer": "Anna"}, {"question": "How?", "answer": long}]),
    }
    for name, text in faults.items():
        place = "item 2" if name == "a.json" else "line 2" if name == "a.jsonl" else "line 3"
        with pytest.raises(UsageError, match=rf"{name}, {place}: (?:it has|a cell of it has)"):
            read_rows(written(tmp_path / name, text))
    chat = {"conversations": [{"from": "human", "value": "How?"}, {"from": "gpt", "value": long}]}
    for held, place in (([chat], "item 1"), (chat, "its object")):
        with pytest.raises(UsageError, match=rf"chat\.json, {place}: it has 10,000,0"):
            read_rows(written(tmp_path / "chat.json", json.dumps(held)))
    just = written(tmp_path / "b.csv", f"question,answer\nHow?,{'b' * (ROW_LIMIT - 4)}\n")
    assert len(read_rows(just)) == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv: No such file"):
        read_rows(tmp_path / "none.csv")
