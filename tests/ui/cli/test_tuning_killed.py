"""Killed at instants of every stage, a tuning goes on with the same command, and ends as one that nobody disturbed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.weights import sha256_of
from rag.assistant import Assistant
from tests.finetune.export.made_models import base
from tests.finetune.pairs.conftest import GUIDE, MANUAL
from tests.ui.cli.killed import Instant, status

KILLED = -9
SETTLED: Instant = ("Memo.get", "", 6)
INSTANTS: list[tuple[str, Instant]] = [
    ("pairs", SETTLED),
    ("pairs", ("Path.replace", "pairs/manifest.json", 1)),
    ("train", ("append", "log.jsonl", 3)),  # behind a checkpoint of step 2
    ("train", ("Path.replace", "run/adapter", 1)),
    ("merge", ("Path.replace", "run/merged", 1)),
    ("export", ("Path.replace", "gguf/tiny-Q8_0.gguf", 1)),
    ("parity", ("Path.replace", "run/parity.json", 1)),
]
"""In the order in which a tuning comes to them."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    documents, folder = tmp_path_factory.mktemp("documents"), tmp_path_factory.mktemp("library")
    (documents / "manual.md").write_text(MANUAL, encoding="utf-8")
    (documents / "guide.md").write_text(GUIDE, encoding="utf-8")
    with Assistant.open(folder, create=True, language="en") as assistant:
        list(assistant.add([documents]))
    (folder / "pincite.toml").write_text("[answer]\njudge = false\n", encoding="utf-8")
    return folder


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    text = (
        f"name: tiny\nbase: {base(tmp_path / 'base')}\npairs: {{held: 0.3, most: 12}}\n"
        "train: {rank: 2, sequence_length: 1024, batch_tokens: 1024, read_tokens: 1024, learning_rate: 1.0e-2}\n"
        "export: {quantisations: [Q8_0]}\n"
    )
    path = tmp_path / "tiny.yaml"
    path.write_text(text)
    return path


def left(run: Path) -> dict[str, Any]:
    """What a run left: each file's hash, and of the records all but how long it took."""
    found: dict[str, Any] = {}
    for path in sorted(each for each in run.rglob("*") if each.is_file()):
        name = path.relative_to(run).as_posix()
        found[name] = sha256_of(path)
        if name == "manifest.json":
            found[name] = json.loads(path.read_text())
            found[name].get("train", {"figures": {}})["figures"].pop("seconds", None)
        elif name == "training/log.jsonl":
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            found[name] = [{key: value for key, value in line.items() if key != "seconds"} for line in lines]
    return found


def whole(name: str) -> bool:
    """Whether a file is none that is only there while its stage is under way."""
    under_way = {"training/checkpoint.pt", "training/best.pt", "training/log.jsonl", "training/curves.svg"}
    parts = Path(name).parts
    hidden = any(part.startswith(".") or part.endswith(".partial") for part in parts)
    return not hidden and name not in under_way and name != "manifest.json"


@pytest.mark.timeout(900)
def test_killed_in_each_stage_it_ends_in_the_same(recipe: Path, library: Path, tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="the other engine is installed")
    told = tmp_path / "told"

    def tune(run: Path, instant: Instant | None = None) -> int:
        return status(["--library", str(library), "tune", str(recipe), "--run", str(run)], told, instant)

    assert tune(tmp_path / "whole" / "run") == 0, told.read_text()
    meant, run = left(tmp_path / "whole" / "run"), tmp_path / "parts" / "run"
    for stage, instant in INSTANTS:
        assert tune(run, instant) == KILLED, f"{stage}, {instant}: {told.read_text()}"
        there = left(run)
        # F16, a step on the way, is in no finished run
        half = [name for name, found in there.items() if whole(name) and meant.get(name, found) != found]
        assert not half, f"{stage}, {instant}: {half} are there and not whole"
        recorded = there.get("manifest.json", {})
        assert all(meant["manifest.json"][name] == found for name, found in recorded.items() if name != "export")
    assert tune(run) == 0, told.read_text()
    assert left(run) == meant


@pytest.mark.parametrize("instant", [SETTLED, ("Path.replace", "out/held.jsonl", 1)], ids=["settling", "writing"])
def test_killed_making_pairs_goes_on(instant: Instant, library: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"

    def pairs(out: Path, instant: Instant | None = None) -> int:
        options = ["--from", "passages", "--held", "0.3", "--most", "12"]
        return status(["--library", str(library), "pairs", str(out), *options], told, instant)

    assert pairs(tmp_path / "whole" / "out") == 0, told.read_text()
    assert pairs(tmp_path / "parts" / "out", instant) == KILLED, told.read_text()
    assert not (tmp_path / "parts" / "out" / "manifest.json").exists()
    assert pairs(tmp_path / "parts" / "out") == 0, told.read_text()
    assert left(tmp_path / "parts" / "out") == left(tmp_path / "whole" / "out")
