"""One question of a run as it is looked at: what was asked, said and cited, and every score with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rag.evaluation.questions import Gold, Question
from rag.evaluation.records import Found, Record
from rag.evaluation.report.parts import facts, number, table, tag, text, unfolding
from rag.evaluation.run import SHOWN
from rag.evaluation.scores import FIGURES


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
    if record.error:
        return "failed", "bad"
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
        yield "stands in", "<br>".join(_gold(gold, record.files) for gold in question.gold)
    if record.error:
        yield "failed", text(record.error)
        return
    if record.answer is not None:
        refused = record.answer["status"] == "not_found"
        yield "answer", "nothing was found" if refused else _sentences(record.answer["sentences"], record.files)
        if refused and record.evidence:
            yield "it would have said", _sentences(record.evidence, record.files)
        if record.answer["notes"]:
            yield "notes", "<br>".join(map(text, record.answer["notes"]))
    yield "passages", "".join(_passages(question, record)) or "none"
    if record.timings:
        yield "seconds", ", ".join(f"{text(name)} {value:g}" for name, value in record.timings.items())


def _passages(question: Question, record: Record) -> Iterator[str]:
    """The first passages, and the first at a gold place if it comes later, or the word that there is none."""
    first = next((at for at, found in enumerate(record.ranking) if found.gold), None)
    for at, found in enumerate(record.ranking):
        if at < SHOWN or at == first:
            yield _passage(at + 1, found, record.files)
    if record.ranking and first is None and question.gold:
        yield f'<span class="soft small">none of {len(record.ranking)} passages stands at a gold place</span>'


def _passage(rank: int, found: Found, files: Mapping[str, str]) -> str:
    gold = f" {tag('gold', 'good')}" if found.gold else ""
    also = f' <span class="soft small">the same in {text(", ".join(found.also_in))}</span>' if found.also_in else ""
    heading = f'<br><span class="soft small">{text(" › ".join(found.heading))}</span>' if found.heading else ""
    more = "…" if found.end - found.start > len(found.text) else ""
    lines = "\n".join(line for line in found.text.split("\n") if line.strip())
    told = f'<p class="small">{text(lines)}{more}</p>' if lines else "<br>"
    return f'{rank}. <span class="place">{_place(asdict(found), files)}</span>{gold}{also}{heading}{told}'


def _sentences(said: Sequence[Mapping[str, Any]], files: Mapping[str, str]) -> str:
    """Sentences, each with the quotes behind it and their places; a sentence that is its quote is shown once."""
    parts = []
    for sentence in said:
        quotes = "".join(
            f'<blockquote>{text(each["quote"])}<br><span class="place">{_place(each, files)}</span></blockquote>'
            for each in sentence["citations"]
        )
        phrased = sentence["support"] != "verbatim" or len(sentence["citations"]) != 1
        parts.append((f"{text(sentence['text'])} {tag(sentence['support'])}" if phrased else "") + quotes)
    return "".join(parts)


def _place(place: Mapping[str, Any], files: Mapping[str, str]) -> str:
    return f"{_at(place['document'], place['page'], files)} ({place['start']}–{place['end']})"


def _at(document: str, page: int | None, files: Mapping[str, str]) -> str:
    """A document and its page; of a PDF whose file is known, as a link to the page."""
    said = text(document if page is None else f"{document}, page {page}")
    if document not in files:
        return said
    return f'<a href="{text(Path(files[document]).as_uri())}#page={page or 1}">{said}</a>'


def _gold(gold: Gold, files: Mapping[str, str]) -> str:
    parts = [f"under “{gold.heading}”"] if gold.heading else []
    parts += [f"characters {gold.start}–{gold.end}"] if gold.start is not None else []
    return ", ".join((_at(gold.document, gold.page, files), *map(text, parts)))


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
