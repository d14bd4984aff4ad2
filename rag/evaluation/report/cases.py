"""One question of a run as it is looked at: what was asked, said and cited, and every score with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rag.evaluation.questions import Gold, Question
from rag.evaluation.records import Record
from rag.evaluation.report.parts import facts, number, table, tag, text, unfolding
from rag.evaluation.scores import FIGURES

_RANKED = 5
"""Places of the ranking that are shown."""


def badness(question: Question, record: Record) -> float:
    """How bad the outcome is: an invented answer first, then a wrong one, a needless refusal, a bad ranking; the
    surer it was the worse. 0 where all is well."""
    sure = record.confidence or 0.0
    if _value(record, "wrongly answered"):
        return 4 + sure
    right = _value(record, "rightly cited")
    refused = _value(record, "wrongly refused")
    if right is not None and right < 1 and not refused:
        return 3 + sure
    if refused:
        return 3 - sure
    rank = _value(record, "mrr")
    if right is None and rank is not None:
        return 1 - rank
    return 0.0


def outcome(record: Record) -> tuple[str, str]:
    """The outcome in a word or two, and its tone."""
    if (made_up := _value(record, "wrongly answered")) is not None:
        return ("answered, not answerable", "bad") if made_up else ("rightly refused", "good")
    if _value(record, "wrongly refused"):
        return "wrongly refused", "warn"
    right = _value(record, "rightly cited")
    if right is not None:
        return ("rightly cited", "good") if right == 1 else ("not right", "bad")
    rank = _value(record, "mrr")
    if rank is None:
        return "not judged", "plain"
    return (f"found at {round(1 / rank)}", "good" if rank > 0.1 else "warn") if rank else ("not found", "bad")


def case(question: Question, record: Record, opened: bool = False) -> str:
    """The question with all that is known of it."""
    said, tone = outcome(record)
    sure = "" if record.confidence is None else f'<span class="soft small">confidence {record.confidence:.2f}</span>'
    head = f'<span class="what">{text(question.question)}</span>{sure}{tag(said, tone)}'
    return unfolding(head, facts(_facts(question, record)) + _scores(record), opened)


def _facts(question: Question, record: Record) -> Iterable[tuple[str, str]]:
    yield "question", f"{text(question.id)} · {text(question.language)}" + _draft(question)
    if question.history:
        turns = (f"{text(turn.question)}<br><span class='soft'>{text(turn.answer)}</span>" for turn in question.history)
        yield "before it", "<br>".join(turns)
    yield "gold", "<br>".join(map(text, question.answers)) or ("" if question.answerable else "not answerable")
    if question.gold:
        yield "stands in", "<br>".join(_gold(gold) for gold in question.gold)
    if record.answer is not None:
        refused = record.answer["status"] == "not_found"
        yield "answer", "nothing was found" if refused else sentences(record.answer["sentences"])
        if refused and record.evidence:
            yield "it would have said", sentences(record.evidence)
        if record.answer["notes"]:
            yield "notes", "<br>".join(map(text, record.answer["notes"]))
    found = (f"{rank}. {_place(vars_of(each))}" for rank, each in enumerate(record.ranking[:_RANKED], 1))
    yield "passages", "<br>".join(found) or "none"
    if record.timings:
        yield "seconds", ", ".join(f"{text(name)} {value:g}" for name, value in record.timings.items())


def sentences(said: Sequence[Mapping[str, Any]]) -> str:
    """Sentences, each with the quotes behind it and their places; a sentence that is its quote is shown once."""
    parts = []
    for sentence in said:
        quotes = "".join(
            f'<blockquote>{text(each["quote"])}<br><span class="place">{_place(each)}</span></blockquote>'
            for each in sentence["citations"]
        )
        phrased = sentence["support"] != "verbatim" or len(sentence["citations"]) != 1
        parts.append((f"{text(sentence['text'])} {tag(sentence['support'])}" if phrased else "") + quotes)
    return "".join(parts)


def vars_of(found: Any) -> dict[str, Any]:
    """A place of the ranking as a mapping."""
    return {"document": found.document, "page": found.page, "start": found.start, "end": found.end}


def _place(place: Mapping[str, Any]) -> str:
    page = f", page {place['page']}" if place["page"] is not None else ""
    return f"{text(place['document'])}{page} ({place['start']}–{place['end']})"


def _gold(gold: Gold) -> str:
    parts = [gold.document]
    parts += [f"page {gold.page}"] if gold.page is not None else []
    parts += [f"under “{gold.heading}”"] if gold.heading else []
    parts += [f"characters {gold.start}–{gold.end}"] if gold.start is not None else []
    return text(", ".join(parts))


def _scores(record: Record) -> str:
    known = [(name, score) for name, score in record.scores.items() if name in FIGURES]
    rows = [(text(name), number(score.value), text(score.reason)) for name, score in known if score.value is not None]
    unknown: dict[str, list[str]] = {}
    for name, score in known:
        if score.value is None:
            unknown.setdefault(score.reason, []).append(name)
    left = "".join(
        f'<p class="soft small">No value for {text(", ".join(names))}: {text(reason)}.</p>'
        for reason, names in unknown.items()
    )
    return (table(("figure", "value", "why"), rows, (1,)) if rows else "") + left


def _draft(question: Question) -> str:
    return f" · {tag('draft, not corrected', 'warn')}" if question.draft else ""


def _value(record: Record, figure: str) -> float | None:
    score = record.scores.get(figure)
    return None if score is None else score.value
