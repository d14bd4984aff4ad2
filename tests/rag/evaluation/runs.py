"""Runs made of records that are written by hand, for what only reads them."""

from pathlib import Path

from rag.evaluation.figures import summarised
from rag.evaluation.questions import Gold, Question
from rag.evaluation.records import Found, Record, Score
from rag.evaluation.run import Run

MANIFEST = {
    "code": {"pincite": "0.1.0", "sha256": "c" * 64},
    "library": {
        "folder": "/library",
        "generation": 3,
        "documents": 2,
        "passages": 9,
        "content": "d" * 64,
        "made_with": {"embedder": "minilm", "embedder_sha256": "e" * 64},
    },
    "model": None,
    "judge": None,
    "settings": {"answer": {"threshold": None}, "retrieval": {"candidates": 50}, "depth": 40, "answers": True},
    "questions": {"file": "set.csv", "count": 0, "sha256": "f" * 64},
}


def question(key, text="What?", answerable=True):
    gold = (Gold("a.pdf", 2),) if answerable else ()
    return Question(key, text, "en", answerable, ("x <b>",) if answerable else (), gold)


def sentence(quote, page=2):
    citation = {"document": "a.pdf", "document_id": "0", "page": page, "start": 5, "end": 9, "quote": quote}
    return {"text": quote, "support": "verbatim", "citations": [citation]}


def record(key, confidence=0.5, status="answered", **scores):
    answer = {"status": status, "sentences": [sentence(f"quote of {key}")], "notes": []}
    values = {name.replace("_", " "): Score(value, f"reason of {name}") for name, value in scores.items()}
    return Record(
        key,
        (Found("a.pdf", 0, 9, 2, 0.5, gold=True),),
        answer,
        confidence,
        (sentence("unsaid"),),
        {"answer": 0.2},
        values,
    )


def made_run(folder: Path, *pairs, **manifest):
    questions, records = tuple(each for each, _ in pairs), {each.id: each for _, each in pairs}
    return Run(folder, {**MANIFEST, **manifest}, questions, records, summarised(questions, records))
