"""Quote first: the sentences of the best passages that bear most on the question, each with its exact place."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from core.types import Citation, Hit, Sentence
from ingestion.sentences import sentence_spans
from ingestion.tables import cells, column_names, headings, is_row
from ingestion.tokens import codes, index_terms, query_terms, spans
from rag.answer.judged import Judged
from rag.answer.lists import ENDS, OPTION, is_option, leads
from rag.embedding.base import Embedder, Vectors, of_sentences
from rag.retrieval.naming import without_names
from rag.retrieval.openings import about_the_whole, is_preamble

PASSAGES = 4
"""Passages looked through: on SQuAD2 the best four hold the answer of nearly every question, and more only distract."""

CANDIDATES = 16
"""Sentences embedded at most, those with the most of the question's terms: what fits into .3 s on two cores."""


_MARKS = re.compile(r"[\W_]+")
_RECORD = 500
"""Characters of a record's fields that are quoted together."""

_FOUND = 0.2
"""What a sentence of the best passage gains over one of a passage that was hardly found."""

_TITLE = 6
"""Terms that say something without a full stop."""

_ABOUT = 0.45
"""What the first sentence of a section gains whose heading has the code that is asked about: it says what that is. Nor
may a judge, who sees no answer in it, put what merely mentions the code before it."""

_OPENS = 0.3
"""What a preamble gains where the question is about the document as a whole; of contracts (CUAD, twelve of the items to
develop with) 10 of 12 names, 10 of 12 parties and 8 of 9 dates are then shown, for 6, 7 and 5."""

_REMEDIES = 0.3
"""What each sentence of such a section gains where it is asked what to do."""
_REMEDY = re.compile(
    r"\bwhat (?:to|(?:do|should|can|must) (?:i|we)) do\b|\b(?:fix|clear|solve|remedy|get rid of)\b"
    r"|怎[么麼](?:处理|處理|办|辦|解决|解決)|如何(?:处理|處理|解决|解決)",
    re.IGNORECASE,
)

_ASKS = re.compile(r"(?:[?？][\"'”’」』)）]*|[:：])$")
"""A sentence that asks, or only leads to what follows, answers nothing; it lends its terms to the one after it."""


_ENDS = re.compile(r"[.!。！][\"'”’」』)）]*$")
"""How a sentence ends, which a line "Galaxy S10" does not."""


_ASKING = frozenset({"much", "mani"})
"""The terms of "how much" and "how many": no answer repeats them."""
_COMMANDS = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:above|previous|prior|earlier|instructions?|prompts?)\b"
    r"|(?:忽略|无视|無視|忘记|忘記).{0,12}(?:以上|上述|上面|之前|先前|前面|指令|指示|提示)",
    re.IGNORECASE,
)
"""A sentence planted for a model, not for a reader. It could not change what is shown; nor is it worth quoting."""


# What a Chinese question asks for, and what its answer then holds. The encoder that reads Chinese hardly tells figures
# apart; for English, where another one reads, the same rule gained nothing.
_WANTED: tuple[tuple[re.Pattern[str], re.Pattern[str], float], ...] = (
    (
        re.compile("何时|何時|何日|什么时候|什麼時候|时间|時間|日期|哪一?[年天]|几[月号]|幾[月號]"),
        re.compile(r"\d\s*[年月日]"),
        0.2,
    ),
    (
        re.compile("多少|多大|多长|多長|几|幾|金额|金額|数额|數額"),
        re.compile(r"\d|[一二三四五六七八九十百千万亿]{2}"),
        0.1,
    ),
)


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence, or one row of a table, of a passage that was found.

    `start` and `end` are its place in the document. `similarity` is the cosine between it, under its heading, and the
    question, `overlap` the weighted share of the question's terms that it and its surroundings hold, `pointed` how
    likely a judge thinks it that the answer stands in it, and `score` the even blend of the first two, with something
    added for what the judge says, for a passage that was found well, and where the question asks for a date or a number
    and the quote holds one.
    """

    hit: Hit
    start: int
    end: int
    similarity: float = 0.0
    overlap: float = 0.0
    pointed: float = 0.0
    score: float = 0.0
    columns: tuple[str, ...] = ()
    """Of a table's row, what its cells are, where the table says."""
    lead: tuple[int, int] | None = None
    """The place of the sentence that leads to it, as to the items of a list."""
    vector: Vectors | None = field(default=None, compare=False, repr=False)
    """What the embedder made of it, so that a draft can be compared without embedding it again."""

    @property
    def text(self) -> str:
        """The document's own words."""
        passage = self.hit.passage
        return passage.text[self.start - passage.start : self.end - passage.start]

    @property
    def labelled(self) -> str:
        """The text in one line; of a table's row, each cell that holds anything after the name of its column."""
        held = cells(self.text)
        if not self.columns or len(held) != len(self.columns):
            return self.text.replace("\n", "; ")
        named = zip(self.columns, held, strict=True)
        return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)

    @property
    def headed(self) -> str:
        """The labelled text behind its heading, which often names what the sentence is about."""
        heading = self.hit.passage.heading
        return f"{heading[-1]}: {self.labelled}" if heading else self.labelled

    @property
    def citation(self) -> Citation:
        """Where it stands."""
        passage = self.hit.passage
        page = next((box.page for box in passage.boxes if box.end > self.start), passage.page)
        return Citation(self.hit.document, passage.document_id, page, self.start, self.end, self.text)

    @property
    def leading(self) -> Sentence | None:
        """The sentence that leads to it; None where none does."""
        if self.lead is None:
            return None
        before = replace(self, start=self.lead[0], end=self.lead[1], columns=(), lead=None)
        return None if is_planted(before.text) else before.sentence

    @property
    def sentence(self) -> Sentence:
        """As it is shown: verbatim, or a table's row with its columns named."""
        shown = self.labelled
        return Sentence(shown, "verbatim" if shown == self.text else "supported", (self.citation,))


def choose(question: str, hits: Sequence[Hit], embedder: Embedder, judged: Judged | None = None) -> list[Quote]:
    """The sentences of the best passages by an even blend of similarity and overlap with the question, and by where a
    judge points if one has read them; best first.

    Every candidate that was embedded is given, so that a draft can be tied to any of them.
    """
    asked = codes(question)
    whole, remedy = about_the_whole(question), asks_what_to_do(question)
    quotes = _overlapping(question, [list(sentences_of(hit)) for hit in hits[:PASSAGES]])
    weight = 0.0
    if judged:
        weight = judged.judge.profile.quote_weight
        quotes = sorted(_pointed(quotes, judged), key=lambda quote: -(quote.overlap + quote.pointed))

    def told(quote: Quote) -> bool:
        return defines(quote, asked) or (whole and is_preamble(quote.text, quote.start))

    quotes = sorted(quotes, key=lambda quote: not told(quote))[:CANDIDATES]
    if not quotes:
        return []
    vectors = embedder.embed([" ".join((*quote.hit.named, quote.headed)) for quote in quotes])
    best = max(hit.score for hit in hits) or 1.0
    similarities = map(float, vectors @ embedder.embed_query(question))
    quotes = [
        replace(quote, similarity=similarity, vector=vector)
        for quote, similarity, vector in zip(quotes, similarities, vectors, strict=True)
    ]
    blended = (
        replace(
            quote,
            score=(quote.similarity + quote.overlap) / 2
            + _FOUND * quote.hit.score / best
            + _ABOUT * defines(quote, asked)
            + _REMEDIES * (remedy and _headed_by(quote, asked))
            + weight * max(quote.pointed, explains(quote, asked, remedy))
            + _asked_for(question, quote)
            + _OPENS * (whole and is_preamble(quote.text, quote.start)),
        )
        for quote in (_of_rows(_told_apart(quotes, judged)) if judged else quotes)
    )
    return sorted(blended, key=lambda quote: -quote.score)


def _pointed(quotes: Sequence[Quote], judged: Judged) -> list[Quote]:
    """The quotes with how surely the judge points at each. One of a passage that it does not read counts, until
    `_told_apart`, for what the best quotes of those that it reads count for at the mean."""
    pointed = [replace(quote, pointed=judged.pointed(quote.hit, quote.start, quote.end)) for quote in quotes]
    best: dict[str, float] = {}
    for quote in pointed:
        if judged.has_read(quote.hit):
            best[quote.hit.passage.id] = max(quote.pointed, best.get(quote.hit.passage.id, 0.0))
    usual = sum(best.values()) / max(1, len(best))
    return [quote if judged.has_read(quote.hit) else replace(quote, pointed=usual) for quote in pointed]


def _told_apart(quotes: Sequence[Quote], judged: Judged) -> list[Quote]:
    """The quotes; of each passage that the judge does not read, only the one nearest to the question by words and
    similarity counts as pointed at, since in those that it reads it points at one place too."""
    nearest: dict[str, Quote] = {}
    for quote in sorted(quotes, key=lambda quote: quote.similarity + quote.overlap):
        nearest[quote.hit.passage.id] = quote
    return [
        quote if judged.has_read(quote.hit) or nearest[quote.hit.passage.id] is quote else replace(quote, pointed=0.0)
        for quote in quotes
    ]


def _of_rows(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes; of a table's rows the one nearest to the question by words and similarity counts as pointed at as
    surely as any of them is. A judge finds the table, but reads its cells one after another and loses their rows."""
    rows: dict[str, list[int]] = defaultdict(list)
    for at, quote in enumerate(quotes):
        if quote.columns:
            rows[quote.hit.passage.id].append(at)
    told = list(quotes)
    for places in rows.values():
        nearest = max(places, key=lambda at: quotes[at].similarity + quotes[at].overlap)
        surest = max(places, key=lambda at: quotes[at].pointed)
        told[nearest] = replace(quotes[nearest], pointed=quotes[surest].pointed)
        told[surest] = replace(quotes[surest], pointed=quotes[nearest].pointed)
    return told


def telling(hits: Sequence[Hit]) -> list[Hit]:
    """The hits but for those that merely repeat their heading, as the lines under a picture do: they are found well,
    answer nothing, and would take the place of one that does."""
    return [hit for hit in hits if _bare(hit.passage.text) not in map(_bare, hit.passage.heading)]


def saying(question: str, quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes but for lines that only repeat words of the question: they tell that the place is right, and nothing
    else."""
    asked = set(query_terms(question))
    return [quote for quote in quotes if ENDS.search(quote.text) or not set(query_terms(quote.text)) <= asked]


def is_planted(text: str) -> bool:
    """Whether it commands a model, and so tells a reader nothing."""
    return bool(_COMMANDS.search(text))


def is_title(quote: Quote) -> bool:
    """Whether it is a few words without a full stop, a figure or a name before it, and no item of a list, as titles and
    links are: beside another quote that tells nothing."""
    text = quote.text
    whole = quote.columns or quote.lead or ENDS.search(text) or OPTION.match(text) or any(map(str.isdigit, text))
    return not whole and len(index_terms(text)) < _TITLE


def encoder(embedder: Embedder, question: str, hits: Sequence[Hit]) -> Embedder:
    """What single sentences are compared with: the encoders that know the languages at hand best, so that a similarity
    means the same in every library."""
    return of_sentences(embedder, question, [hit.passage.text for hit in hits[:PASSAGES]])


def sentences_of(hit: Hit) -> Iterator[Quote]:
    """What a passage can be quoted by, in order: its sentences, the rows of its tables but not the rows that name the
    columns, and the fields of a record together."""
    passage = hit.passage
    places = sentence_spans(passage.text)
    texts = [passage.text[start:end] for start, end in places]
    before = [lead and (passage.start + lead[0], passage.start + lead[1]) for lead in leads(passage.text, places)]
    at = 0
    while at < len(places):
        if is_row(texts[at]):
            last = next((end for end in range(at, len(texts)) if not is_row(texts[end])), len(texts)) - 1
            yield from _rows(hit, places[at : last + 1], "" if at else passage.header)
        else:
            last = _fields(texts, at)
            yield Quote(hit, passage.start + places[at][0], passage.start + places[last][1], lead=before[at])
        at = last + 1


def _rows(hit: Hit, places: Sequence[tuple[int, int]], header: str) -> Iterator[Quote]:
    """The rows of a table but those that name its columns; `header` are such rows that stand elsewhere."""
    passage = hit.passage
    above = [cells(line) for line in header.splitlines()]
    rows = above + [cells(passage.text[start:end]) for start, end in places]
    naming = headings(rows)
    columns = column_names(rows[:naming])
    for start, end in places[max(0, naming - len(above)) :]:
        yield Quote(hit, passage.start + start, passage.start + end, columns=columns)


def _fields(texts: Sequence[str], at: int) -> int:
    """The last of the lines from `at` on that together are a record, each a name and a value; `at` where none are, or
    most are sentences, as the options of a menu."""
    last, size = at, 0
    while last < len(texts) and OPTION.match(texts[last]) and size + len(texts[last]) <= _RECORD:
        size += len(texts[last])
        last += 1
    is_record = last - at >= 3 and 2 * sum(map(is_option, texts[at:last])) <= last - at
    return last - 1 if is_record else at


def _overlapping(question: str, passages: Sequence[Sequence[Quote]]) -> list[Quote]:
    """All quotes of the passages with their overlap, the largest first.

    Half of it is what the sentence itself holds, half what it holds together with its heading and the sentences
    beside it, which often name what it calls "it". A term weighs the more the fewer of the sentences hold it.
    """
    named = {word for quotes in passages for quote in quotes[:1] for word in quote.hit.named}
    wanted = _wanted(without_names(question, named))
    held = [[wanted & set(index_terms(quote.labelled)) for quote in quotes] for quotes in passages]
    weights = _weights(wanted, [terms for sentences in held for terms in sentences])
    found: list[Quote] = []
    for quotes, sentences in zip(passages, held, strict=True):
        above = wanted & set(index_terms(" ".join(quotes[0].hit.passage.heading))) if quotes else set()
        for at, quote in enumerate(quotes):
            around = above.union(*sentences[max(0, at - 1) : at + 2])
            share = sum(weights[term] for term in sentences[at]) + sum(weights[term] for term in around)
            found.append(replace(quote, overlap=share / 2))
    told = (quote for quote in found if not (_leads(quote) or is_planted(quote.text)))
    return sorted(told, key=lambda quote: -quote.overlap)


def _leads(quote: Quote) -> bool:
    """Whether it asks, or only leads to what follows, as a row does of which nothing but the first cell is filled."""
    return bool(_ASKS.search(quote.text)) or (bool(quote.columns) and not any(cells(quote.text)[1:]))


def defines(quote: Quote, asked: Set[str]) -> bool:
    """Whether the quote opens a section, not a document, that is headed by one of the codes that are asked about."""
    return quote.start == quote.hit.passage.start and _headed_by(quote, asked)


def explains(quote: Quote, asked: Set[str], remedy: bool) -> bool:
    """Whether the quote says what one of the codes means, or, where a remedy is asked for, what to do about it."""
    return defines(quote, asked) or (remedy and _headed_by(quote, asked))


def _headed_by(quote: Quote, asked: Set[str]) -> bool:
    heading = quote.hit.passage.heading
    return len(heading) > 1 and not asked.isdisjoint(codes(heading[-1]))


def asks_what_to_do(question: str) -> bool:
    """Whether a question asks for a remedy: then all that stands under the heading of an error's code answers it."""
    return bool(_REMEDY.search(question))


def _wanted(question: str) -> set[str]:
    """The terms that a sentence is looked through for. A code is one of them, and not also each of its parts: else the
    name of a model would count for more than all that is asked about it."""
    asked = set(query_terms(question))
    wanted = asked - _ASKING or asked
    for code in (token.norm for token in spans(question) if token.kind == "code"):
        if (whole := _MARKS.sub("", code)) in wanted:
            wanted = wanted - set(index_terms(code)) | {whole}
    return wanted


def _bare(text: str) -> str:
    return _MARKS.sub("", text).casefold()


def _asked_for(question: str, quote: Quote) -> float:
    """What is added to the score of a quote that holds the kind of thing the question asks for."""
    added = (value for asks, holds, value in _WANTED if asks.search(question) and holds.search(quote.text))
    return next(added, 0.0)


def _weights(wanted: Set[str], sentences: Sequence[Set[str]]) -> dict[str, float]:
    """A weight a wanted term, their sum 1: the logarithm of how rare it is among the sentences, as in BM25."""
    counts = Counter(term for terms in sentences for term in terms)
    rarity = {term: math.log(1 + (len(sentences) - counts[term] + 0.5) / (counts[term] + 0.5)) for term in wanted}
    return {term: value / sum(rarity.values()) for term, value in rarity.items()}
