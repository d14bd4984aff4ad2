"""What is known stays known when a run is killed."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from core.errors import UsageError
from finetune.pairs.memo import Memo


def test_values_are_found_out_once(tmp_path: Path) -> None:
    found: list[str] = []

    def find(value: str) -> str:
        found.append(value)
        return value

    with Memo(tmp_path / "work" / "memo.jsonl") as memo:
        assert memo.get("a", lambda: find("eins")) == "eins"
        assert memo.get("a", lambda: find("zwei")) == "eins"
    with Memo(tmp_path / "work" / "memo.jsonl") as memo:
        assert memo.get("a", lambda: find("zwei")) == "eins"
        assert memo.get("b", lambda: find("二")) == "二"
    assert found == ["eins", "二"]


def test_a_line_that_was_cut_short_is_found_out_anew(tmp_path: Path) -> None:
    path = tmp_path / "memo.jsonl"
    path.write_bytes('["a", 1]\n["b", "半'.encode()[:-1])
    with Memo(path) as memo:
        assert memo.get("a", lambda: 2) == 1
        assert memo.get("b", lambda: 2) == 2
    assert path.read_text(encoding="utf-8") == '["a", 1]\n["b", 2]\n'


def test_a_file_that_cannot_grow_is_said(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Memo(tmp_path / "memo.jsonl") as memo:
        memo.get("a", lambda: 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            with pytest.raises(UsageError, match=r"memo\.jsonl cannot be written .*: it goes on where it stopped"):
                memo.get("b", lambda: "x" * 100_000)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
