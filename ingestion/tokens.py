"""Words: the terms of the full-text index, and the tokens that a sentence and its evidence are compared by.

Terms go into SQLite FTS5 as `fts_text(index_terms(text))`, in a table made with `tokenize="{FTS_TOKENIZER}"`, and are
looked for with `MATCH fts_query(query_terms(question))`. A term matches itself and nothing else: terms are lower case
and hold no spaces or quotes, and the `ascii` tokenizer takes every character beyond ASCII, and of ASCII the letters,
digits and the `tokenchars` below, as part of a term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from ingestion.chinese import HAN, fold, han_share, pairs, words
from ingestion.quantities import canonical, dates, numbers_in_words

Kind = Literal["word", "number", "date", "code", "name", "negation", "stop"]

FTS_TOKENIZER = "ascii tokenchars '-./_:@&+%'"
"""For `CREATE VIRTUAL TABLE ... USING fts5(..., tokenize="...")`."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token at `text[start:end]`. `norm` is the same for spellings of the same thing.

    Words and names: the stem. Numbers: digits ("1,000", "one thousand" and 一千 are "1000"). Dates: ISO. Codes: lower
    case. Negations: "not" (or "unless"). Units and currencies stand apart from their number: "%", "usd".
    """

    text: str
    norm: str
    start: int
    end: int
    kind: Kind


# Runs of Han; numbers with a sign, a bare point or thousands separators; letters and digits joined by marks
# (SM-G970F, 12.3.1, don't); signs.
_PIECE = re.compile(
    rf"(?P<han>[{HAN}]+)"
    r"|(?P<number>(?:(?<![\w.,)\]])[-−]\.?|(?<![\w.)\]])\.)\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])"
    r"|\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,]\d))"
    rf"|(?P<run>[^\W_{HAN}]+(?:[-‐‑/._'’&@:+][^\W_{HAN}]+)*)"
    rf"|(?P<sign>[%‰$€£¥￥])"
)
_MARKS = re.compile(r"[\W_]+")
_JOINT = re.compile(r"[-‐‑/._'’&@:+]")
_APOSTROPHE = re.compile(r"['’]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?\Z")
_RANGE = re.compile(r"(\d{1,4}(?:\.\d+)?)[-‐‑](\d{1,4}(?:\.\d+)?)\Z")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\Z", re.IGNORECASE)
_TERM_OF = re.compile(r"(\d+(?:\.\d+)?)[-‐‑]([a-z]{3,})\Z")  # 30-day, 12-month
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)([^\W\d]+)\Z")

STOP_WORDS = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but by "
    "can could did do does doing down during each few for from further had has have having he her here hers him his "
    "how i if in into is it its itself just me more most my of off on once only or other our out over own per same she "
    "should so some such than that the their them then there these they this those through to too under until up us "
    "very was we were what when where which while who whom why will with would you your yours shall may might must "
    "的 了 在 是 我 有 和 就 人 都 一个 上 也 很 到 说 去 你 会 着 看 好 自己 这 那 他 她 它 们 与 及 或 等 被 把 对 "
    "为 以 于 其 之 而 并 从 由 中 后 前 时 所 吗 呢 吧 啊 什么 怎么 怎样 如何 哪 哪些 哪个 哪里 谁 多少 几 为什么 "
    "是否 可以 能 请问 请 个 该 此".split()
)
_NEGATIONS = frozenset(
    "not no never without nor neither none nobody nothing cannot non "
    "不 没 没有 无 未 非 勿 别 禁止 严禁 并非 绝不 从不 不得 不能 不可 不会 不应 不要 不是 请勿 切勿 无法 未经 "
    "不含".split()
)
_NEGATING = "不没无未勿"
# Words that begin with a negating character and do not negate.
_NOT_NEGATED = tuple(
    "不仅 不但 不过 不同 不断 不久 不少 不管 不论 不只 不如 不锈钢 不动产 未来 没收 无论 无线 无锡 无数".split()
)
_ALIASES = {
    **dict.fromkeys(("%", "percent", "percentage"), "%"),
    **dict.fromkeys(("$", "usd", "dollar", "dollars", "美元"), "usd"),
    **dict.fromkeys(("€", "eur", "euro", "euros", "欧元"), "eur"),
    **dict.fromkeys(("£", "gbp", "pounds", "英镑"), "gbp"),
    **dict.fromkeys(("¥", "￥", "cny", "rmb", "yuan", "元", "人民币"), "cny"),
}


def language(text: str) -> Literal["en", "zh"]:
    """`zh` where at least a fifth of what is said is Han characters (a Latin word counting as one), otherwise `en`."""
    return "zh" if han_share(text) >= 0.2 else "en"


def index_terms(text: str) -> list[str]:
    """The terms to index `text` under, in order, repeated as often as they occur.

    Chinese is indexed by characters and all pairs of them, and asked for by the pairs inside the question's words:
    so nothing hangs on how the text was cut into words. It finds more than jieba's words on both sides, four times as
    fast as with every character asked for.
    """
    return _terms(text, lambda run: [*run, *pairs(run)], frozenset())


def query_terms(text: str) -> list[str]:
    """The terms to look for, each once, without stop words; with them if nothing else is said."""
    told = _terms(text, lambda run: _asked(run, STOP_WORDS), STOP_WORDS)
    return list(dict.fromkeys(told or _terms(text, lambda run: _asked(run, frozenset()), frozenset())))


def _asked(run: str, without: frozenset[str]) -> list[str]:
    said = (word for word, _, _ in words(run) if word not in without)
    return [term for word in said for term in (pairs(word) or [word])]


def _terms(text: str, of_han: Callable[[str], list[str]], without: frozenset[str]) -> list[str]:
    text = fold(text)
    shouted = text.isupper()
    terms: list[str] = []
    for piece in _PIECE.finditer(text):
        if piece["han"]:
            terms.extend(of_han(piece[0]))
        elif piece["run"]:
            acronym = not shouted and len(piece[0]) > 1 and piece[0].isupper()  # US, IT, WHO
            terms.extend(term for term in _run_terms(piece[0]) if acronym or term not in without)
        else:
            number = piece["number"]
            terms.append(canonical(number.lstrip("-−")) if number else _ALIASES.get(piece[0], piece[0]))
    terms.extend(_quantity_terms(text))
    return terms


def fts_text(terms: list[str]) -> str:
    """The terms as they are written into the index."""
    return " ".join(terms)


def fts_query(terms: list[str]) -> str:
    """An FTS5 expression that matches texts with any of the terms; "" when there are none."""
    return " OR ".join(f'"{term}"' for term in terms)


@lru_cache(maxsize=200_000)
def _run_terms(run: str) -> tuple[str, ...]:
    """A run of letters and digits: its stem; or whole, without its marks, and in parts."""
    lower = _APOSTROPHE.split(run.lower().replace("‐", "-").replace("‑", "-"))[0]
    parts = [part for part in _JOINT.split(lower) if part]
    if len(parts) == 1:
        with_unit = _WITH_UNIT.match(lower)
        return (lower, *with_unit.groups()) if with_unit else (_stem(lower),)
    if _NUMBER.match(lower):
        return (canonical(lower),)
    if not any(character.isdigit() for character in lower):
        joined = "".join(parts)
        return (*map(_stem, parts), _stem(joined) if "-" in lower else lower)
    if all(part.isdigit() for part in parts) and "." in lower:
        return tuple(".".join(parts[:count]) for count in range(len(parts), 1, -1))
    return (lower, "".join(parts), *(_stem(part) for part in parts if len(part) > 1 or part.isdigit()))


def _quantity_terms(text: str) -> Iterator[str]:
    for _, _, date in dates(text):
        yield date
        if date.count("-") == 2:
            yield date[:7]
    for start, end, number in numbers_in_words(text):
        if text[start:end].lower() != "one":
            yield number


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return word if word in STOP_WORDS or not word.isascii() else str(_stemmer().stemWord(word))


def spans(text: str) -> list[Token]:
    """The tokens of `text` in order, without overlaps; spaces and punctuation are left out."""
    folded = fold(text)
    quantities: list[tuple[int, int, str, Kind]] = [(*date, "date") for date in dates(folded)]
    quantities += [(*number, "number") for number in numbers_in_words(folded)]
    quantities.sort(key=lambda quantity: (quantity[0], -quantity[1]))
    tokens: list[Token] = []
    at = 0
    for start, end, norm, kind in quantities:
        if start < at:
            continue
        tokens.extend(_plain(text, folded, at, start))
        alone = folded[start:end].lower() == "one"  # often a pronoun, so nothing that evidence must repeat
        tokens.append(Token(text[start:end], norm, start, end, "word" if alone else kind))
        at = end
    tokens.extend(_plain(text, folded, at, len(text)))
    return tokens


def codes(text: str) -> set[str]:
    """The codes in a text, without their marks: E104 is E-104."""
    return {_MARKS.sub("", token.norm) for token in spans(text) if token.kind == "code"}


def _plain(text: str, folded: str, start: int, end: int) -> Iterator[Token]:
    for piece in _PIECE.finditer(folded, start, end):
        at = piece.start()
        if piece["han"]:
            for norm, first, last, kind in _han_tokens(piece[0]):
                yield Token(text[at + first : at + last], norm, at + first, at + last, kind)
        elif piece["run"]:
            for norm, first, last, kind in _run_tokens(piece[0], _follows_a_word(folded, at)):
                yield Token(text[at + first : at + last], norm, at + first, at + last, kind)
        else:
            number = piece["number"]
            norm = canonical(number) if number else _ALIASES.get(piece[0], piece[0])
            yield Token(text[at : piece.end()], norm, at, piece.end(), "number" if number else "word")


def _follows_a_word(text: str, at: int) -> bool:
    """Whether the word at `at` stands inside a sentence, so that a capital there makes it a name."""
    before = text[max(0, at - 3) : at].rstrip(" \"'“‘([")
    return bool(before) and before[-1] not in ".!?:;\n•|-–—" and not before.isspace()


def _han_tokens(run: str) -> Iterator[tuple[str, int, int, Kind]]:
    for word, start, end in words(run):
        if word in _NEGATIONS:
            yield "not", start, end, "negation"
        elif word[0] in _NEGATING and not word.startswith(_NOT_NEGATED):
            yield "not", start, start + 1, "negation"
            yield word[1:], start + 1, end, "word"
        else:
            yield _ALIASES.get(word, word), start, end, "stop" if word in STOP_WORDS else "word"


def _run_tokens(run: str, inside: bool) -> Iterator[tuple[str, int, int, Kind]]:
    if any(character.isdigit() for character in run):
        yield from _digit_tokens(run)
        return
    start = 0
    for part in re.split(r"[-‐‑/._&@:+]", run):
        end = start + len(part)
        if part:
            yield _word(part, inside or start > 0, start)
        start = end + 1


def _word(part: str, inside: bool, start: int) -> tuple[str, int, int, Kind]:
    end = start + len(part)
    lower = part.lower().replace("’", "'")
    if lower.endswith("n't") or lower in _NEGATIONS:
        return "not", start, end, "negation"
    if lower == "unless":
        return "unless", start, end, "negation"
    bare = lower.split("'")[0]
    if bare in STOP_WORDS and not (part.isupper() and len(part) > 1):
        return bare, start, end, "stop"
    norm = _ALIASES.get(bare) or _stem(bare)
    capital = part[0].isupper()
    acronym = len(part) > 1 and any(letter.isupper() for letter in part[1:])
    return norm, start, end, "name" if acronym or (capital and inside) else "word"


def _digit_tokens(run: str) -> Iterator[tuple[str, int, int, Kind]]:
    lower = run.lower().replace("‐", "-").replace("‑", "-")
    if _NUMBER.match(lower):
        yield canonical(lower), 0, len(run), "number"
    elif ordinal := _ORDINAL.match(lower):
        yield canonical(ordinal[1]), 0, len(run), "number"
    elif span := _RANGE.match(lower):
        yield canonical(span[1]), 0, span.end(1), "number"
        yield canonical(span[2]), span.start(2), len(run), "number"
    elif with_unit := _WITH_UNIT.match(lower) or _TERM_OF.match(run):
        unit = with_unit[2]
        yield canonical(with_unit[1]), 0, with_unit.end(1), "number"
        yield _ALIASES.get(unit) or _stem(unit), with_unit.start(2), len(run), "word"
    else:
        yield lower, 0, len(run), "code"
