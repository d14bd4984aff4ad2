"""Quote first: the sentences of the best passages that bear most on the question, each with its exact place."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace

from core.types import Citation, Hit, Sentence
from ingestion.sentences import sentence_spans
from ingestion.tokens import codes, index_terms, language, query_terms, spans
from rag.answer.judged import Judged
from rag.embedding.base import Embedder, Vectors
from rag.embedding.bilingual import Bilingual

CELL = " | "


PASSAGES = 4
"""Passages looked through: on SQuAD2 the best four hold the answer of nearly every question, and more only distract."""

CANDIDATES = 16
"""Sentences embedded at most, those with the most of the question's terms: what fits into .3 s on two cores."""


_FIGURE = re.compile(r"\s*[-+<>≤≥~±]?\d")
_MARKS = re.compile(r"[\W_]+")
_FIELD = re.compile(r"[^:：|。.!?！？]{1,40}[:：]\s*\S")
_RECORD = 500
"""Characters of a record's fields that are quoted together."""

_FOUND = 0.2
"""What a sentence of the best passage gains over one of a passage that was hardly found."""

_ABOUT = 0.45
"""What the first sentence of a section gains whose heading has the code that is asked about: it says what that is. Nor
may a judge, who sees no answer in it, put what merely mentions the code before it."""

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
    vector: Vectors | None = field(default=None, compare=False, repr=False)
    """What the embedder made of it, so that a draft can be compared without embedding it again."""

    @property
    def text(self) -> str:
        """The document's own words."""
        passage = self.hit.passage
        return passage.text[self.start - passage.start : self.end - passage.start]

    @property
    def labelled(self) -> str:
        """The text in one line; of a table's row, each cell after the name of its column."""
        cells = self.text.split(CELL)
        if not self.columns or len(cells) != len(self.columns):
            return self.text.replace("\n", "; ")
        return "; ".join(f"{name}: {cell.strip()}" for name, cell in zip(self.columns, cells, strict=True))

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
    def sentence(self) -> Sentence:
        """As it is shown: verbatim, or a table's row with its columns named."""
        shown = self.labelled
        return Sentence(shown, "verbatim" if shown == self.text else "supported", (self.citation,))


def choose(question: str, hits: Sequence[Hit], embedder: Embedder, judged: Judged | None = None) -> list[Quote]:
    """The sentences of the best passages by an even blend of similarity and overlap with the question, and by where a
    judge points if one has read them; best first.

    Every candidate that was embedded is given, so that a draft can be tied to any of them.
    """
    wanted = codes(question)
    quotes = _overlapping(question, [list(sentences_of(hit)) for hit in hits[:PASSAGES]])
    weight = 0.0
    if judged:
        weight = judged.judge.profile.quote_weight
        pointed = (replace(quote, pointed=judged.pointed(quote.hit, quote.start, quote.end)) for quote in quotes)
        quotes = sorted(pointed, key=lambda quote: -(quote.overlap + quote.pointed))
    quotes = sorted(quotes, key=lambda quote: not _defines(quote, wanted))[:CANDIDATES]
    if not quotes:
        return []
    vectors = embedder.embed([quote.headed for quote in quotes])
    best = max(hit.score for hit in hits) or 1.0
    similarities = vectors @ embedder.embed_query(question)
    blended = (
        replace(
            quote,
            similarity=float(similarity),
            score=(float(similarity) + quote.overlap) / 2
            + _FOUND * quote.hit.score / best
            + _ABOUT * _defines(quote, wanted)
            + weight * max(quote.pointed, _defines(quote, wanted))
            + _asked_for(question, quote),
            vector=vector,
        )
        for quote, vector, similarity in zip(quotes, vectors, similarities, strict=True)
    )
    return sorted(blended, key=lambda quote: -quote.score)


def telling(hits: Sequence[Hit]) -> list[Hit]:
    """The hits but for those that merely repeat their heading, as the lines under a picture do: they are found well,
    answer nothing, and would take the place of one that does."""
    return [hit for hit in hits if _bare(hit.passage.text) not in map(_bare, hit.passage.heading)]


def saying(question: str, quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes but for lines that only repeat words of the question: they tell that the place is right, and nothing
    else."""
    asked = set(query_terms(question))
    return [quote for quote in quotes if _ENDS.search(quote.text) or not set(query_terms(quote.text)) <= asked]


def encoder(embedder: Embedder, question: str, hits: Sequence[Hit]) -> Embedder:
    """What single sentences are compared with: of two encoders side by side the one that knows the languages at hand,
    so that a similarity means the same in every library."""
    if not isinstance(embedder, Bilingual):
        return embedder
    texts = [question, *(hit.passage.text for hit in hits[:PASSAGES])]
    return embedder.encoder("en" if all(language(text) == "en" for text in texts) else "zh")


def sentences_of(hit: Hit) -> Iterator[Quote]:
    """What a passage can be quoted by, in order: its sentences, the rows of its tables but not the rows that name the
    columns, and the fields of a record together."""
    passage = hit.passage
    places = sentence_spans(passage.text)
    texts = [passage.text[start:end] for start, end in places]
    columns = _columns(passage.header.splitlines()[-1]) if passage.header else ()
    at = 0
    while at < len(places):
        last = at
        if CELL not in texts[at]:
            columns = () if at else columns
            last = _fields(texts, at)
        elif not columns and _names_columns(texts, at):
            columns, at = _columns(texts[at]), at + 1
            continue
        yield Quote(hit, passage.start + places[at][0], passage.start + places[last][1], columns=columns)
        at = last + 1


def _columns(row: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in row.split(CELL))


def _names_columns(texts: Sequence[str], at: int) -> bool:
    """Whether the row at `at`, the first of its table, says what the cells below it are: no cell of it is a figure."""
    cells = texts[at].split(CELL)
    below = texts[at + 1].split(CELL) if at + 1 < len(texts) else []
    return len(cells) == len(below) and not any(_FIGURE.match(cell) for cell in cells)


def _fields(texts: Sequence[str], at: int) -> int:
    """The last of the lines from `at` on that together are a record, each a name and a value; `at` where none are."""
    last, size = at, 0
    while last < len(texts) and _FIELD.match(texts[last]) and size + len(texts[last]) <= _RECORD:
        size += len(texts[last])
        last += 1
    return last - 1 if last - at >= 3 else at


def _overlapping(question: str, passages: Sequence[Sequence[Quote]]) -> list[Quote]:
    """All quotes of the passages with their overlap, the largest first.

    Half of it is what the sentence itself holds, half what it holds together with its heading and the sentences
    beside it, which often name what it calls "it". A term weighs the more the fewer of the sentences hold it.
    """
    wanted = _wanted(question)
    held = [[wanted & set(index_terms(quote.labelled)) for quote in quotes] for quotes in passages]
    weights = _weights(wanted, [terms for sentences in held for terms in sentences])
    found: list[Quote] = []
    for quotes, sentences in zip(passages, held, strict=True):
        above = wanted & set(index_terms(" ".join(quotes[0].hit.passage.heading))) if quotes else set()
        for at, quote in enumerate(quotes):
            around = above.union(*sentences[max(0, at - 1) : at + 2])
            share = sum(weights[term] for term in sentences[at]) + sum(weights[term] for term in around)
            found.append(replace(quote, overlap=share / 2))
    told = (quote for quote in found if not (_ASKS.search(quote.text) or _COMMANDS.search(quote.text)))
    return sorted(told, key=lambda quote: -quote.overlap)


def _defines(quote: Quote, wanted: Set[str]) -> bool:
    """Whether the quote opens a section, not a document, that is headed by one of the codes."""
    passage = quote.hit.passage
    opens = quote.start == passage.start and len(passage.heading) > 1
    return opens and not wanted.isdisjoint(codes(passage.heading[-1]))


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
