"""Questions that a passage answers, made by rules: its definitions, codes, tables, records and headings.

No model is asked. The answer is a span of the passage: a sentence as it stands, or of a row its name and one cell.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from finetune.pairs.draft import Draft, Found, Place
from ingestion.clean import one_line
from ingestion.readers import sniff
from ingestion.tables import cells, is_row
from ingestion.tokens import language, spans
from rag.answer.evidence import Quote, sentences_of

LONGEST = 300
"""Characters of what is answered at most: what is longer is no answer but a section."""
_SHORTEST = 8
_OPENING = 3
"""Sentences under a heading that are answered at most."""

_DEFINED = (
    re.compile(r"[“\"'‘](?P<term>[^”\"'’]{2,60})[”\"'’]\s+(?:means|shall mean|is defined as|refers to|denotes)\s"),
    re.compile(
        r"^(?:\d[\d.]*\s+)?(?:(?:An?|The)\s+)?(?!(?:This|That|It|Which|These)\b)(?P<term>[\w/-]+(?: [\w/-]+){0,4})"
        r" (?:means|is defined as|stands for)\s"
    ),
    re.compile(
        r"^(?:[\d.]+\s*)?(?:本\w{0,6}所称的?)?[“「\"](?P<term>[^”」\"]{2,20})[”」\"][，,]?(?:是指|系指|指的是|指)"
    ),
    re.compile(r"^(?:[\d.]+\s*)?(?:本\w{0,6}所称的?)?(?P<term>[\u4e00-\u9fff\w]{2,12}?)[，,]?(?:是指|系指|指的是)"),
)
_NUMBERED = re.compile(
    r"^(?:[\d.]+\s*|[(（][\da-z一二三四五六七八九十]+[)）]\s*|第[\d一二三四五六七八九十百]+[章节條条]\s*)"
)
_CODE = re.compile(r"[A-Z]{1,4}[-_ ]?\d{1,5}[A-Z]?|0x[0-9A-Fa-f]+|\d{3,5}")
_FIELD = re.compile(r"([^:：|]{1,40})[:：]\s*(\S.*)")
_NO_NOUN = re.compile(r"(?i)^(?:where|when|who|what|which|how|why|fits|if|in|at)\b|\b(?:for|in|of|to|by|at|with)$")
"""A column that cannot stand after "What is the"."""
_PARTS = re.compile(r"(?i)\b(?:part|item|article|order|sku|model|type)\b|料号|编号|型号|货号")
"""A column of codes that name things, which stand for no message."""
_RECORDS = frozenset({sniff.CSV, sniff.JSONL, sniff.XLSX, sniff.XLS})
_FIGURE = re.compile(r"[<>≤≥~±+-]?\s*\d")
_PLAIN_NAMES = re.compile(r"(?i)^(?:no|nr|number|id|date|page|total|sum|yes|none|n/?a|序号|编号|合计|日期)\.?$")
"""What names no row."""
_PLAIN_COLUMNS = re.compile(r"(?i)^(?:no|nr|id|page|#|序号)\.?$")
"""What is not worth asking of a row."""

_ASKS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "definition": {
        "en": ("What does “{0}” mean?", "What is meant by {0}?", "How is “{0}” defined?", "what does {0} mean"),
        "zh": ("“{0}”是指什么？", "什么是{0}？", "{0}的定义是什么？", "{0}是什么意思"),
    },
    "error-code": {
        "en": ("What does {0} mean?", "What is {0}?", "What does {0} stand for?", "what does {0} mean"),
        "zh": ("{0}是什么意思？", "{0}是什么？", "{0}表示什么？", "{0}是指什么"),
    },
    "cause": {
        "en": ("What causes {0}?", "Why does {0} come up?", "What is the reason for {0}?"),
        "zh": ("{0}的原因是什么？", "为什么会出现{0}？", "{0}是什么引起的"),
    },
    "remedy": {
        "en": ("What should I do about {0}?", "How do I clear {0}?", "How is {0} resolved?"),
        "zh": ("出现{0}怎么处理？", "{0}怎么办？", "如何解决{0}？"),
    },
    "table": {
        "en": ("What is the {1} of {0}?", "What is the {1} for {0}?", "{0}: {1}?", "{1} of {0}?"),
        "zh": ("{0}的{1}是什么？", "{0}的{1}是多少？", "请问{0}的{1}？", "{0} {1}"),
    },
    "column": {
        "en": ("{0}: {1}?", "{0}, {1}?"),
        "zh": ("{0}：{1}？", "{0}，{1}？"),
    },
    "heading": {
        "en": ("What is said about {0}?", "What does the document say about {0}?", "{0}?", "Tell me about {0}."),
        "zh": ("关于{0}是怎么说的？", "{0}有什么规定？", "{0}？", "请介绍一下{0}。"),
    },
}
"""How each kind of question is put; which way one is put goes by its words, so that it is the same every time."""
_CAUSES = re.compile(r"(?i)\b(?:cause|reason)s?\b|原因")
_REMEDIES = re.compile(r"(?i)\b(?:remed(?:y|ies)|action|solution|what to do|measure)s?\b|措施|处理|解决|对策|办法")
_MEANINGS = re.compile(r"(?i)\b(?:meaning|description|fault|error|alarm|message)s?\b|含义|说明|描述|故障|报警|意义")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a passage says that can be asked about: `way` names the questions, `about` fills them."""

    way: str
    kind: str
    about: tuple[str, ...]
    parts: tuple[tuple[Quote, str], ...]


def drafts(found: Iterable[Found], source: str) -> Iterator[Draft]:
    """Questions of all passages, each with its places; `source` names the library."""
    before: tuple[str, ...] | None = None
    for one in found:
        passage = one.hit.passage
        opens = passage.heading != before
        before = passage.heading
        title = one_line(passage.heading[-1]) if opens and passage.heading else ""
        for said in _says(list(sentences_of(one.hit)), title, one.hit.media_type in _RECORDS):
            text = " ".join(told for _, told in said.parts)
            if not _SHORTEST <= len(text) <= LONGEST:
                continue
            spoken = language(text + "".join(said.about))
            places = tuple(Place(one.hit.document, quote.start, quote.end, told) for quote, told in said.parts)
            asked = _asked(said, spoken)
            yield Draft(asked, said.kind, "answered", spoken, one.group, source, places, passage)


def _asked(said: _Said, spoken: str) -> str:
    ways = _ASKS[said.way][spoken]
    if said.way == "heading" and said.about[0].endswith(("?", "？")):
        return said.about[0]
    asked = ways[zlib.crc32("\n".join(said.about).encode()) % len(ways)].format(*said.about)
    return asked[0].upper() + asked[1:] if asked.endswith("?") and said.way == "heading" else asked


def _says(quotes: Sequence[Quote], title: str, of_record: bool) -> Iterator[_Said]:
    if title and quotes:
        yield from _of_heading(title, quotes, of_record)
    for quote in quotes:
        fields = _fields(quote)
        if fields:
            yield from _of_row(quote, fields)
        elif not is_row(quote.text):
            yield from _of_sentence(quote)


def _fields(quote: Quote) -> list[tuple[str, str]]:
    """The columns and cells of a table's row, or the names and values of a record; none for a sentence."""
    held = cells(quote.text)
    if quote.columns and len(held) == len(quote.columns):
        return list(zip(quote.columns, held, strict=True))
    lines = [_FIELD.fullmatch(line) for line in quote.text.split("\n")]
    if len(lines) < 3 or not all(lines):
        return []
    return [(line[1].strip(), line[2].strip()) for line in lines if line]


def _of_row(quote: Quote, fields: Sequence[tuple[str, str]]) -> Iterator[_Said]:
    column, name = fields[0]
    coded = bool(_CODE.fullmatch(name))
    lettered = re.search(r"[^\W\d_]", name) and not _FIGURE.match(name)
    if not 2 <= len(name) <= 60 or not (coded or lettered) or _PLAIN_NAMES.match(name) or name == column:
        return
    for other, cell in fields[1:]:
        if not other or not re.search(r"\w", cell) or _PLAIN_COLUMNS.match(other):
            continue
        told = f"{column}: {name}; {other}: {cell}" if column else f"{name}; {other}: {cell}"
        way = _way(other, coded and not _PARTS.search(column))
        kind = "table" if way in ("table", "column") else "error-code"
        yield _Said(way, kind, (name, _inside(other)), ((quote, told),))


def _way(column: str, coded: bool) -> str:
    """How a column is asked for; `coded` says that its rows are messages, named by codes."""
    ways = (("remedy", _REMEDIES), ("cause", _CAUSES), ("error-code", _MEANINGS)) if coded else ()
    plain = "column" if _NO_NOUN.search(column) else "table"
    return next((way for way, pattern in ways if pattern.search(column)), plain)


def _of_sentence(quote: Quote) -> Iterator[_Said]:
    text = quote.labelled
    code = _leading_code(text)
    if code and len(text) - len(code) >= _SHORTEST:
        yield _Said("error-code", "error-code", (code,), ((quote, text),))
        return
    for pattern in _DEFINED:
        if match := pattern.search(text):
            yield _Said("definition", "definition", (one_line(match["term"]),), ((quote, text),))
            return


def _leading_code(text: str) -> str:
    """The code that a text begins with, as in "E-204 means ..."; "" where it begins with none."""
    first = next(iter(spans(text)), None)
    if first is None or first.kind != "code" or first.start or not _CODE.fullmatch(text[: first.end]):
        return ""
    return text[: first.end]


def _of_heading(heading: str, quotes: Sequence[Quote], of_record: bool) -> Iterator[_Said]:
    """What is said first under a heading; of one that names a code, what that is: but a record is a case of it."""
    title = _NUMBERED.sub("", heading).strip(" .:：")
    opening = _opening(quotes)
    if not 4 <= len(title.encode()) <= 80 or not opening:
        return
    parts = tuple((quote, quote.labelled) for quote in opening)
    code = _leading_code(title)
    if code and not of_record:
        yield _Said("error-code", "error-code", (code,), parts)
    elif language(title) == "zh" or len(title.split()) <= 8:
        about = title if title.endswith(("?", "？")) else _inside(title)
        yield _Said("heading", "heading", (about,), parts)


def _opening(quotes: Sequence[Quote]) -> list[Quote]:
    """The first sentences of a section, as many as make an answer; none where it begins with a table or a question."""
    opening: list[Quote] = []
    size = 0
    for quote in quotes[:_OPENING]:
        text = quote.text
        if is_row(text) or "\n" in text or text.endswith((":", "：", "?", "？")) or size + len(text) > LONGEST:
            break
        opening.append(quote)
        size += len(text)
        if size >= 60:
            break
    return opening if size >= (20 if opening and language(opening[0].text) == "en" else _SHORTEST) else []


def _inside(name: str) -> str:
    """A name as it stands inside a sentence: without its capital, unless that belongs to it."""
    words = name.split(" ")
    plain = re.fullmatch(r"[A-Z][a-z]+[a-z,]*", words[0]) and not any(word[:1].isupper() for word in words[1:])
    return name[0].lower() + name[1:] if plain else name
