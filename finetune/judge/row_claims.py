"""Claims about rows of tables, in the form in which a row is quoted: each cell after the name of its column."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import Any

from finetune.judge.examples import Example

_HEAD = re.compile(r"(?:.*\b)?(?:19|20)\d\d\b.*")
_FIGURE = re.compile(r"[($€£-]*\s*\d[\d,.]*\s*[)%]*")
_FORMS = (
    "{name}; {column}: {value}",
    "{name} in {column} was {value}.",
    "In {column}, {name} was {value}.",
    "The figure for {name} in {column} is {value}.",
    "{name}: {value} ({column})",
)


def claims(reports: Iterable[dict[str, Any]], dice: random.Random) -> list[Example]:
    """Of every row of a report's table with two different figures a claim that it bears out and one with the figure of
    another column; shuffled in pairs."""
    pairs: list[list[Example]] = []
    for report in reports:
        name, rows = report["table"]["uid"], report["table"]["table"]
        head = next((number for number, row in enumerate(rows) if sum(map(_is_head, row[1:])) >= 2), None)
        if head is None:
            continue
        for number, row in enumerate(rows[head + 1 :]):
            cells = [
                (top.strip(), _tidy(cell)) for top, cell in zip(rows[head][1:], row[1:], strict=False) if top.strip()
            ]
            cells = [(top, cell) for top, cell in cells if _FIGURE.fullmatch(cell)]
            if (
                len({cell for _, cell in cells}) >= 2
                and len({top for top, _ in cells}) == len(cells)
                and row[0].strip()
            ):
                pairs.append(_pair(f"made:tatqa:{name}:{number}", row[0].strip(), cells, dice))
    dice.shuffle(pairs)
    return [example for pair in pairs for example in pair]


def _is_head(cell: str) -> bool:
    return bool(_HEAD.fullmatch(cell.strip()))


def _tidy(cell: str) -> str:
    return re.sub(r"([$€£(])\s+", r"\1", " ".join(cell.split()))


def _pair(name: str, row: str, cells: list[tuple[str, str]], dice: random.Random) -> list[Example]:
    span = "; ".join([row, *(f"{column}: {value}" for column, value in cells)])
    column, value = dice.choice(cells)
    wrong = dice.choice([other for _, other in cells if other != value] or [value])
    made = []
    for kind, label, said in (
        ("claim-kept-row", "entailment", value),
        ("claim-number-swapped", "contradiction", wrong),
    ):
        claim = dice.choice(_FORMS).format(name=row, column=column, value=said)
        made.append(Example(f"{name}:{kind}:row", "entailment", claim, span, label, None, None, kind, "tatqa", "en"))
    return made
