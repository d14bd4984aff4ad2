"""Files of questions: which lines count, and going on after a stop."""

import json
from pathlib import Path

import pytest

from core.errors import UsageError
from ui.cli import batches


def test_bad_lines_are_named(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(
        b'\xef\xbb\xbf{"id": "a", "question": "Who?"}\n'
        b"\n"
        b"not json\n"
        b'{"id": 7, "question": "\xe5\xa4\x9a\xe4\xb9\x85?", "gold": "ignored"}\n'
        b'{"question": "No id?"}\n'
        b'{"id": "a", "question": "Again?"}\n'
        b'{"id": true, "question": "Bool?"}\n'
        b"[1]\n"
    )
    batch = batches.read(source)
    assert batch.questions == {"a": "Who?", 7: "多久?"}
    form = 'not {"id": text or number, "question": text}'
    assert batch.bad_lines == [
        f"{source}, line 3: not JSON (Expecting value: line 1 column 1 (char 0)); skipped.",
        f"{source}, line 5: {form}; skipped.",
        f"{source}, line 6: the id 'a' stands further up already; skipped.",
        f"{source}, line 7: {form}; skipped.",
        f"{source}, line 8: {form}; skipped.",
    ]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.jsonl: No such file or directory\. Give a file of questions"):
        batches.read(tmp_path / "none.jsonl")


def test_resuming_keeps_whole_lines_and_cuts_off_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    whole = [json.dumps({"id": 1, "text": "一"}, ensure_ascii=False), json.dumps({"id": "b"})]
    out.write_text("\n".join([*whole, '{"id": "c", "te']), encoding="utf-8")
    with batches.opened(out, resume=True) as (file, done):
        assert done == {1, "b"}
        file.write('{"id": "d"}\n')
    assert out.read_text(encoding="utf-8").splitlines() == [*whole, '{"id": "d"}']


def test_resuming_what_has_not_begun_begins_it(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with batches.opened(out, resume=True) as (file, done):
        assert done == set()
        file.write('{"id": 1}\n')
    assert out.read_text() == '{"id": 1}\n'


def test_without_resuming_the_file_starts_afresh(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text('{"id": 1}\n')
    with batches.opened(out, resume=False) as (file, done):
        assert done == set()
        file.write('{"id": 2}\n')
    assert out.read_text() == '{"id": 2}\n'


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match=r"none/out\.jsonl: No such file or directory"),
        batches.opened(tmp_path / "none" / "out.jsonl", resume=False),
    ):
        pass
