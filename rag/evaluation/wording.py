"""How near an answer's words come to a gold answer's, 0 to 1: exact match, token F1, ROUGE, BLEU.

As SQuAD compares: without case, punctuation, and English articles. Chinese is compared character by character,
Traditional folded to Simplified.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from ingestion.chinese import HAN, fold
from rag.evaluation import extras

_TOKEN = re.compile(rf"[{HAN}]|[^\s{HAN}]+")
_PIECE = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]+|\d+")
_FEW = 4
_ARTICLES = frozenset({"a", "an", "the"})
_SYMBOLS = frozenset("$+<=>^`|~")
"""What Unicode calls symbols and SQuAD punctuation."""


def tokens(text: str) -> list[str]:
    """The words of a text, each Chinese character a word of its own, made comparable."""
    kept = "".join(character for character in fold(text).lower() if not _is_mark(character))
    return [token for token in _TOKEN.findall(kept) if token not in _ARTICLES]


@lru_cache(maxsize=512)
def spaced(text: str) -> str:
    """The words of a text between single spaces, made comparable; 1,000 is 1000."""
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"(?<=\d),(?=\d{3})", "", fold(text).lower())))


def says(text: str, part: str) -> bool:
    """Whether a text holds another, however spaces and marks are set. A number must be a whole one, and so must a
    word of one to three letters: 40 Nm is not said by 140 Nm."""
    pieces = _PIECE.findall(spaced(part))
    if not pieces:
        return False
    few = sum(map(len, pieces)) < _FEW and part.isascii()
    before = "(?<![0-9])" if pieces[0].isdigit() else r"\b" if few else ""
    after = "(?![0-9])" if pieces[-1].isdigit() else r"\b" if few else ""
    return re.search(before + " ?".join(map(re.escape, pieces)) + after, spaced(text)) is not None


def exact(answer: str, gold: str) -> float:
    """1 where both are the same words."""
    return float(tokens(answer) == tokens(gold))


def f1(answer: str, gold: str) -> float:
    """The harmonic mean of the share of the answer's words that are gold's, and of gold's that are the answer's."""
    said, wanted = Counter(tokens(answer)), Counter(tokens(gold))
    common = (said & wanted).total()
    if not said or not wanted:
        return float(said == wanted)
    return 2 * common / (said.total() + wanted.total())


def rouge(answer: str, gold: str) -> dict[str, float]:
    """The F-measures "rouge-1", "rouge-2" and "rouge-l" by rouge-score. Raises MissingDependency."""
    scores = _rouge_scorer().score(gold, answer)
    return {f"rouge-{name}": float(scores[f"rouge{name.upper()}"].fmeasure) for name in ("1", "2", "l")}


def bleu(answer: str, golds: Sequence[str], language: str) -> float:
    """The BLEU of one answer against all golds by sacrebleu, of as many words in a row as the answer has, up to four.

    Raises MissingDependency.
    """
    return float(_bleu_scorer(language).sentence_score(answer, list(golds)).score) / 100


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "P" or character in _SYMBOLS


class _Words:
    """What rouge-score wants of a tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        return [token for token in _TOKEN.findall(re.sub(r"[\W_]+", " ", fold(text).lower()))]


@cache
def _rouge_scorer() -> Any:
    scorer = extras.load("rouge_score.rouge_scorer", "rouge-score")
    return scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Words())


@cache
def _bleu_scorer(language: str) -> Any:
    metrics = extras.load("sacrebleu.metrics", "sacrebleu")
    return metrics.BLEU(tokenize="zh" if language == "zh" else "13a", effective_order=True)
