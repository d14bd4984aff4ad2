"""Every figure of a question: its name, what it means, which way is better, and its value with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.types import Answer, Document
from rag.evaluation import answering, ranking, wording
from rag.evaluation.answering import Said
from rag.evaluation.records import Score
from rag.evaluation.subject import Outcome

Group = Literal["retrieval", "answers", "refusals", "wording"]
Documents: TypeAlias = Callable[[str], Document]


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure means. Each is 0 to 1; `higher` says whether more is better."""

    group: Group
    meaning: str
    higher: bool = True


FIGURES = {
    "ndcg@10": Figure("retrieval", "normalised discounted cumulative gain of the first ten"),
    "map": Figure("retrieval", "average precision"),
    "mrr": Figure("retrieval", "one by the rank of the first right place"),
    "recall@1": Figure("retrieval", "share of the right places that stands first"),
    "recall@5": Figure("retrieval", "share of the right places among the first five"),
    "recall@10": Figure("retrieval", "share of the right places among the first ten"),
    "success@5": Figure("retrieval", "a right place among the first five"),
    "page hit": Figure("retrieval", "a passage of a right page among the first five"),
    "rightly cited": Figure("answers", "a sentence says a gold answer, and its quote, from a gold document, holds it"),
    "right": Figure("answers", "the answer says a gold answer, whatever it cites"),
    "evidence": Figure("answers", "rightly cited by the quotes alone, were every question answered"),
    "citation precision": Figure("answers", "share of the citations that stand at a gold place"),
    "citation recall": Figure("answers", "share of the gold places that are cited"),
    "page accuracy": Figure("answers", "share of the citations of gold documents that name a gold page"),
    "verbatim": Figure("answers", "share of the quotes that are the document's text at their place"),
    "draft kept": Figure("answers", "a sentence of the model's draft passed the check"),
    "wrongly refused": Figure("refusals", "answerable, and nothing was said", higher=False),
    "wrongly answered": Figure("refusals", "not answerable, and something was said", higher=False),
    "exact match": Figure("wording", "the answer is a gold answer, word for word"),
    "f1": Figure("wording", "token F1 with the nearest gold answer"),
    "rouge-1": Figure("wording", "ROUGE-1 with the nearest gold answer"),
    "rouge-2": Figure("wording", "ROUGE-2 with the nearest gold answer"),
    "rouge-l": Figure("wording", "ROUGE-L with the nearest gold answer"),
    "bleu": Figure("wording", "sentence BLEU against the gold answers"),
}
"""By name, in the order of reports. "rightly cited" and "evidence" count a refused question as not right."""

_NO_PLACE = Score(None, "the set names no place")
_UNANSWERABLE = Score(None, "the documents do not hold the answer")


def scored(outcome: Outcome, document: Documents) -> dict[str, Score]:
    """The figures of one question; those of answers only where one was asked for. Raises MissingDependency."""
    question = outcome.question
    scores: dict[str, Score] = {}
    if not question.answerable:
        scores |= dict.fromkeys((*ranking.MEASURES, "page hit"), _UNANSWERABLE)
    elif question.gold:
        scores |= ranking.ranked(outcome.ranking, question.gold, document)
    else:
        scores |= dict.fromkeys((*ranking.MEASURES, "page hit"), _NO_PLACE)
    if outcome.answer is not None:
        scores |= _of_answer(outcome, outcome.answer, document)
    return {name: scores[name] for name in FIGURES if name in scores}


def _of_answer(outcome: Outcome, answer: Answer, document: Documents) -> dict[str, Score]:
    question = outcome.question
    said = Said(question, answer.sentences, document)
    refused = answer.status == "not_found"
    scores = {"verbatim": answering.verbatim(said)}
    if outcome.drafted is not None:
        scores["draft kept"] = Score(float(outcome.drafted > 0), f"{outcome.drafted} drafted sentences passed")
    if not question.answerable:
        scores["wrongly answered"] = Score(float(not refused), _status(answer))
        return scores
    golds = answering.literal(question, document)
    return scores | {
        "rightly cited": answering.rightly_cited(said, golds),
        "right": answering.right(said, golds),
        "evidence": answering.rightly_cited(Said(question, outcome.quoted, document), golds),
        "citation precision": answering.citation_precision(said),
        "citation recall": answering.citation_recall(said),
        "page accuracy": answering.page_accuracy(said),
        "wrongly refused": Score(float(refused), _status(answer)),
        **_of_wording(outcome, answer),
    }


def _of_wording(outcome: Outcome, answer: Answer) -> dict[str, Score]:
    golds, language = outcome.question.answers, outcome.question.language
    names = ("exact match", "f1", "rouge-1", "rouge-2", "rouge-l", "bleu")
    if not golds:
        return dict.fromkeys(names, Score(None, "the set names no answers"))
    values = [
        {
            "exact match": wording.exact(answer.text, gold),
            "f1": wording.f1(answer.text, gold),
            **wording.rouge(answer.text, gold),
        }
        for gold in golds
    ]
    nearest = max(zip(values, golds, strict=True), key=lambda pair: pair[0]["f1"])[1]
    best = {name: max(each[name] for each in values) for name in names[:-1]}
    best["bleu"] = wording.bleu(answer.text, golds, language)
    return {name: Score(value, f"nearest is {nearest!r}") for name, value in best.items()}


def _status(answer: Answer) -> str:
    return "nothing was found" if answer.status == "not_found" else f"answered: {answer.text[:80]!r}"
