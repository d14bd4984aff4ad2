"""What a document is, between whom and since when, is said where it begins, in words that few questions share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.types import Hit, Passage
from rag.library.store import Library

DOCUMENTS = 2
"""Of the documents found first, how many have their opening read."""
PASSAGES = 2
"""Passages that open a document: the first one may be no more than a title."""

_PAPER = r"(?:contract|agreement|amendment|lease|licen[cs]e|deed|order|policy|document|letter|memorandum|nda|report)"
_ABOUT_ALL = re.compile(
    rf"\bparties\b.*\b(?:{_PAPER}|sign\w*)\b|\b{_PAPER}\b.*\bparties\b|\bwho (?:are|is|were) the part(?:y|ies)\b"
    r"|\b(?:between|with) whom\b|\bwho (?:has |have )?(?:signed|entered)\b"
    rf"|\b(?:date|name|title) of (?:the|this|that|our|your)\b.*\b{_PAPER}\b|\b{_PAPER} (?:date|name|title|number)\b"
    r"|\beffective date\b|\b(?:becom|tak|com|go)(?:e|es|ing)? (?:effective|effect|into (?:force|effect))\b"
    rf"|\bwhen (?:was|is|were|did)\b.*\b{_PAPER}\b.*\b(?:signed|made|concluded|dated|begin|start|commence)\b"
    r"|当事人(?:是|为|有)|當事人(?:是|為|有)|[双雙各]方(?:是|为|為|有|分别|都)|[甲乙丙]方(?:是|为|為)(?:谁|誰|哪)"
    r"|(?:[签簽][订訂署约約]|[订訂]立|生效)(?:的)?(?:日|时|時)|(?:何时|何時|什么时候|什麼時候|哪[天年]).{0,8}(?:[签簽][订訂署]|[订訂]立|生效)"
    r"|(?:合同|合約|协议|協議|文件|契约|契約)(?:书|書)?的?(?:名称|名稱|标题|標題|日期|编号|編號|双方|雙方|当事人|當事人)",
    re.IGNORECASE | re.DOTALL,
)
_OPENING = 3000
"""Characters from a document's beginning within which its preamble stands."""
_PREAMBLE = re.compile(
    r"\b(?i:between|among|made|entered into|dated|effective as of)\b|\b[A-Z]{4,} (?:AGREEMENT|CONTRACT|LEASE|POLICY)\b"
    r"|甲方|乙方|[签簽][订訂署]|[订訂]立|(?:合同|协议|協議)书?$"
)


def about_the_whole(question: str) -> bool:
    """Whether a question asks what a document is, who its parties are, or since when it holds."""
    return bool(_ABOUT_ALL.search(question))


def is_preamble(text: str, start: int) -> bool:
    """Whether a sentence that begins at the character `start` of its document says what it is, between whom or since
    when."""
    return start < _OPENING and bool(_PREAMBLE.search(text))


def with_openings(hits: Sequence[Hit], library: Library) -> list[Hit]:
    """The hits with the opening passages of the first documents among them, each behind its document's best hit and
    with its score."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.passage.document_id, hit)
    opened: dict[str, Hit] = {}
    for hit in list(best.values())[:DOCUMENTS]:
        opened |= {
            passage.id: _opening(passage, hit) for passage in library.openings(hit.passage.document_id, PASSAGES)
        }
    found = {hit.passage.id: hit for hit in hits}
    ordered: dict[str, Hit] = {}
    for hit in hits:
        if hit.passage.id not in opened:
            ordered[hit.passage.id] = hit
        if best[hit.passage.document_id] is hit:
            mine = (one for one in opened.values() if one.passage.document_id == hit.passage.document_id)
            ordered |= {one.passage.id: replace(found.get(one.passage.id, one), score=hit.score) for one in mine}
    return list(ordered.values())


def _opening(passage: Passage, hit: Hit) -> Hit:
    """An opening of the document that a hit is from; what the hit's words and meaning counted is not the opening's."""
    return replace(hit, passage=passage, lexical=None, dense=None, also_in=())
