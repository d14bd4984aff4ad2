"""Questions made unanswerable, as people did for SQuAD 2.0: on the passage's matter, but not what it says."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from finetune.judge.opposites import CHINESE, CHINESE_ALIKE, ENGLISH, ENGLISH_ALIKE

_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w'’-]+(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w'’-]+)*")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|does|do|did|can|could|will|would|should|has|have|had|must|may)\b", re.IGNORECASE)
_ZH_NAME = re.compile(r"[A-Za-z][A-Za-z .·-]+[A-Za-z]|《[^》]+》|「[^」]+」|“[^”]+”|[一-鿿]{1,6}(?:公司|大学|大學|省|市|县|縣|国|國|河|山|岛|島)")
_ZH_VERB = re.compile("是|有|在|能|会|會|可以|被|属于|屬於|使用|认为|認為")


def edits(question: str, passage: str, others: Sequence[str], language: str, dice: random.Random) -> list[tuple[str, str]]:
    """The edited questions, each with its kind: a name, a number or a word exchanged, or the question denied.

    `others` are texts of the same document that names are taken from where the passage has no other.
    """
    made = [
        ("question-name-swapped", _renamed(question, passage, others, language, dice)),
        ("question-number-swapped", _renumbered(question, passage, dice)),
        ("question-antonym", _reversed(question, language, dice)),
        ("question-negated", _denied(question, language)),
    ]
    return [(kind, text) for kind, text in made if text is not None and text != question]


def kept(question: str, language: str, dice: random.Random) -> str | None:
    """The question in other words or marks that ask for the same; None where none of the rules applies."""
    ways = []
    alike = ENGLISH_ALIKE if language == "en" else CHINESE_ALIKE
    found = [word for word in (_WORD.findall(question) if language == "en" else alike) if word in alike and word in question]
    if found:
        word = dice.choice(found)
        ways.append(question.replace(word, alike[word], 1))
    if question[-1:] in "?？":
        ways.append(question[:-1])
    ways.append(question[:1].lower() + question[1:] if language == "en" else f"请问{question}")
    return dice.choice(ways)


def _renamed(question: str, passage: str, others: Sequence[str], language: str, dice: random.Random) -> str | None:
    pattern = _NAME if language == "en" else _ZH_NAME
    asked = pattern.findall(question)
    if not asked:
        return None
    old = dice.choice(asked)
    for texts in ([passage], list(others)):
        new = [
            name
            for text in texts
            for name in pattern.findall(text)
            if name not in question and old not in name and abs(len(name.split()) - len(old.split())) <= 1 and len(name) < 40
        ]
        if language == "zh":
            new = [name for name in new if name[-1] == old[-1] or name[0].isascii() == old[0].isascii()]
        if new:
            return question.replace(old, dice.choice(new), 1)
    return None


def _renumbered(question: str, passage: str, dice: random.Random) -> str | None:
    asked = _NUMBER.findall(question)
    if not asked:
        return None
    old = dice.choice(asked)
    new = [number for number in _NUMBER.findall(passage) if number != old and len(number) == len(old)]
    if new and dice.random() < 0.6:
        return question.replace(old, dice.choice(new), 1)
    digits = re.sub(r"\D", "", old)
    changed = str(max(1, int(digits) + dice.choice([-20, -10, -3, -2, -1, 1, 2, 3, 10, 20])))
    return question.replace(old, changed, 1) if changed != digits else None


def _reversed(question: str, language: str, dice: random.Random) -> str | None:
    if language == "en":
        words = [match for match in _WORD.finditer(question) if match.group().lower() in ENGLISH]
        if not words:
            return None
        match = dice.choice(words)
        other = dice.choice(ENGLISH[match.group().lower()])
        return question[: match.start()] + other + question[match.end() :]
    found = [word for word in CHINESE if word in question]
    if not found:
        return None
    word = max(found, key=len)
    return question.replace(word, dice.choice(CHINESE[word]), 1)


def _denied(question: str, language: str) -> str | None:
    if language == "en":
        match = _AUXILIARY.search(question)
        if match is None or re.search(r"\b(?:not|never|no)\b|n't", question):
            return None
        rest = question[match.end() :]
        # Of a question the subject comes between the auxiliary and "not" unless it is the question word itself.
        subject = re.match(r"\s+(?:the\s+|a\s+|an\s+)?[\w'’-]+", rest) if match.group().lower() in ("does", "do", "did") else None
        at = match.end() + (subject.end() if subject else 0)
        return f"{question[:at]} not{question[at:]}"
    if re.search("不|没|沒|未|非", question):
        return None
    match = _ZH_VERB.search(question)
    if match is None:
        return None
    word = "没" if match.group() == "有" else "不"
    return f"{question[: match.start()]}{word}{question[match.start() :]}"
