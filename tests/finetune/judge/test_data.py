import json
import random
from pathlib import Path

import pytest

from core.errors import UsageError
from finetune.judge.data import _shuffled, counted, main
from finetune.judge.document_readers import reports, rulings
from finetune.judge.examples import Example, read
from finetune.judge.readers import Sourced
from tests.finetune.judge.made_of import folder, lines


def test_doubles_go_and_so_do_rows_with_two_labels() -> None:
    def one(name: str, question: str, label: str) -> Sourced:
        return Sourced(Example(name, "relevance", question, "A passage.", label), "t")

    rows = [
        one("1", "a", "relevant"),
        one("2", "a", "relevant"),
        one("3", "b", "relevant"),
        one("4", "b", "irrelevant"),
    ]
    assert [example.id for example in _shuffled(rows, random.Random(0))] == ["1"]


def test_the_table_counts_by_task_kind_label_and_source() -> None:
    rows = [Example(str(i), "relevance", f"q{i}", "A passage.", "relevant", source="t") for i in range(2)]
    assert counted(rows) == "      2  relevance  natural  relevant  t\n      2  in all"


def test_a_report_gives_what_stands_once_in_its_table(tmp_path: Path) -> None:
    data = folder(tmp_path)
    (data / "10_finance_qa/tatqa").mkdir(parents=True)
    table = [["", "2019", "2018"], ["Sales", "50", "57"], ["Costs", "20", "20"]]
    asked = {"answer_type": "span", "answer_from": "table", "req_comparison": False}
    questions = [
        {"uid": "a", "question": "What were the sales in 2019?", "answer": ["50"], **asked},
        {"uid": "b", "question": "What were the costs in 2019?", "answer": ["20"], **asked},
    ]
    report = {"table": {"uid": "T", "table": table}, "paragraphs": [], "questions": questions}
    (data / "10_finance_qa/tatqa/tatqa_dataset_dev.json").write_text(json.dumps([report]), encoding="utf-8")
    split = '{"10_finance_qa/tatqa (key table.uid)": ["another"]}'
    (data / "DEV_SPLIT.json").write_text(split, encoding="utf-8")
    [row] = reports(data, random.Random(0))
    assert row.example.passage == " | 2019 | 2018\nSales | 50 | 57\nCosts | 20 | 20"
    assert row.example.passage[row.example.start : row.example.end] == "50"


def test_a_ruling_points_at_the_first_of_its_answers(tmp_path: Path) -> None:
    file = "lawbench_2-5_reading_comprehension.jsonl"
    item = {
        "id": "2-5-9",
        "question": "段落:甲于五月借款一万元,乙于六月还款。问题:双方何时办理？",
        "answer": "回答:五月,六月",
    }
    lines(tmp_path / "04_chinese_qa/lawbench" / file, [item, {**item, "id": "2-5-8"}])
    (tmp_path / "DEV_SPLIT.json").write_text(f'{{"{file} (key id)": ["2-5-8"]}}', encoding="utf-8")
    [row] = rulings(tmp_path, random.Random(0))
    assert row.example.id == "lawbench:2-5-9"
    assert row.example.passage[row.example.start : row.example.end] == "五月"


def test_a_language_is_written_with_its_held_part_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = folder(tmp_path / "data")
    file = "lawbench_2-5_reading_comprehension.jsonl"
    items = [
        {
            "id": f"2-5-{i}",
            "question": f"段落:第{i}号:甲于五月借款{i}万元。{'乙同意了。' * 30}问题:甲何时借款？",
            "answer": "回答:五月",
        }
        for i in range(40)
    ]
    lines(data / "04_chinese_qa/lawbench" / file, items)
    split = data / "DEV_SPLIT.json"
    split.write_text(split.read_text(encoding="utf-8")[:-1] + f', "{file} (key id)": ["2-5-0"]}}', encoding="utf-8")
    main(["--data", str(data), "--out", str(tmp_path / "out"), "--language", "zh"])
    train = list(read(tmp_path / "out" / "zh.jsonl"))
    apart = list(read(tmp_path / "out" / "zh-held.jsonl"))
    assert {e.id.split(":")[1] for e in train}.isdisjoint(e.id.split(":")[1] for e in apart)
    assert not any(e.id.startswith("lawbench:2-5-0:") or e.id == "lawbench:2-5-0" for e in (*train, *apart))
    assert {e.language for e in (*train, *apart)} == {"zh"}
    closer = list(read(tmp_path / "out" / "zh-closer.jsonl"))
    assert {(e.kind, e.id.split(":")[1] in {t.id.split(":")[1] for t in train}) for e in closer} == {
        ("natural-closer", True)
    }
    assert f"{len(train):7,d}  in all" in capsys.readouterr().out


def test_a_folder_without_the_data_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="laid out as its README"):
        main(["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--language", "zh"])
