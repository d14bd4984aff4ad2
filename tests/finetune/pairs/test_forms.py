"""Pairs out of the forms that support history and chat data come in."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageError
from finetune.pairs.forms import read_file
from finetune.pairs.pair import Pair


def jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def sides(pairs: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.question, pair.answer) for pair in pairs]


def test_an_faq_table(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text(
        "ID,Question,Answer,Source\n1,Is it\u00a0wet?,Yes. ,pump.pdf\n2,Is it damp?,yes,\n3,多久？,三天。,\n",
        encoding="utf-8",
    )
    found = read_file(path)
    assert found.form == "faq"
    assert sides(found.pairs) == [("Is it wet?", "Yes."), ("Is it damp?", "yes"), ("多久？", "三天。")]
    assert [(pair.kind, pair.language, pair.source) for pair in found.pairs] == [
        ("faq", "en", str(path)),
        ("faq", "en", str(path)),
        ("faq", "zh", str(path)),
    ]
    assert found.pairs[0].document == "faq.csv:pump.pdf"


def test_rows_with_one_answer_are_one_document(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("q,a\nHow long?,Ten days.\nWhat term?,TEN DAYS\nWho?,Anna.\n", encoding="utf-8")
    documents = [pair.document for pair in read_file(path).pairs]
    assert documents[0] == documents[1] != documents[2]


def test_tickets_ask_with_subject_and_description(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("ticket,Description,Subject,Resolution\n7,It drips.,Leak,Seal replaced.\n", encoding="utf-8")
    found = read_file(path)
    assert (found.form, sides(found.pairs)) == ("ticket", [("Leak\nIt drips.", "Seal replaced.")])
    assert found.pairs[0].kind == "ticket"


def test_alpaca(tmp_path: Path) -> None:
    row = {"instruction": "Translate.", "input": "Hund", "output": "dog", "history": [["Hi", "Hello"]], "system": "Be"}
    found = read_file(jsonl(tmp_path / "a.jsonl", row))
    assert (found.form, sides(found.pairs)) == ("alpaca", [("Translate.\nHund", "dog")])
    assert found.pairs[0].history == (("Hi", "Hello"),)
    assert found.left_out == Counter({"system message of a chat": 1})


def test_sharegpt_gives_a_pair_for_each_answer(tmp_path: Path) -> None:
    turns = [("system", "Be kind."), ("human", "A?"), ("gpt", "a"), ("human", "B?"), ("gpt", "b"), ("human", "C?")]
    path = jsonl(tmp_path / "a.jsonl", {"conversations": [{"from": who, "value": text} for who, text in turns]})
    found = read_file(path)
    assert (found.form, sides(found.pairs)) == ("sharegpt", [("A?", "a"), ("B?", "b")])
    assert [pair.history for pair in found.pairs] == [(), (("A?", "a"),)]
    assert found.pairs[0].document == found.pairs[1].document
    assert found.left_out == Counter({"system message of a chat": 1, "last turn of a chat, not answered": 1})


def test_messages_and_turns_with_both_sides_are_chats_too(tmp_path: Path) -> None:
    chat = {"messages": [{"role": "user", "content": "A?"}, {"role": "assistant", "content": "a"}]}
    both = {"conversation": [{"system": "", "input": "A?", "output": "a"}, {"input": "B?", "output": "b"}]}
    assert sides(read_file(jsonl(tmp_path / "a.jsonl", chat)).pairs) == [("A?", "a")]
    assert sides(read_file(jsonl(tmp_path / "b.jsonl", both)).pairs) == [("A?", "a"), ("B?", "b")]


def test_squad_is_recognised_and_left_to_others(tmp_path: Path) -> None:
    found = read_file(jsonl(tmp_path / "a.jsonl", {"question": "A?", "context": "a", "answers": []}))
    assert (found.form, found.pairs) == ("squad", [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"frage": "A?", "antwort": "a"}, r"a\.jsonl, line 1: its columns are 'frage', 'antwort', of no form"),
        ({"messages": "A?"}, r"a\.jsonl, line 1: it holds no list of turns"),
        ({"messages": [{"role": "boss", "content": "A"}]}, r"line 1: a turn is of 'boss'"),
        (
            {"messages": [{"role": "assistant", "content": "a"}, {"role": "user", "content": "A?"}]},
            r"line 1: turns 1 and 2 are of assistant and user",
        ),
        ({"messages": [{"role": "user", "content": "A?"}]}, r"line 1: question or answer is empty"),
        ({"instruction": "A", "output": "a", "history": ["x"]}, r"line 1: history is no list of turns"),
    ],
)
def test_what_is_of_no_form_is_named(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_file(jsonl(tmp_path / "a.jsonl", row))


def test_all_rows_without_an_answer_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "faq.csv"
    path.write_text("q,a\nWho?,Anna\nHow?, \n,So\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"faq\.csv, line 3, line 4: question or answer is empty"):
        read_file(path)


def test_a_later_row_without_the_columns_is_named(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"question": "A?", "answer": "a"}, {"question": "B?", "text": "b"})
    with pytest.raises(UsageError, match=r"a\.jsonl, line 2: no column is named answer"):
        read_file(path)


def test_a_form_that_is_none(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"question": "A?", "answer": "a"})
    with pytest.raises(UsageError, match="give the form: faq, ticket, alpaca, sharegpt, squad"):
        read_file(path, "chat")
