"""People's questions of SQuAD's form: read, shelved, drafted with the places they marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageError
from finetune.pairs.asked import read_squad, shelved
from finetune.pairs.settle import settled
from tests.finetune.pairs.conftest import count, jsonl

FIRST = "Sellmouth harbour opened in 1871. Its first master was Anna Brook."
SECOND = "The lighthouse was lit by Maria Holt.\nIts lamp burned oil."


def line(question: str, context: str, answer: str | None, **more: Any) -> dict[str, Any]:
    answers = [] if answer is None else [{"text": answer, "answer_start": context.index(answer)}]
    return {"id": question, "question": question, "context": context, "answers": answers, **more}


LINES = (
    line("Who was the first master?", FIRST, "Anna Brook", title="Sellmouth"),
    line("Who lit the lighthouse?", SECOND, "Maria Holt", title="Sellmouth"),
    line("Who sank the harbour?", FIRST, None, title="Sellmouth", is_impossible=True),
    line("What did the lamp burn?", SECOND, "oil"),
)


def test_lines_of_one_title_are_one_document(tmp_path: Path) -> None:
    public = read_squad(jsonl(tmp_path / "asked.jsonl", *LINES))
    name, other = public.texts
    assert public.texts[name] == f"{FIRST}\n\n{SECOND}".replace("lit by Maria Holt.\n", "lit by Maria Holt. ")
    assert public.texts[other] == SECOND.replace("\n", " ")
    gold = public.questions[1].gold[0]
    assert public.texts[name][gold.start : gold.end] == "Maria Holt"
    assert [question.answerable for question in public.questions] == [True, True, False, True]


def test_articles_are_read_too(tmp_path: Path) -> None:
    asked = [{"id": row["id"], "question": row["question"], "answers": row["answers"]} for row in LINES[:1]]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "S", "paragraphs": [{"context": FIRST, "qas": asked}]}]}))
    (question,) = read_squad(path).questions
    assert question.answers == ("Anna Brook",)


def test_a_passage_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "squad.json"
    long = {"context": "word " * 2_000_000, "qas": []}
    path.write_text(json.dumps({"data": [{"title": "S", "paragraphs": []}, {"title": "T", "paragraphs": [long]}]}))
    with pytest.raises(UsageError, match=r"squad\.json, article 2: it has 10,000,000 characters"):
        read_squad(path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**LINES[0], "context": " "}, r"asked\.jsonl, line 2: question or context is empty"),
        (
            {**LINES[0], "answers": [{"text": "Anna", "answer_start": 3}]},
            r"line 2: the answer 'Anna' does not stand at 3",
        ),
        ({**LINES[0], "answers": ["Anna Brook"]}, r"line 2: an answer is 'Anna Brook', not a text with its place"),
        ({**LINES[0], "answers": [{"text": "Anna"}]}, r"line 2: an answer is .*, not a text with its place"),
    ],
)
def test_a_line_that_does_not_hold_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_squad(jsonl(tmp_path / "asked.jsonl", LINES[1], row))


def test_questions_are_settled_in_a_library_of_their_passages(tmp_path: Path) -> None:
    public = read_squad(jsonl(tmp_path / "asked.jsonl", *LINES))
    with shelved(public, tmp_path / "library", count, "asked") as (shelf, drafts):
        assert [draft.way for draft in drafts] == ["answered", "answered", "unanswerable", "answered"]
        assert drafts[0].document == drafts[1].document != drafts[3].document
        pairs = [settled(draft, shelf) for draft in drafts]
    assert not any(isinstance(pair, str) for pair in pairs)
    assert [(pair.kind, pair.answer) for pair in pairs if not isinstance(pair, str)] == [
        ("faq", "Its first master was Anna Brook."),
        ("faq", "The lighthouse was lit by Maria Holt."),
        ("unanswerable", "Not found."),
        ("faq", "Its lamp burned oil."),
    ]
