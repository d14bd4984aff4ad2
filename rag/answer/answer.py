"""From hits to an answer: gather the evidence, check the draft as it comes, put together what is shown.

The reader is never worse off than with the quotes alone: they are there before any model is asked, and a draft can
only bring its own order, whole clauses of quotes, and quotes that it points to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.errors import SettingsError
from core.types import Hit, Sentence
from ingestion.sentences import sentence_spans
from ingestion.tokens import language, spans
from rag.answer import align, check
from rag.answer.confidence import CALIBRATED, Features, confidence, measured
from rag.answer.evidence import PASSAGES, Quote, asks_what_to_do, choose, encoder, is_title, saying, telling
from rag.answer.judged import Judged, judged
from rag.answer.steps import Procedure, procedure, section
from rag.embedding.base import Embedder
from rag.judge.open import Judges
from rag.retrieval.rewording import reworded

_CLOSE = 0.7
"""Share of the best quote's score from which another is quoted beside it: on SQuAD2 that shows two sentences at the
mean, and holds the answer as often as always showing three."""

_SEVERAL = re.compile(
    r"分别|分別|哪些|哪[几幾]|列[出举舉]|各(?:是|为|為|有)|\b(?:list|enumerate|respectively)\b|\ball (?:of )?the\b"
    r"|\b(?:which|what) (?:are|were) (?:all )?the \w+s\b",
    re.IGNORECASE,
)
_ONE_OF_SEVERAL = 0.5
"""The same share where a question asks for several things, which seldom stand in one sentence: twice as many may be
shown then."""

_DRAFTED = 0.5
"""Share of the best quote's score from which a model's sentence may be taken from another."""

_FIGURE = re.compile(
    r"^when\b|\bsince when\b|\bhow (?:many|much|long|often|far|high|old|soon|fast)\b"
    r"|\b(?:what|which) (?:year|date|day|number)\b"
    r"|何[时時年日]|什[么麼][时時]候|多少|多[长長久大]|哪一?[年天]|[几幾][年月日天个個号號次]",
    re.IGNORECASE,
)
"""A question for a date or a number."""

_POINTS_TO = 0.5
"""Strength from which a drafted sentence that fails the check still points to its quote."""


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """[answer] of pincite.toml.

    `sentences` are shown at most. `draft` asks the model; without it the answer is the quotes. `evidence_tokens`
    bounds what the model reads, `answer_tokens` what it writes. `judge` lets a judge read the passages.
    `wrong_at_most` is the share of questions, 0 to 1, that may be answered wrongly: it chooses, among those measured
    with the judge, the confidence from which something counts as found. `threshold` sets that by hand, 0 to 1: for all
    questions, or, by "en" and "zh", for those of a language. Where no judge can read, and none is set, it is the one of
    the question's language, which promises nothing.
    """

    sentences: int = 3
    draft: bool = True
    evidence_tokens: int = 240
    answer_tokens: int = 96
    judge: bool = True
    wrong_at_most: float = 0.25
    threshold: float | dict[str, float] | None = None

    def __post_init__(self) -> None:
        for name in ("sentences", "evidence_tokens", "answer_tokens"):
            if getattr(self, name) < 1:
                raise SettingsError(f"[answer] {name} is {getattr(self, name)}; it takes a whole number from 1.")
        by_language = self.threshold if isinstance(self.threshold, dict) else {}
        if unknown := sorted(by_language.keys() - CALIBRATED.keys()):
            raise SettingsError(f"[answer] threshold names {unknown[0]!r}; the languages are {', '.join(CALIBRATED)}.")
        given = {
            "wrong_at_most": self.wrong_at_most,
            **{f"threshold of {name}": of for name, of in by_language.items()},
        }
        if isinstance(self.threshold, int | float):
            given["threshold"] = self.threshold
        for name, value in given.items():
            if not 0 <= value <= 1:
                raise SettingsError(f"[answer] {name} is {value}; it takes a number from 0 to 1.")

    def threshold_of(self, language: str) -> float | None:
        """What is set for questions of a language; None where nothing is."""
        return self.threshold.get(language) if isinstance(self.threshold, dict) else self.threshold


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for a question. `quotes` are the candidates, best first; `confidence` is how likely it is, 0
    to 1, that they hold the answer, and `found` whether that is enough."""

    question: str
    language: str
    hits: tuple[Hit, ...]
    quotes: tuple[Quote, ...]
    features: Features
    confidence: float
    found: bool
    judged: Judged | None = None
    """What a judge said of the passages in the question's language; None where none could read any."""
    procedure: Procedure = Procedure()
    """What is to be done, in order, where the question asks how."""

    def quoted(self, count: int) -> tuple[Sentence, ...]:
        """The best quote and those that come close to it, `count` at most, twice as many where the question asks for
        several things, as a reader needs them; none where nothing was found."""
        return self.readable(self.nearest(count))

    def nearest(self, count: int) -> list[Sentence]:
        """The same quotes alone, the best one first."""
        if not self.found:
            return []
        several = _asks_for_several(self.question)
        best, *others = self.quotes[: most(self.question, count)]
        least = (_ONE_OF_SEVERAL if several or self.procedure.named else _CLOSE) * best.score
        beside = [quote.sentence for quote in others if quote.score >= least and not is_title(quote)]
        behind = [*(step.sentence for step in self.procedure.steps), *beside]
        shown = [best.sentence, *(self._as_read(behind) if several else behind)]
        distinct: dict[str, Sentence] = {}
        for sentence in shown:
            distinct.setdefault(sentence.text, sentence)
        return list(distinct.values())

    def readable(self, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
        """Quotes and drafted sentences as a reader needs them: what is to be done in its order, and before an item of
        a list what leads to it."""
        ordered = self._as_read(sentences) if self.procedure.steps else sentences
        leading = {quote.citation: quote.leading for quote in self._cited()}
        cited = {citation for sentence in ordered for citation in sentence.citations}
        shown: list[Sentence] = []
        for sentence in ordered:
            lead = leading.get(sentence.citations[0])
            if lead and lead.citations[0] not in cited:
                cited.add(lead.citations[0])
                shown.append(lead)
            shown.append(sentence)
        return tuple(shown)

    def _as_read(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        """The sentences by section, that of the steps first, then that of the first sentence, as they stand in it."""
        sections = {quote.citation: section(quote.hit) for quote in self._cited()}
        first = [step.sentence for step in self.procedure.steps[:1]]
        order = list(dict.fromkeys(sections[sentence.citations[0]] for sentence in (*first, *sentences)))

        def place(sentence: Sentence) -> tuple[int, int]:
            return order.index(sections[sentence.citations[0]]), sentence.citations[0].start

        return sorted(sentences, key=place)

    def _cited(self) -> tuple[Quote, ...]:
        """All that the answer's sentences may cite."""
        return *self.quotes, *self.procedure.steps


def most(question: str, count: int) -> int:
    """How many sentences may answer a question, `count` being what one that asks for one thing may take."""
    return 2 * count if _asks_for_several(question) else count


def _asks_for_several(question: str) -> bool:
    return bool(_SEVERAL.search(question)) or asks_what_to_do(question)


def gather(
    question: str, hits: Sequence[Hit], embedder: Embedder, settings: AnswerSettings, judges: Judges | None = None
) -> Evidence:
    """The evidence for a question that stands on its own, out of the hits for it, as read by one of the judges.

    Raises SettingsError where the judge cannot promise the share of wrong answers that was set.
    """
    asked, read = reworded(question), telling(hits)
    heard = judged(asked, read[:PASSAGES], judges) if judges and settings.judge else None
    quotes = choose(asked, read, encoder(embedder, asked, read), heard)
    spoken = language(question)
    # a judge decides about what it has read: not about a passage in another language that words and similarity prefer
    deciding = heard if heard and (not quotes or heard.has_read(quotes[0].hit)) else None
    features = measured(asked, read, quotes, deciding)
    sure = confidence(features, spoken, deciding.judge.profile if deciding else None)
    quotes = saying(question, quotes)
    found = bool(quotes) and sure >= _enough(settings, spoken, deciding)
    asked_for = procedure(question, quotes, hits)
    if asked_for.named:
        quotes = [quote for quote in quotes if section(quote.hit) == section(asked_for.steps[0].hit)]
    return Evidence(question, spoken, tuple(hits), tuple(quotes), features, sure, found, heard, asked_for)


def _enough(settings: AnswerSettings, spoken: str, heard: Judged | None) -> float:
    """The confidence from which something counts as found."""
    given = settings.threshold_of(spoken)
    if given is not None:
        return given
    return heard.judge.profile.threshold(settings.wrong_at_most) if heard else CALIBRATED[spoken].threshold


def checked(pieces: Iterable[str], evidence: Evidence, embedder: Embedder) -> Iterator[Sentence]:
    """The sentences of a draft that may be shown, each once, as soon as the draft has gone past it.

    A sentence that says what its quote says is given with its citations; one that does not is replaced by the quote
    that it points to, verbatim, or dropped.
    """
    shown: set[Sentence] = set()
    evidence = replace(evidence, quotes=_near(evidence.quotes))
    reading = encoder(embedder, evidence.question, evidence.hits)
    for text in _sentences(pieces):
        sentence = _whole_if_figures_are_asked(_said(text, evidence), evidence) or _pointed_at(text, evidence, reading)
        if sentence is not None and sentence not in shown:
            shown.add(sentence)
            yield sentence


def _near(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The quotes that a draft may be made of: a model copies what it was shown, beside the point or not."""
    return tuple(quote for quote in quotes if quote.score >= _DRAFTED * quotes[0].score)


def compose(evidence: Evidence, phrased: Sequence[Sentence], count: int) -> tuple[Sentence, ...]:
    """The answer's sentences, `count` at most: the best quote, in the draft's words if it said it; the draft's; quotes.

    Sentences that cite the same place as an earlier one, or say the same, are left out.
    """
    if not evidence.found:
        return ()
    quoted = evidence.nearest(count)
    best = next((sentence for sentence in phrased if quoted[0].citations[0] in sentence.citations), quoted[0])
    shown: list[Sentence] = []
    for sentence in (best, *phrased, *quoted):
        if not any(set(sentence.citations) <= set(other.citations) or sentence.text == other.text for other in shown):
            shown.append(sentence)
    return evidence.readable(shown[: most(evidence.question, count) + len(evidence.procedure.steps)])


def _said(text: str, evidence: Evidence) -> Sentence | None:
    """The sentence if it may be shown in its own words: by the rules, unless a judge finds it contradicted; or by the
    judge, where the rules that no judge can stand in for are kept."""
    sentence = check.supported(text, evidence.quotes)
    if evidence.judged is None:
        return sentence
    judge = evidence.judged.judge
    read = [quote for quote in evidence.quotes if evidence.judged.has_read(quote.hit)]
    if sentence is None:
        return check.entailed(text, read, judge)
    return None if check.contradicted(sentence, read, judge) else sentence


def _whole_if_figures_are_asked(sentence: Sentence | None, evidence: Evidence) -> Sentence | None:
    """The quote instead of a sentence that leaves some of its dates or numbers out, where one of these is asked for."""
    if sentence is None or not _FIGURE.search(evidence.question):
        return sentence
    quote = next((one for one in evidence.quotes if one.citation in sentence.citations), None)
    if quote is None or _figures(quote.labelled) <= _figures(sentence.text):
        return sentence
    return quote.sentence


def _figures(text: str) -> set[str]:
    return {token.norm for token in spans(text) if token.kind in ("number", "date")}


def _pointed_at(text: str, evidence: Evidence, embedder: Embedder) -> Sentence | None:
    tie = align.nearest(align.plain(text, evidence.quotes), evidence.quotes, embedder)
    return tie.quote.sentence if tie is not None and tie.strength >= _POINTS_TO else None


def _sentences(pieces: Iterable[str]) -> Iterator[str]:
    """The sentences of a text that comes in pieces, each when the next one has begun or the text has ended."""
    text = ""
    for piece in pieces:
        text += piece
        spans = sentence_spans(text)
        for start, end in spans[:-1]:
            yield text[start:end]
        if len(spans) > 1:
            text = text[spans[-1][0] :]
    yield from (text[start:end] for start, end in sentence_spans(text))
