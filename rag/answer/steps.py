"""What is to be done before and after what answers a question for how to do something."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answer.evidence import Quote, sentences_of
from rag.answer.lists import is_numbered, is_option

MOST = 6
"""Sentences of a procedure that are shown at most."""
_BEFORE = 3
"""Of them before the best quote at most, where the procedure is longer."""

_HOW = re.compile(
    r"\bhow (?:do|can|could|to|should|would|must)\b|\b(?:steps?|procedure)\b|怎[么麼樣样]|如何|步[骤驟]", re.IGNORECASE
)
_DO = (
    "add|adjust|align|apply|attach|call|change|check|choose|clean|click|close|complete|configure|confirm|connect"
    "|contact|copy|create|cut|delete|disable|disconnect|download|drag|drain|dry|edit|empty|enable|ensure|enter"
    "|export|fasten|fill|fit|flush|follow|go to|hold|import|insert|inspect|install|keep|let|lift|lock|log|loosen"
    "|lower|make sure|measure|mount|move|open|place|plug|pour|press|pull|push|put|read|register|release|remove"
    "|repeat|replace|reset|restart|rinse|run|save|screw|scroll|select|send|set|sign|slide|start|stop|store|submit"
    "|swipe|switch|take|tap|tighten|touch|turn|type|unlock|unplug|unscrew|upload|use|visit|wait|wash|wipe"
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


def procedure(question: str, quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The steps around the first of the quotes that is one, in order and MOST at most; none where the question does not
    ask how to do something, or no quote is a step of several."""
    step = next((quote for quote in quotes if _is_step(quote)), None)
    if step is None or not _HOW.search(question):
        return ()
    around = list(sentences_of(step.hit))
    at = next(number for number, quote in enumerate(around) if quote.start == step.start)
    first, last = _ends(around, at)
    first = max(first, min(at - _BEFORE, last - MOST + 1))
    return tuple(around[first : min(last + 1, first + MOST)]) if last > first else ()


def _ends(quotes: Sequence[Quote], at: int) -> tuple[int, int]:
    """The first and the last of the steps in a row around the one at `at`."""
    first = last = at
    while first > 0 and _is_step(quotes[first - 1]):
        first -= 1
    while last + 1 < len(quotes) and _is_step(quotes[last + 1]):
        last += 1
    return first, last


def _is_step(quote: Quote) -> bool:
    text = quote.text
    if quote.columns or is_option(text):
        return False
    return is_numbered(text) or bool(_STEP.match(text) or _STEP_ZH.match(text))
