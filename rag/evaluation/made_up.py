"""Questions that a library does not answer, made out of drafts that it does: one term exchanged for one it has not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from core.types import Document
from ingestion.tokens import spans

KIND = "made up"
"""The kind of such a question."""
_THINGS = tuple(
    pair.split("/")
    for pair in (
        "arbitration/仲裁 escrow/托管 franchise/特许 dividend/股息 pension/养老金 probation/试用期 demurrage/滞期费 "
        "sponsorship/赞助 customs/海关 scholarship/奖学金 gearbox/变速箱 antenna/天线 refrigerant/制冷剂 "
        "telescope/望远镜 parachute/降落伞 elevator/电梯 vaccine/疫苗 pipeline/管道 subtitle/字幕 greenhouse/温室 "
        "carburettor/化油器 ferry/渡轮 incubator/孵化器 orchard/果园 lighthouse/灯塔 aquarium/水族箱 vineyard/葡萄园"
    ).split()
)
"""Words that a library may well not hold, each in both languages, since one may hold it in the other."""
_NAMES = ("Lindqvist", "Okonkwo", "Haverford", "Castellane", "Marchetti", "Zielinski")
_STEM = 5
"""Letters of an English word whose occurrence anywhere, as in a word of the same stem, counts as its occurrence."""


@dataclass(frozen=True, slots=True)
class About:
    """What a draft asks about, as its question's form takes it: a term, or the name of a row and a column."""

    kind: str
    language: str
    terms: tuple[str, ...]


class Exchanged:
    """Exchanges terms for ones that are proven not to be there.

    A code becomes the next one of its form that no document has. A column becomes another table's that no document
    holds which names the row. Of any other term the last word is exchanged for one that no document has, in either
    language. Those words take turns.
    """

    def __init__(self, documents: Sequence[Document], asked: Sequence[About]) -> None:
        self._texts = [document.text.lower() for document in documents]
        self._columns = list(dict.fromkeys((each.language, each.terms[1]) for each in asked if each.kind == "table"))
        things = [(en, zh) for en, zh in _THINGS if not self._holds(en[:_STEM]) and not self._holds(zh)]
        self._things = {"en": cycle([en for en, _ in things]), "zh": cycle([zh for _, zh in things])}
        self._names = cycle([name for name in _NAMES if not self._holds(name[:_STEM])])

    def terms(self, about: About) -> tuple[str, ...] | None:
        """The terms with one exchanged; None where none can be."""
        first, *others = about.terms
        if about.kind == "table" and (column := self._column(about)):
            return first, column
        other = self._code(first) if any(token.kind == "code" for token in spans(first)) else self._term(first, about)
        return None if other is None else (other, *others)

    def _holds(self, term: str) -> bool:
        return any(term.lower() in text for text in self._texts)

    def _column(self, about: About) -> str | None:
        """Another table's column that no document which names the row holds; each is taken once, then comes again."""
        name = about.terms[0].lower()
        texts = [text for text in self._texts if name in text]
        for at, (language, column) in enumerate(self._columns):
            if language == about.language and not any(column.lower() in text for text in texts):
                self._columns.append(self._columns.pop(at))
                return column
        return None

    def _code(self, text: str) -> str | None:
        """The text with its last code made the next of the same form that no document has."""
        for token in reversed([token for token in spans(text) if token.kind == "code"]):
            code = text[token.start : token.end]
            if (number := re.search(r"\d+(?!.*\d)", code)) is None:
                continue
            for step in range(3, 200):
                digits = str(int(number[0]) + step).zfill(len(number[0]))
                other = code[: number.start()] + digits + code[number.end() :]
                if not self._holds(other):
                    return text[: token.start] + other + text[token.end :]
        return None

    def _term(self, text: str, about: About) -> str | None:
        words = [token for token in spans(text) if token.kind in ("word", "name") and token.end - token.start > 1]
        if not words:
            return None
        last = words[-1]
        name = about.kind == "table" and last.kind == "name" and last.start > 0
        other = next(self._names if name else self._things[about.language], None)
        if other is None:
            return None
        written = text[last.start : last.end]
        other = other.capitalize() if written[0].isupper() else other
        return text[: last.start] + other + text[last.end :]


def made_up(asked: Sequence[About], documents: Sequence[Document], wording: Callable[[About], str]) -> Iterator[About]:
    """Of each draft one that no document answers, in their order; none whose `wording` came before."""
    exchanged = Exchanged(documents, asked)
    taken = {wording(about) for about in asked}
    for about in asked:
        terms = exchanged.terms(about)
        if terms is None:
            continue
        other = About(about.kind, about.language, terms)
        if wording(other) not in taken:
            taken.add(wording(other))
            yield other
