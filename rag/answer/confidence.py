"""How likely it is that the quotes hold the answer: a logistic model of a few figures, fitted on training items.

Where a judge has read the passages, what it says is one of the figures, and the model is the one of the judge's
profile. Where none can (question and passages in different languages, or in one that has no judge), the figures of
words and similarity stand alone, with the coefficients below; they tell far less.

`benchmarks/fit_confidence.py` fits the coefficients and draws the curve of refusals and wrong answers that the
thresholds were chosen on; docs/LOG.md holds both, and what else was tried.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass

from core.types import Hit
from ingestion.chinese import fold
from ingestion.tokens import codes, query_terms, spans
from rag.answer.evidence import Quote, asks_what_to_do, explains
from rag.answer.judged import Judged
from rag.judge.profile import Profile
from rag.library.names import codes_of

ENOUGH_TERMS = 6
"""Terms of a usual question. A longer one explains itself, as reviewers of contracts do; no sentence repeats that."""
_MARKS = re.compile(r"[\W_]+")
_MEANING = re.compile(
    r"\bmean(?:s|ing)?\b|\bstands? for\b|\bwhat (?:to|do i|should i|can i) do\b"
    r"|什么意思|含义|表示什么|代表什么|什么(?:故障|问题|错误)|怎么(?:处理|办|解决)|如何(?:处理|解决)",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\bwhat happened\b|\bwhat (?:is|was) the (?:matter|problem|issue)\b|\btell me about\b|怎么回事|怎么了|什么情况",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"\bhow much (?:do|does|did|will|would)\b.*\b(?:cost|pay|charge)\b|\bwhat (?:do|does|did|will|would)\b.*\bcost\W*$"
    r"|\bwhat is the (?:\w+ ){0,2}price\b|多少[钱錢]|(?:[价價][格钱錢]|售[价價]|[费費]用)是?多少",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[$€£¥￥]|\b(?:USD|EUR|GBP|RMB|CNY|dollars?|euros?|pounds?|cents?|pric\w+|costs?|fees?|pa(?:y|id|ys|yments?|yable)"
    r"|charg\w+|free|rates?|million|billion)\b|元|[费費]|[价價]|赔|賠",
    re.IGNORECASE,
)
_LOOKED_AT = 3
"""Quotes of which one must tell of money where a price is asked for."""
_DEFINED = 10.0
"""The weight of `defined`, set by hand as that of `unknown`: the section says what its code means, however little alike
a code and its explanation are to an encoder."""
_SUREST = 1e-4
"""No judge is taken to be surer than this, so that no single figure decides alone."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the confidence is computed from, each 0 to 1.

    `similarity` and `overlap` are those of the quote whose blend of both is best, except that of a question of many
    terms a quote need not hold more than the weight of ENOUGH_TERMS to have it all. `missing` is the share of the
    question's names, numbers, dates and codes that this quote's passage does not hold. `unknown` is 1.0 where the
    question names a code that no passage holds: what is said of the TW-400 does not serve who asks about the TW-900;
    and where it asks for a price and none of the first quotes tells of money.
    `answerable` is what a judge says, None where none has read the passages. `defined` is 1.0 where the question asks
    what a code means, or what to do about it, and the first quote stands in the section that is headed by this code;
    and where it asks what happened with a record that it calls by its code.
    """

    similarity: float
    overlap: float
    missing: float
    unknown: float
    answerable: float | None = None
    defined: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """The model of one language without a judge: its intercept, a weight a feature, the confidence that is enough."""

    intercept: float
    weights: Mapping[str, float]
    threshold: float


CALIBRATED = {
    "en": Calibration(-3.93, {"similarity": 4.16, "overlap": 2.78, "missing": -0.94, "unknown": -10.0}, 0.28),
    "zh": Calibration(-9.02, {"similarity": 10.79, "overlap": 2.42, "missing": -0.83, "unknown": -10.0}, 0.18),
}


def measured(question: str, hits: Sequence[Hit], quotes: Sequence[Quote], judged: Judged | None = None) -> Features:
    """The figures for a question, its hits, its quotes, best first, and what a judge said of the hits."""
    answerable = judged.answerable if judged else None
    if not quotes:
        return Features(0.0, 0.0, 1.0, 0.0, answerable)
    # what a judge says of the passages that it read goes with the figures of their quotes
    comparable = [quote for quote in quotes if judged.has_read(quote.hit)] if judged else quotes
    best = max(comparable, key=lambda quote: quote.similarity + quote.overlap)
    named = [token for token in spans(question) if token.kind in ("name", "number", "date", "code")]
    there = {token.norm for token in spans(_whole(best.hit))}
    missing = sum(token.norm not in there for token in named) / max(1, len(named))
    overlap = min(1.0, best.overlap * max(1.0, len(query_terms(question)) / ENOUGH_TERMS))
    asked = fold(question)
    unknown = _unknown(codes(question), hits) or _unpriced(asked, quotes)
    defined = (bool(_MEANING.search(asked)) and explains(quotes[0], codes(question), asks_what_to_do(question))) or (
        bool(_HAPPENED.search(asked)) and _called(hits[0])
    )
    defined = defined and not unknown
    return Features(best.similarity, overlap, missing, float(unknown), answerable, float(defined))


def confidence(features: Features, language: str, profile: Profile | None = None) -> float:
    """The probability that the quotes hold the answer, by the judge's profile or else by the model of the `language`,
    "en" or "zh"."""
    model = profile or CALIBRATED[language]
    given = values(features)
    logit = model.intercept + sum(weight * given[name] for name, weight in model.weights.items())
    logit += _DEFINED * features.defined
    return 1 / (1 + math.exp(-logit))


def values(features: Features) -> dict[str, float]:
    """The features by name, as the models weigh them: what a judge says as log odds, as logistic models add up."""
    given = asdict(features)
    sure = given.pop("answerable")
    if sure is not None:
        sure = min(max(sure, _SUREST), 1 - _SUREST)
        given["answerable"] = math.log(sure / (1 - sure))
    return given


def _called(hit: Hit) -> bool:
    """Whether the question calls the hit's document by a code in its name, as in "ticket HR-T-1012"."""
    return not codes(" ".join(hit.named)).isdisjoint(codes_of(hit.document))


def _unknown(asked: Set[str], hits: Sequence[Hit]) -> bool:
    """Whether a code that is asked about stands in no hit, however its marks are set: E104 is E-104.

    Where the question names a document, other documents' codes do not help: a report of Q1 does not tell of Q2.
    """
    if not asked:
        return False
    among = [hit for hit in hits if hit.named] if hits and hits[0].named else hits
    said = _MARKS.sub("", " ".join(_whole(hit) for hit in among).lower())
    return any(code not in said for code in asked)


def _unpriced(asked: str, quotes: Sequence[Quote]) -> bool:
    """Whether a price is asked for, and the first quotes have none: the hoist that a pump needs is not its price."""
    return bool(_PRICED.search(asked)) and not any(_MONEY.search(quote.headed) for quote in quotes[:_LOOKED_AT])


def _whole(hit: Hit) -> str:
    return "\n".join((hit.document, " ".join(hit.named), hit.passage.indexed_text))
