"""How fast a model reads and writes here, and into how many tokens it cuts English and Chinese: a short measurement."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from rag.engines.base import Generator, Message

TEXTS = {
    "en": (
        "The circulation pump may only be opened after the supply has been switched off and locked. Wait ten minutes "
        "until the pressure gauge shows less than 0.5 bar. Loosen the six screws of the housing crosswise and lift the "
        "cover straight up; the gasket below it must be replaced every time. Clean both faces with a lint-free cloth, "
        "put in the new gasket with the mark facing upwards, and tighten the screws to 12 Nm in two rounds. Fault code "
        "F-17 reports that the flow was below 3 litres a minute for longer than 90 seconds: check the strainer in the "
        "inlet first, then the shut-off valve. The warranty covers parts for 24 months from delivery, provided that "
        "the maintenance plan in chapter 8 was followed and recorded. Wear parts, and damage by frost, are not covered."
    ),
    "zh": (
        "循环泵只能在切断并锁定电源之后打开。请等待十分钟，直到压力表显示低于 0.5 巴。"
        "按对角顺序松开外壳上的六颗螺丝，将盖板垂直向上取下；盖板下方的密封垫每次都必须更换。"
        "用不掉毛的布擦净两个接触面，放入新的密封垫，标记朝上，然后分两轮将螺丝拧紧至 12 牛米。"
        "故障代码 F-17 表示流量低于每分钟 3 升的时间超过 90 秒：请先检查进水口的滤网，再检查截止阀。"
        "零件保修期为自交货之日起 24 个月，前提是已按照第八章的保养计划进行保养并作了记录。"
        "易损件以及冻坏造成的损失不在保修范围之内。"
    ),
}
"""Of our own writing; they say the same, and are about as much as the model reads for an answer."""
_TASK = {"en": "Copy this text word for word:\n\n", "zh": "请逐字抄写这段文字：\n\n"}
_WRITTEN = 24
"""Tokens that are written for each text."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second of a prompt that are `read`, and of an answer that are `written`, each the faster of two runs."""

    read: float
    written: float


def tokens_per_character(generator: Generator) -> Mapping[str, float]:
    """How many tokens the model makes of a character of English and of Chinese."""
    return {language: generator.count_tokens(text) / len(text) for language, text in TEXTS.items()}


def measured_speed(generator: Generator) -> Speed:
    """Lets the model read both texts and write a little. Raises EngineError, ContextTooSmall."""
    runs = [_run(generator, _TASK[language] + text) for language, text in TEXTS.items()]
    return Speed(max(run.read for run in runs), max(run.written for run in runs))


def _run(generator: Generator, text: str) -> Speed:
    began = time.perf_counter()
    with generator.stream([Message("user", text)], _WRITTEN) as pieces:
        first_s, first_tokens = 0.0, 0
        for _ in pieces:
            if not first_tokens:
                first_s, first_tokens = time.perf_counter() - began, pieces.usage.output_tokens
        usage = pieces.usage
    took = time.perf_counter() - began
    later = usage.output_tokens - first_tokens
    written = later / (took - first_s) if later > 0 else 0.0
    return Speed((usage.prompt_tokens - usage.cached_tokens) / (first_s or took), written)
