"""What is to be done before and after what answers a question for how to do something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Hit
from ingestion.tokens import index_terms, query_terms
from rag.answer.evidence import Quote, asks_what_to_do, is_planted, sentences_of
from rag.answer.lists import is_numbered, is_option

MOST, ALL = 8, 24
"""Sentences of a procedure that are shown at most: around one of its steps; and where its heading says what is asked,
since one that breaks off is worse than a long one."""
_BEFORE = 3
"""Of them before the one that was found at most, where the procedure is longer."""
_FOUND, _HEADED = 0.7, 0.5
"""Share of the best quote's score from which a step of its section leads to the procedure, and from which one does
whose heading says what is asked: "2. Clean the strainer as in section 7.3" is a better quote than each step of
"Cleaning the strainer"."""
_NAMED = 0.5
"""Share of the question's terms that such a heading holds."""

_HOW = re.compile(
    r"\bhow (?:do|can|could|to|should|would|must)\b|\b(?:steps?|procedure)\b|怎[么麼樣样]|如何|步[骤驟]", re.IGNORECASE
)
_DO = (
    "add|adjust|align|apply|ask|attach|call|change|check|choose|clean|click|close|complete|configure|confirm"
    "|connect|contact|copy|create|cut|delete|disable|disconnect|do not|download|drag|drain|dry|edit|empty|enable"
    "|ensure|enter|export|fasten|fill|fit|flush|follow|go to|hold|import|insert|inspect|install|keep|let|lift"
    "|lock|log|loosen|lower|make sure|measure|mount|move|never|note|open|place|plug|pour|press|pull|push|put|read"
    "|register|release|remove|repeat|replace|reset|restart|rinse|run|save|screw|scroll|select|send|set|sign|slide"
    "|start|stop|store|submit|swipe|switch|take|tap|tighten|touch|turn|type|unlock|unplug|unscrew|upload|use"
    "|visit|wait|wash|wear|wipe|write"
)
_STEP = re.compile(
    rf"(?:(?:first|then|next|finally|now|please|and),? )?(?:{_DO})\b"
    rf"|(?:after|at|before|from|if|in|on|once|to|when|while|with)\b[^,]{{1,80}}, (?:and |then |please )?(?:{_DO})\b",
    re.IGNORECASE,
)
_DO_ZH = (
    "按|拔|擦|插|拆|冲洗|沖洗|长按|長按|打开|打開|倒|等待|点击|點擊|断开|斷開|放入|更换|更換|关闭|關閉|检查|檢查|进入|進入|连接"
    "|連接|拧|擰|清洗|取|确认|確認|输入|輸入|松开|鬆開|填写|填寫|提交|推|旋|选择|選擇|装|裝|重复|重複|联系|聯繫|拨打|撥打"
)
_STEP_ZH = re.compile(
    rf"(?:[^，。]{{1,20}}[后後]，)?(?:请|請|先|再|然后|然後|最后|最後|接着|并|並)?"
    rf"(?:(?:把|从|從|将|將|用|在)[^，。]{{1,12}}?)?(?:{_DO_ZH})"
)
"""Sentences that tell the reader to do something: such verbs begin them, after where or when it is done."""


@dataclass(frozen=True, slots=True)
class Procedure:
    """`steps` in order; `named` where their heading says what is asked, so that they are the answer, and what other
    sections say of it is none."""

    steps: tuple[Quote, ...] = ()
    named: bool = False


def procedure(question: str, quotes: Sequence[Quote], hits: Sequence[Hit]) -> Procedure:
    """The steps around one of these quotes, which come best first: of the best quote's section, or of one whose heading
    says what is asked; of several that whose two best steps and whose heading have most to do with it. None where the
    question does not ask how to do something, or no quote is a step of several."""
    if not quotes or not (_HOW.search(question) or asks_what_to_do(question)):
        return Procedure()
    asked = set(query_terms(question))
    found: dict[tuple[str, tuple[str, ...]], list[Quote]] = {}
    for quote in filter(_is_step, quotes):
        found.setdefault(section(quote.hit), []).append(quote)

    def share(steps: Sequence[Quote]) -> float:
        heading = steps[0].hit.passage.heading[-1:]
        return len(asked & set(index_terms(" ".join(heading)))) / max(1, len(asked))

    def leads(steps: Sequence[Quote]) -> bool:
        if share(steps) >= _NAMED:
            return steps[0].score >= _HEADED * quotes[0].score
        return section(steps[0].hit) == section(quotes[0].hit) and steps[0].score >= _FOUND * quotes[0].score

    told = [steps for steps in found.values() if leads(steps)]
    if not told:
        return Procedure()
    steps = max(told, key=lambda steps: sum(step.score for step in steps[:2]) + share(steps))
    named = share(steps) >= _NAMED
    passages = {hit.passage.start: hit for hit in hits if section(hit) == section(steps[0].hit)}
    read = (quote for start in sorted(passages) for quote in sentences_of(passages[start]))
    around = [quote for quote in read if not is_planted(quote.text)]
    best = min(steps, key=lambda step: step.start) if named else steps[0]
    at = next(number for number, quote in enumerate(around) if quote.start == best.start)
    first, last = _ends(around, at)
    if last == first:
        return Procedure()
    most = ALL if named else MOST
    if not named:
        first = max(first, min(at - _BEFORE, last - MOST + 1))
    return Procedure(tuple(around[first : min(last + 1, first + most)]), named)


def section(hit: Hit) -> tuple[str, tuple[str, ...]]:
    """What tells a hit's section from others: its document and headings."""
    return hit.passage.document_id, hit.passage.heading


def _ends(quotes: Sequence[Quote], at: int) -> tuple[int, int]:
    """The first and the last of the steps in a row around the one at `at`; a sentence between it and the next number,
    as a warning, is one of them."""
    steps = [_is_step(quote) for quote in quotes]
    numbered = [is_numbered(quote.text) for quote in quotes]
    first = last = at
    while first > 0 and (steps[first - 1] or (numbered[first] and first > 1 and numbered[first - 2])):
        first -= 1
    while last + 1 < len(quotes) and (steps[last + 1] or (last + 2 < len(quotes) and numbered[last + 2])):
        last += 1
    return first, last


def _is_step(quote: Quote) -> bool:
    text = quote.text
    if quote.columns or is_option(text):
        return False
    return is_numbered(text) or bool(_STEP.match(text) or _STEP_ZH.match(text))
