"""Whether a drafted sentence says what its quote says, and nothing else.

A small model cannot be trusted to rephrase: a swapped pair of names, a dropped "unless", "may" for "shall" all leave
most words in place. So the rules hold a sentence to whole clauses of its quote, in the quote's order and words, with
every word kept that limits what is said. What fails is not shown; the quote itself is.

A judge may say more, in both directions. It can take a sentence back that kept the rules; and it can let one pass that
is no whole clause, if its figures, dates, codes, names and limiting words are those of the quote, in the quote's order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.types import Sentence
from ingestion.tokens import Kind, Token
from rag.answer.align import Tie, nearest_by_words, plain
from rag.answer.evidence import Quote
from rag.answer.restated import restated, without_lead_in
from rag.judge.judge import Judge

# Words that limit, deny, condition, doubt or ascribe what a sentence says: none of the quote's may be left out.
QUALIFIERS = frozenset(
    (
        "not unless no if when whenever while until till before after since once except excluding save only "
        "merely just solely without provided providing subject notwithstanding however but although though "
        "despite or nor either neither least most more less fewer than up about approximately around nearly "
        "almost roughly estimated maximum minimum may might can could would should shall must will optional "
        "optionally recommended unlikely likely possibly perhaps probably potentially alleged allegedly "
        "reportedly purported claim claims claimed alleges denies denied deny said says say stated states argued "
        "argues believed believes believe suggested proposed proposes requested requests according supposedly "
        "former formerly previously intended planned attempted hypothetically partially partly usually typically "
        "generally sometimes rarely seldom hardly scarcely "
        "不 没 没有 无 未 非 勿 别 如 如果 若 倘若 假如 除 除非 除外 除了 但 但是 然而 只 仅 仅仅 只有 至少 "
        "至多 最多 最少 不超过 不少于 超过 以上 以下 以内 约 大约 左右 可能 或 或者 可以 可 应 应当 应该 "
        "必须 须 需 需要 能 能够 会 将 称 诉称 辩称 声称 认为 主张 请求 要求 否认 据说 据称 涉嫌 拟 计划 曾 "
        "曾经 原 前 之前 之后 以前 以后 时 直到 经 一般 通常 有时 部分 说 表示 建议 据"
    ).split()
)
_CLAUSE_END = re.compile(r"[,;:|()\[\]，；：（）【】—–]|\s-\s")
_JOINTS = re.compile(r"[;；]\s*|[,，]\s*(?:(?:and|but|while)\s|而|并且|并|且)?|\s(?:and|but|while)\s")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: `value` is the share of what it looks at that is well, 1.0 when all is; `reason` says
    in words what is not, and is "" when all is."""

    rule: str
    value: float
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether the rule is kept."""
        return self.value == 1.0


class Rule(Protocol):
    """One thing that must hold between a sentence and its quote."""

    def judge(self, tie: Tie) -> Finding:
        """What this rule finds."""


@dataclass(frozen=True, slots=True)
class Present:
    """Every token of these kinds in the sentence stands in the quote, as often as it is said."""

    called: str
    kinds: frozenset[Kind]

    def judge(self, tie: Tie) -> Finding:
        """The share of the sentence's tokens of these kinds that the quote holds."""
        said = Counter(token.norm for token in tie.words if token.kind in self.kinds)
        missing = said - Counter(token.norm for token in tie.quoted)
        reason = f"not in the quote, {self.called}: {', '.join(missing)}" if missing else ""
        return Finding(self.called, 1 - missing.total() / max(1, said.total()), reason)


@dataclass(frozen=True, slots=True)
class QualifiersKept:
    """Every word of the quote that limits, denies or ascribes what it says is in the sentence too."""

    def judge(self, tie: Tie) -> Finding:
        """The share of the quote's qualifiers that the sentence keeps."""
        there = Counter(token.norm for token in tie.quoted if _qualifies(token.norm, token.text))
        missing = there - Counter(token.norm for token in tie.words)
        reason = f"left out: {', '.join(missing)}" if missing else ""
        return Finding("qualifiers", 1 - missing.total() / max(1, there.total()), reason)


@dataclass(frozen=True, slots=True)
class WholeClauses:
    """The sentence is made of whole clauses of the quote, in the quote's order, from its beginning if `from_start`.

    Who did what to whom is in the order of the words; half a clause can say more than the whole.
    """

    from_start: bool = False

    def judge(self, tie: Tie) -> Finding:
        """1.0 or 0.0."""
        said = [token.norm for token in tie.words]
        reached = {0}
        for number, clause in enumerate(_clauses(tie)):
            grown = {at + len(clause) for at in reached if said[at : at + len(clause)] == clause}
            reached = grown if self.from_start and number == 0 else reached | grown
        if len(said) in reached:
            return Finding("clauses", 1.0)
        return Finding("clauses", 0.0, "not whole clauses of the quote in its order")


@dataclass(frozen=True, slots=True)
class SameLimits:
    """Sentence and quote have the same figures, dates, codes, names, negations and qualifiers, in the same order.

    Who owes whom what by when cannot then be turned round, whatever the other words do.
    """

    def judge(self, tie: Tie) -> Finding:
        """1.0 or 0.0."""
        said, there = ([token.norm for token in tokens if _limits(token)] for tokens in (tie.words, tie.quoted))
        if said == there:
            return Finding("limits", 1.0)
        return Finding("limits", 0.0, "figures, names or limiting words differ from the quote's, or their order does")


RULES: tuple[Rule, ...] = (
    Present("numbers", frozenset({"number"})),
    Present("dates", frozenset({"date"})),
    Present("codes", frozenset({"code"})),
    Present("names", frozenset({"name"})),
    Present("negations", frozenset({"negation"})),
    Present("words", frozenset({"word", "stop"})),
    QualifiersKept(),
    WholeClauses(),
)
FREE_RULES: tuple[Rule, ...] = (SameLimits(),)
"""What holds of a sentence in free words, which a judge must find entailed."""
JOINED_RULES: tuple[Rule, ...] = (*RULES[:-1], WholeClauses(from_start=True))


def findings(tie: Tie, rules: Sequence[Rule] = RULES) -> list[Finding]:
    """What each rule finds."""
    return [rule.judge(tie) for rule in rules]


def supported(text: str, quotes: Sequence[Quote]) -> Sentence | None:
    """The drafted sentence with its citations, if one quote supports it or two support its two halves; the quote, if it
    says that once more; else None."""
    text = plain(text, quotes)
    found = (_ruled(said, quotes) for said in dict.fromkeys((text, without_lead_in(text))))
    return next((sentence for sentence in found if sentence), None)


def _ruled(text: str, quotes: Sequence[Quote]) -> Sentence | None:
    tie = nearest_by_words(text, quotes)
    if tie is None:
        return None
    if all(finding.ok for finding in findings(tie)):
        if [token.norm for token in tie.words] == [token.norm for token in tie.quoted]:
            return tie.quote.sentence
        return Sentence(text, "supported", (tie.quote.citation,))
    return tie.quote.sentence if restated(text, tie.quote.labelled) else _joined(text, quotes)


def entailed(text: str, quotes: Sequence[Quote], judge: Judge) -> Sentence | None:
    """The drafted sentence with its citation, if it keeps the rules for free words and the judge finds it entailed by
    its quote, as surely as the judge's profile asks for; else None."""
    least = judge.profile.entailed_from
    text = plain(text, quotes)
    tie = nearest_by_words(text, quotes)
    if least is None or tie is None or not all(finding.ok for finding in findings(tie, FREE_RULES)):
        return None
    (verdict,) = judge.check([(text, tie.quote.headed)])
    return Sentence(text, "supported", (tie.quote.citation,)) if verdict.entailed >= least else None


def contradicted(sentence: Sentence, quotes: Sequence[Quote], judge: Judge) -> bool:
    """Whether the judge finds that the sentence's quotes together say the opposite. A quote itself never is."""
    least = judge.profile.contradicted_from
    cited = [quote for quote in quotes if quote.citation in sentence.citations]
    if least is None or any(sentence == quote.sentence for quote in cited):
        return False
    (verdict,) = judge.check([(sentence.text, " ".join(quote.headed for quote in cited))])
    return verdict.contradicted >= least


def _joined(text: str, quotes: Sequence[Quote]) -> Sentence | None:
    for joint in _JOINTS.finditer(text):
        halves = [nearest_by_words(half, quotes) for half in (text[: joint.start()], text[joint.end() :])]
        ties = [tie for tie in halves if tie is not None]
        if len(ties) == 2 and all(finding.ok for tie in ties for finding in findings(tie, JOINED_RULES)):
            return Sentence(text, "supported", tuple(dict.fromkeys(tie.quote.citation for tie in ties)))
    return None


def _qualifies(norm: str, text: str) -> bool:
    return norm in QUALIFIERS or text.lower() in QUALIFIERS


def _limits(token: Token) -> bool:
    return token.kind not in ("word", "stop") or _qualifies(token.norm, token.text)


def _clauses(tie: Tie) -> list[list[str]]:
    """The quote's tokens, clause by clause."""
    text = tie.quote.labelled
    clauses: list[list[str]] = [[]]
    at = 0
    for token in tie.quoted:
        if _CLAUSE_END.search(text, at, token.start):
            clauses.append([])
        clauses[-1].append(token.norm)
        at = token.end
    return [clause for clause in clauses if clause]
