"""Whether a drafted sentence says a whole quote once more, in another spelling of the same.

Looked through is what no reader would call a difference: a contraction, "must" for "shall", "prior to" for "before",
a connective at the head, a circumstance moved from the head to the end, quotation marks that make Chinese words look
otherwise. What is shown because of it is the quote and nothing else, so that no table here can put words into a
document's mouth; and figures, dates, names and denials are looked through by none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestion.chinese import HAN, fold
from ingestion.tokens import Token
from rag.answer.align import weighty

_SOURCE = "document|text|passage|context|manual|contract|agreement|section|clause|excerpt|source|record"
_LEAD_IN = re.compile(
    rf"(?:(?:according to|as (?:stated|described|mentioned|set out) in|based on|per) (?:the|this) (?:{_SOURCE}),?\s+"
    rf"|(?:it is (?:stated|noted|mentioned|written|specified)|(?:the|this) (?:{_SOURCE}) "
    r"(?:says|states|specifies|notes|mentions|explains|indicates)) that\s+)"
    r"|(?:根据|依据|按照|依照|按|据)(?:该|本|这份|此|上述)?(?:文件|文档|资料|合同|协议|手册|原文|材料|条款)"
    r"(?:的?(?:记载|规定|内容|显示|所述|说明))?[,:]\s*"
    r"|(?:该|本)?(?:文中|文件|文档|资料|合同|协议|手册|原文|材料|条款)中?(?:指出|提到|写道|显示|规定|说明|表明|记载)[,:]\s*",
    re.IGNORECASE,
)
"""What a model puts before what it read. Taken off, the rest must keep the rules by itself."""

_HEAD = re.compile(
    r"(?:however|moreover|furthermore|therefore|thus|hence|consequently|accordingly|additionally|in addition|besides|"
    r"nevertheless|nonetheless|similarly|likewise|and|but|also)\b,?\s*"
    r"|(?:但是|但|然而|不过|可是|因此|所以|因而|于是|此外|另外|同时|而且|并且|而),?",
    re.IGNORECASE,
)
"""What joins a sentence to the one before, and says nothing of its own."""

_SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(old, re.IGNORECASE), new)
    for old, new in (
        (r"\b(?:can['’]t|cannot)\b", "can not"),
        (r"\bwon['’]t\b", "will not"),
        (r"\bshan['’]t\b", "shall not"),
        (r"n['’]t\b", " not"),
        (r"['’]re\b", " are"),
        (r"['’]ve\b", " have"),
        (r"['’]ll\b", " will"),
        (r"\bmust\b", "shall"),
        (r"\bper cent\b", "percent"),
        (r"\bprior to\b", "before"),
        (r"\bsubsequent to\b", "after"),
        (r"\bin order to\b", "to"),
        (r"\bin the event that\b", "if"),
        (r"\bdue to the fact that\b", "because"),
        (r"\bfor instance\b|\be\.g\.", "for example"),
        (r"\bnot later than\b", "no later than"),
        (r"\bn(?:ot|o) less than\b", "at least"),
        (r"\bn(?:ot|o) more than\b", "at most"),
        (r"\b(col|fav|hon|lab|neighb|behavi|harb|vap|flav|rum|od|hum|endeav)our", r"\1or"),
        (r"(?<=[a-z]{3})is(?=(?:e|ed|es|ing|ation|ations)\b)", "iz"),
        (r"\b(cent|met|lit|fib|theat|calib)re(?=s?\b)", r"\1er"),
        (r"\b(licen|defen|offen)ce(?=s?\b)", r"\1se"),
        (r"[在于](?=(?:公元前?)?\d{1,4}年)", ""),
        (r"公元(?=\d{4}年)", ""),
        (r"百分之([\d.]+|[零〇一二三四五六七八九十百点]+)", r"\1%"),
    )
)
_DUTIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(old, re.IGNORECASE), new)
    for old, new in (
        (r"\bmay not\b|\b(?:is|are) not (?:allowed|permitted) to\b", "shall not"),
        (r"\b(?:is|are) (?:forbidden|prohibited) (?:to|from)\b", "shall not"),
        (r"\b(?:has|have) to\b", "shall"),
        (r"\b(?:is|are) (?:required|obliged|obligated|under an? (?:duty|obligation)) to\b", "shall"),
        (r"\b(?:has|have) the right to\b|\b(?:is|are) (?:entitled|permitted|allowed) to\b", "may"),
    )
)
_DENIED_DUTY = re.compile(r"\b(?:no|neither|nor|none|nobody|nothing|never|hardly|only|need)\b", re.IGNORECASE)
"""Beside one of these a duty is not what it is alone: "no one is required to" is not "no one shall"."""

_SAME_WORDS = {
    word: words[0]
    for words in (
        ("应", "应当", "应该", "必须", "须", "务必"),
        ("可以", "可", "有权"),
        ("需要", "需"),
        ("能够", "能"),
        ("和", "与", "及", "以及"),
        ("但", "但是", "然而", "不过", "可是"),
        ("因为", "由于"),
        ("因此", "所以", "因而"),
        ("例如", "比如", "譬如"),
        ("目前", "当前", "现在"),
        ("之后", "以后"),
        ("之前", "以前"),
        ("以内", "之内"),
        ("称为", "称作", "叫做", "叫作"),
        ("许多", "众多", "很多"),
        ("如果", "若", "倘若", "假如"),
    )
    for word in words
}
_ABOUT = frozenset("approxim rough around about circa 大约 约 约莫 大概".split())
_CIRCUMSTANCE = re.compile(
    r"(?:in|on|at|by|for|from|since|during|until|within|upon|after|before|under|with|without|if|when|unless|once|while|"
    r"where|because|although|subject to)\b[^,;:()]{2,80},\s",
    re.IGNORECASE,
)
_HAN = re.compile(f"[{HAN}]+")
_NUMERALS = {**{numeral: str(value) for value, numeral in enumerate("零一二三四五六七八九十")}, "两": "2"}
"""七世纪 is one word and no number among the tokens, 7世纪 a number and a word."""


def without_lead_in(text: str) -> str:
    """A drafted sentence without "According to the document," or the like before it."""
    lead = _LEAD_IN.match(fold(text))
    rest = text[lead.end() :] if lead else text
    return rest[:1].upper() + rest[1:]


def restated(text: str, quoted: str) -> bool:
    """Whether the text says just what the quoted one says, spelled otherwise."""
    said, there = _in_one_spelling(text), _in_one_spelling(quoted)
    return bool(said) and (said == there or said in _moved(quoted) or there in _moved(text))


def _moved(text: str) -> Iterator[list[str]]:
    """The sentence with the circumstance that it begins with put at its end, if it begins with one."""
    text = _HEAD.sub("", text, count=1) if _HEAD.match(text) else text
    first = _CIRCUMSTANCE.match(text)
    if first:
        yield [*_in_one_spelling(text[first.end() :]), *_in_one_spelling(first[0])]


def _in_one_spelling(text: str) -> list[str]:
    """The tokens by which two spellings of the same are the same; Han ones character by character, since where words
    end hangs on the marks between them."""
    text = fold(text)
    head = _HEAD.match(text)
    text = text[head.end() :] if head else text
    for old, new in _SPELLINGS:
        text = old.sub(new, text)
    if not _DENIED_DUTY.search(text):
        for old, new in _DUTIES:
            text = old.sub(new, text)
    tokens = weighty(text)
    return [part for at, token in enumerate(tokens) for part in _parts(tokens, at)]


def _parts(tokens: tuple[Token, ...], at: int) -> list[str]:
    token, after = tokens[at], tokens[at + 1 : at + 2]
    norm = token.norm
    if norm in _ABOUT and after and after[0].kind == "number" and after[0].start - token.end <= 1:
        return ["about"]
    if not (at and tokens[at - 1].kind == "negation"):
        norm = _SAME_WORDS.get(norm, norm)
    return [_NUMERALS.get(character, character) for character in norm] if _HAN.fullmatch(norm) else [norm]
