import pytest

from core.errors import UsageError
from rag.evaluation.records import RECORDS, Found, Record, Score, from_line, read_records, to_line

RECORD = Record(
    "q\u20281",
    (Found("a.pdf", 3, 9, 2, 0.5, ("b.pdf",)),),
    {"status": "answered"},
    0.75,
    ({"text": "x", "citations": ()},),
    {"answer": 0.25},
    {"f1": Score(None, "no gold"), "mrr": Score(1.0, "rank 1")},
)


def test_a_record_comes_back_from_its_line():
    line = to_line(RECORD)
    assert line.count("\n") == 1
    held = from_line(line)
    assert (held.id, held.ranking, held.scores, held.confidence) == (RECORD.id, RECORD.ranking, RECORD.scores, 0.75)
    assert held.evidence == ({"text": "x", "citations": []},)
    assert to_line(held) == line


def test_a_line_that_is_no_record_is_named(tmp_path):
    (tmp_path / RECORDS).write_text(to_line(RECORD) + "{}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"records.jsonl, line 2: it is no record"):
        read_records(tmp_path)


def test_a_folder_without_records(tmp_path):
    with pytest.raises(UsageError, match="holds no records.jsonl"):
        read_records(tmp_path)
