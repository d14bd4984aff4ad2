"""One small real library that pairs are made of, and a count of tokens that needs no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from finetune.pairs import shelf
from finetune.pairs.shelf import Shelf
from rag.assistant import Assistant
from rag.library.store import Library

MANUAL = """# Pump manual

## 1 Words

In this manual, "Fee" means the price of one month. A strainer is defined as a coarse filter in front of the pump.

## 2 Storage

Store the pump in a dry room that is free of vibration, and turn its shaft by hand every month.

## 3 Errors

E-204 means that the filter in front of the pump is blocked. E-205 means that the motor has become too hot.

## 4 Spare parts

| Part | Number | Price |
| --- | --- | --- |
| Seal kit | HR-10 | 12 EUR |
| Shaft | HR-11 | 80 EUR |
| Impeller | HR-12 | at most 95 EUR |
"""
GUIDE = """# Service guide

## 1 Visits

An engineer of the Norvik office visits each site every six months. The visit takes about two hours.

## 2 Records

Support records are kept for six years. Recordings of telephone calls are deleted after thirty days.
"""


def count(text: str) -> int:
    """About the tokens of a text."""
    return len(text) // 4 + 1


def jsonl(path: Path, *rows: object) -> Path:
    """A file of objects, one a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two documents in English. Not to be changed."""
    documents = tmp_path_factory.mktemp("documents")
    (documents / "manual.md").write_text(MANUAL, encoding="utf-8")
    (documents / "guide.md").write_text(GUIDE, encoding="utf-8")
    folder = tmp_path_factory.mktemp("library")
    with Assistant.open(folder, create=True, language="en") as assistant:
        assert [result.status for result in assistant.add([documents])] == ["added", "added"]
    (folder / "pincite.toml").write_text("[answer]\njudge = false\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def held(library: Path) -> Iterator[Shelf]:
    """That library, opened."""
    with Library.open(library) as opened:
        yield shelf.Shelf(opened, count)
