"""An index goes live only where the library's questions are answered no worse."""

from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.evaluation.questions import Gold, Question
from rag.evaluation.reindexed import Reindexed, reindex_if_no_worse
from rag.indexing import reindexing
from tests.rag.evaluation.conftest import question_set

PARTS = {
    "rotor": "cedar", "valve": "basalt", "hinge": "copper", "lever": "rubber", "wheel": "granite",
    "bolt": "titanium", "spring": "nylon", "gasket": "cork", "handle": "walnut", "cover": "zinc",
}  # fmt: skip
QUESTIONS = question_set(
    *(
        Question(part, f"What is the {part} made of?", "en", True, (made_of,), (Gold(f"N-{at}"),))
        for at, (part, made_of) in enumerate(PARTS.items())
    )
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    rows = [f"N-{at},Note,In this note the {part} is made of {of}." for at, (part, of) in enumerate(PARTS.items())]
    (tmp_path / "notes.csv").write_text("\n".join(["id,title,text", *rows]) + "\n")
    with Assistant.open(tmp_path / "library", create=True, language="en") as assistant:
        assert [result.status for result in assistant.add([tmp_path / "notes.csv"])] == ["added"]
    (tmp_path / "library" / "pincite.toml").write_text("[answer]\njudge = false\n[retrieval]\nrerank = 0\n")
    return tmp_path / "library"


def reindexed(library: Path) -> tuple[Reindexed, int, list[tuple[int, int]]]:
    """What came of it, by how many changes the library is further, and the steps that were told."""
    heard: list[tuple[int, int]] = []
    with Assistant.open(library, anew=True) as assistant:
        before = assistant._library.generation
        made = reindex_if_no_worse(assistant, QUESTIONS, lambda *step: heard.append(step))
        assert assistant.search("What is the gasket made of?", k=1)[0].passage.text.endswith("made of cork.")
        return made, assistant._library.generation - before, heard


def test_an_index_that_loses_what_is_asked_for_is_not_gone_over_to(library, monkeypatch):
    def cut(document, settings=None):
        return [replace(each, end=each.start + 12, text=each.text[:12]) for each in split(document, settings)]

    split = reindexing.split
    (library / "trial").mkdir()  # left behind by one that was killed
    with monkeypatch.context() as broken:
        broken.setattr(reindexing, "split", cut)
        made, changes, heard = reindexed(library)
    assert (made.passages, changes) == (None, 0)
    assert made.sentence.startswith(
        "Not changed over: significantly worse than with the index before: ndcg@10 from 1.0"
    )
    assert heard == [(at, 10) for at in range(1, 11)] * 3, "questions, documents, questions; nothing was stored"
    assert not (library / "trial").exists()
    made, changes, heard = reindexed(library)
    assert (made.passages, changes, made.verdict.passed) == (10, 1, True)
    assert made.sentence == "Changed over: no guarded figure is significantly worse than with the index before."
    assert heard == [(at, 10) for at in range(1, 11)] * 4
    assert not (library / "trial").exists()
