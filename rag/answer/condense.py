"""A follow-up question is made to stand on its own, by carrying over what it leans on; no model is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.types import Turn
from ingestion.tokens import query_terms

_LEANS = re.compile(
    r"\b(?:it|its|they|them|their|this|that|these|those|he|she|him|her|his|there|one|ones|same|else|then)\b"
    r"|^\s*(?:and|but|so|or|also|what about|how about|why|really|ok|okay|yes|no)\b"
    r"|[它他她们]|这|那|其|该|此|上述|前者|后者|呢\s*[?？]?\s*$|^(?:那|还有|另外|为什么|怎么(?:办|弄|做|样|会|回事))",
    re.IGNORECASE,
)
_SHORT = 1
"""Terms of a question that says too little to stand alone: "Why?", "For how many months?". Two are enough for one of
its own, "How do I use Bixby?", and a conversation about a manual goes from one of those to the next."""
_ASKING = frozenset({"much", "mani", "long", "often", "far"})
"""The terms that a quantity is asked for with, which say nothing of the matter."""


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question itself, or behind it the last question that it leans on, so that both are searched for."""
    if not history or not leans(question):
        return question
    return f"{history[-1].question.strip()} {question.strip()}"


def leans(question: str) -> bool:
    """Whether a question cannot be understood without the one before: it points back, or says hardly anything."""
    return bool(_LEANS.search(question)) or len(set(query_terms(question)) - _ASKING) <= _SHORT
