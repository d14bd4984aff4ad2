"""What the peers' scripts share, with a system of a few lines in place of a peer."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.side_by_side.run import HERE

PEERS = HERE / "peers"
CHILD = "x = bytearray(80 << 20); sum(range(3_000_000)); print('held', flush=True); input()"


@pytest.fixture
def children() -> ModuleType:
    """`children.py` as the scripts see it."""
    spec = importlib.util.spec_from_file_location("children", PEERS / "children.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_child_processes_are_weighed_while_they_live_and_their_work_counts_when_they_have_ended(
    children: ModuleType,
) -> None:
    ballast = bytearray(300 << 20)  # RUSAGE_CHILDREN would say that a child held this
    before, work = children.memory_mb(), children.work_s()
    called = [sys.executable, "-c", CHILD]
    with (
        children.Watch() as watch,
        subprocess.Popen(called, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child,
    ):
        assert child.stdout
        assert child.stdout.readline() == "held\n"
        held = children.memory_mb() - before
        child.communicate("\n")
    assert len(ballast) == 300 << 20
    assert 80 < held < 160
    assert watch.most_mb < before + 160
    assert children.work_s() - work > 0.01


def test_questions_of_documents_of_their_own_are_asked_of_those_alone(tmp_path: Path) -> None:
    script = f"""
import sys
sys.path.insert(0, {str(PEERS)!r})
from common import run

class Whole:
    def __init__(self, setting, language, endpoint):
        self.held = []
    def index(self, documents):
        self.held += [(one["name"], one["text"]) for one in documents]
    def update(self, documents):
        self.held.append(("changed", documents[0]["text"]))
    def retrieve(self, question, k):
        return self.held[:k]

run(Whole)
"""
    path, out = tmp_path / "job.json", tmp_path / "out.jsonl"
    documents = [{"name": name, "text": f"This is {name}."} for name in "abc"]
    asked = [("1", "a"), ("2", "b"), ("3", "a"), ("4", "c")]
    questions = [{"id": key, "question": "What is this?", "within": [name]} for key, name in asked]
    path.write_text(json.dumps({"language": "en", "documents": documents, "questions": questions}), encoding="utf-8")

    def rows(count: int) -> list[dict[str, Any]]:
        options = ["--retrieval-only", "--n", str(count), "--endpoint", "http://127.0.0.1:9"]
        subprocess.run([sys.executable, "-c", script, str(path), str(out), *options], check=True)
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    first = rows(2)
    assert [row.get("id") or row["within"] for row in first] == [["a"], "1", ["a"], ["b"], "2", ["b"]]
    assert first[1]["ranking"] == [["a", "This is a."]]
    assert first[0]["documents"] == 1
    assert first[0]["index_children_work_s"] == 0.0
    assert first[2]["children_mb"] == 0
    then = rows(4)[6:]
    assert [row.get("id") or row["within"] for row in then] == ["3", ["a"], ["c"], "4", ["c"]]
    assert rows(4)[6:] == then
