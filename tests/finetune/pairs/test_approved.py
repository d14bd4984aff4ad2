"""Approved answers become pairs, as long as the documents still bear them."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from core.types import Answer, Citation, Sentence, Timings
from finetune.pairs import shelf
from finetune.pairs.approved import CHANGED, approved
from rag.library.store import Library
from tests.finetune.pairs.conftest import count

HOT = "E-205 means that the motor has become too hot."
TIMINGS = Timings(0.1, None, 0.1, 0, 0)


def answer(question: str, *sentences: str, notes: tuple[str, ...] = ()) -> Answer:
    said = tuple(
        Sentence(text, "verbatim", (Citation("manual.md", "id", None, 7, 7 + len(text), text),)) for text in sentences
    )
    return Answer(question, "answered" if said else "not_found", said, (), TIMINGS, None, notes)


def test_thumbs_become_pairs(library: Path, tmp_path: Path) -> None:
    own = tmp_path / "library"
    shutil.copytree(library, own)
    left_out: Counter[str] = Counter()
    with Library.open(own) as opened:
        journal = opened.journal
        given = [
            (answer("What does E-205 mean?", HOT), "up"),
            (answer("what does E-205 mean", "E-204 means that the filter in front of the pump is blocked."), "down"),
            (answer("And what is it?", HOT, notes=("Understood as: What does E-205 mean? And what is it?",)), "up"),
            (answer("What does E-900 mean?"), "up"),
            (answer("How hot may it be?", "It may be as hot as you like."), "up"),
            (answer("What is a strainer?", "Nobody said."), None),
        ]
        for each, thumbs in given:
            journal.record_feedback(journal.record_answer(each), thumbs)  # type: ignore[arg-type]
        held = shelf.Shelf(opened, count)
        pairs = approved(held, journal, "lib", left_out, lambda document, start: f"{document}@{start}")
    assert [(pair.kind, pair.question, pair.answer) for pair in pairs] == [
        ("approved", "What does E-205 mean?", HOT),
        ("approved", "What does E-205 mean? And what is it?", HOT),
        ("unanswerable", "What does E-900 mean?", "Not found."),
    ]
    assert pairs[0].rejected == "E-204 means that the filter in front of the pump is blocked."
    assert pairs[1].rejected is None
    assert (pairs[0].document, pairs[0].source) == ("manual.md@7", "lib")
    assert any(HOT in quote for quote in pairs[0].evidence)
    assert left_out == {CHANGED: 1}
