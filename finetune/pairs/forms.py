"""Pairs out of files of questions and answers: FAQ and ticket tables, and the forms that chat data comes in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UsageError
from finetune.pairs.pair import Pair, made
from finetune.pairs.rows import Row, fault, read_rows
from ingestion.clean import normalise
from ingestion.duplicates import fingerprint
from ingestion.tokens import language

QUESTION = ("question", "q", "query", "prompt", "问题", "提问", "问")
ANSWER = ("answer", "a", "response", "reply", "答案", "回答", "答复", "答")
TICKET_QUESTION = ("subject", "title", "description", "body", "message", "issue", "problem", "标题", "问题描述", "描述")
TICKET_ANSWER = ("resolution", "solution", "resolved_by", "fix", "处理结果", "解决方案", "处理方法", "解决办法")
DOCUMENT = ("document", "source", "url", "文档", "来源")
"""Names of columns, in any case; the parts of a ticket's question are joined in this order."""
_SHOWN = 8
_USER = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "bot": "assistant"}


@dataclass
class FromFile:
    """What came of a file: its pairs, its form, and what was left out of it, counted by reason."""

    pairs: list[Pair]
    form: str
    left_out: Counter[str]


def read_file(path: Path, form: str | None = None) -> FromFile:
    """The pairs of a file in the form `form`, one of FORMS; found by its columns or keys where None is given.

    Of the form "squad" none are given: its questions need evidence, see `finetune.pairs.asked`. Raises UsageError
    naming the file and the lines: as `read_rows`; columns of no form, empty questions or answers, turns out of order.
    """
    rows = read_rows(path)
    form = form or _form(rows[0].values)
    if form not in FORMS:
        names = ", ".join(repr(name) for name in rows[0].values)
        raise fault(
            path,
            rows[0].place,
            f"its columns are {names}, of no form that is known",
            f"Name one of them question and one answer, or give the form: {', '.join(FORMS)}.",
        )
    found = FromFile([], form, Counter())
    empty: list[str] = []
    for row in rows:
        for pair in FORMS[form](path, row, found.left_out):
            if pair is None:
                empty.append(row.place)
            else:
                found.pairs.append(pair)
    if empty:
        raise _empty(path, empty)
    return found


def _empty(path: Path, places: Sequence[str]) -> UsageError:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return fault(
        path,
        ", ".join(dict.fromkeys(places[:_SHOWN])) + more,
        "question or answer is empty",
        "Fill them in, or take the rows out.",
    )


def _form(values: Mapping[str, Any]) -> str:
    keys = {str(key).strip().lower() for key in values}
    if keys & {"conversations", "conversation", "messages"}:
        return "sharegpt"
    if {"instruction", "output"} <= keys:
        return "alpaca"
    if "context" in keys or ("data" in keys and isinstance(values.get("data"), list)):
        return "squad"
    if _named(values, TICKET_ANSWER):
        return "ticket"
    return "faq" if _named(values, QUESTION) and _named(values, ANSWER) else ""


def _named(values: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """The columns that bear one of the names, in the names' order."""
    plain = {str(key).strip().lower(): str(key) for key in values}
    return [plain[name] for name in names if name in plain]


def _said(value: Any) -> str:
    return "" if value is None else normalise(value if isinstance(value, str) else str(value)).strip()


def _pair(
    path: Path, question: str, answer: str, kind: str, document: str = "", history: Sequence[tuple[str, str]] = ()
) -> Pair | None:
    """None where either side is empty. Rows of one answer are one document: their questions ask the same."""
    if not question or not answer:
        return None
    document = f"{path.name}:{document or fingerprint(answer)[:12]}"
    spoken = language(question + answer)
    return made(question, answer, kind=kind, document=document, source=str(path), language=spoken, history=history)


def _faq(path: Path, row: Row, _: Counter[str]) -> Iterator[Pair | None]:
    asked, told = _columns(path, row, QUESTION, 1), _columns(path, row, ANSWER, 1)
    yield _pair(path, asked, told, "faq", _columns(path, row, DOCUMENT, 0))


def _ticket(path: Path, row: Row, _: Counter[str]) -> Iterator[Pair | None]:
    names = _named(row.values, (*TICKET_QUESTION, *QUESTION))
    if not names:
        raise _missing(path, row, (*TICKET_QUESTION, *QUESTION))
    parts = dict.fromkeys(filter(None, (_said(row.values[name]) for name in names)))
    yield _pair(path, "\n".join(parts), _columns(path, row, (*TICKET_ANSWER, *ANSWER), 1), "ticket")


def _columns(path: Path, row: Row, names: Sequence[str], least: int) -> str:
    found = _named(row.values, names)
    if len(found) < least:
        raise _missing(path, row, names)
    return _said(row.values[found[0]]) if found else ""


def _missing(path: Path, row: Row, names: Sequence[str]) -> UsageError:
    held = ", ".join(repr(name) for name in row.values)
    return fault(path, row.place, f"no column is named {', '.join(names)}; its columns are {held}", "Rename one.")


def _alpaca(path: Path, row: Row, left_out: Counter[str]) -> Iterator[Pair | None]:
    asked = "\n".join(filter(None, (_said(row.values.get("instruction")), _said(row.values.get("input")))))
    history = row.values.get("history") or []
    if not isinstance(history, list) or not all(isinstance(turn, list) and len(turn) == 2 for turn in history):
        raise fault(path, row.place, "history is no list of turns", 'Write [["question", "answer"], ...].')
    left_out["system message of a chat"] += bool(_said(row.values.get("system")))
    turns = [(_said(one), _said(other)) for one, other in history]
    yield _pair(path, asked, _said(row.values.get("output")), "faq", history=turns)


def _sharegpt(path: Path, row: Row, left_out: Counter[str]) -> Iterator[Pair | None]:
    """A pair for each answer of a conversation, behind the turns before it; all of them one document."""
    key = next(name for name in ("conversations", "conversation", "messages", "") if not name or name in row.values)
    turns = row.values.get(key)
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise fault(path, row.place, "it holds no list of turns", 'Write {"conversations": [{"from", "value"}, ...]}.')
    sides = list(_sides(path, row, turns, left_out))
    document = fingerprint("\n".join(text for _, text in sides))[:12]
    history: list[tuple[str, str]] = []
    for number in range(0, len(sides) - 1, 2):
        (asker, asked), (teller, told) = sides[number], sides[number + 1]
        if (asker, teller) != ("user", "assistant"):
            what = f"turns {number + 1} and {number + 2} are of {asker} and {teller}"
            raise fault(path, row.place, what, "Question and answer take turns, the question first.")
        yield _pair(path, asked, told, "faq", document, history)
        history.append((asked, told))
    left_out["last turn of a chat, not answered"] += len(sides) % 2
    if len(sides) < 2:
        yield None


def _sides(path: Path, row: Row, turns: Sequence[Any], left_out: Counter[str]) -> Iterator[tuple[str, str]]:
    for turn in turns:
        if "input" in turn and "output" in turn:
            left_out["system message of a chat"] += bool(_said(turn.get("system")))
            yield "user", _said(turn["input"])
            yield "assistant", _said(turn["output"])
            continue
        who = str(turn.get("from", turn.get("role", ""))).lower()
        if who in ("system", "tool"):
            left_out[f"{who} message of a chat"] += 1
        elif who in _USER:
            yield _USER[who], _said(turn.get("value", turn.get("content")))
        else:
            raise fault(path, row.place, f"a turn is of {who!r}", f"Valid are {', '.join(_USER)} and system.")


def _squad(*_: object) -> Iterator[Pair | None]:
    return iter(())


FORMS: Mapping[str, Callable[[Path, Row, Counter[str]], Iterator[Pair | None]]] = {
    "faq": _faq,
    "ticket": _ticket,
    "alpaca": _alpaca,
    "sharegpt": _sharegpt,
    "squad": _squad,
}
"""The forms of a file by their names."""
