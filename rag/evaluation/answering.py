"""Whether an answer is right, and whether its citations stand where the answer stands.

Where a gold answer stands in a gold document word for word, an answer is right that holds it. Where it is free text,
as a manual's author might put it, an answer is right that cites a gold place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.types import Citation, Document, Sentence
from rag.evaluation.places import at_gold, is_placed, of_citation
from rag.evaluation.questions import Gold, Question
from rag.evaluation.records import Score
from rag.evaluation.wording import says

Documents = Callable[[str], Document]

_COMMA = re.compile(r"(?<!\d),|,(?!\d)|，")
_WHOLE = 20
"""Characters from which a quote that lies within a long gold answer is an answer of its own."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said to a question, and how the documents are looked up."""

    question: Question
    sentences: Sequence[Sentence]
    document: Documents

    @property
    def citations(self) -> list[Citation]:
        """The citations of all sentences, in their order, each place once."""
        cited = {(each.document, each.start, each.end): each for said in self.sentences for each in said.citations}
        return list(cited.values())

    @property
    def at_gold(self) -> list[Citation]:
        """Those citations that stand at a gold place."""
        return [each for each in self.citations if any(self.is_at(each, gold) for gold in self.question.gold)]

    def is_at(self, citation: Citation, gold: Gold) -> bool:
        """Whether a citation stands at one gold place."""
        if citation.document != gold.document:
            return False
        return at_gold(of_citation(citation), gold, self.document(gold.document))


def literal(question: Question, document: Documents) -> list[str]:
    """The gold answers that stand word for word in a gold document, each of their parts between commas counting for
    itself; all of them where no document is named."""
    names = {gold.document for gold in question.gold}
    if not names:
        return list(question.answers)
    texts = [document(name).text for name in names]
    return [answer for answer in question.answers if any(_says_all(text, answer) for text in texts)]


def right(said: Said, golds: Sequence[str]) -> Score:
    """Whether the answer holds a gold answer, wherever it says that it is from; `golds` are the literal ones."""
    if not said.question.answers:
        return Score(None, "the set names no answers")
    if not golds:
        return Score(None, "no gold answer stands in the documents word for word")
    whole = "\n".join(sentence.text for sentence in said.sentences)
    held = next((gold for gold in golds if _says_all(whole, gold)), None)
    return Score(1.0, f"it says {held!r}") if held else Score(0.0, _missing(said, golds))


def rightly_cited(said: Said, golds: Sequence[str]) -> Score:
    """Whether a sentence holds a gold answer and its quote, from a gold document, holds it too; where no gold answer
    is literal, whether a gold place is cited."""
    if not said.question.gold:
        return Score(None, "the set names no place")
    if not golds:
        if not is_placed(said.question.gold) and len(said.question.within) == 1:
            return Score(None, "no gold answer is in the document word for word, and no place in it is named")
        cited = said.at_gold
        return Score(1.0, f"it cites {_where(cited[0])}") if cited else Score(0.0, _elsewhere(said))
    names = {gold.document for gold in said.question.gold}
    pairs = [
        (sentence.text, citation.quote)
        for sentence in said.sentences
        for citation in sentence.citations
        if citation.document in names
    ]
    held = next((gold for gold in golds if _holds(pairs, gold)), None)
    return Score(1.0, f"it says and quotes {held!r}") if held else Score(0.0, _missing(said, golds))


def citation_precision(said: Said) -> Score:
    """The share of the citations that stand at a gold place."""
    if not said.question.gold:
        return Score(None, "the set names no place")
    cited = said.citations
    if not cited:
        return Score(None, "nothing is cited")
    return Score(len(said.at_gold) / len(cited), f"{len(said.at_gold)} of {len(cited)} citations are at a gold place")


def citation_recall(said: Said) -> Score:
    """The share of the gold places that are cited."""
    golds = said.question.gold
    if not golds:
        return Score(None, "the set names no place")
    met = sum(any(said.is_at(citation, gold) for citation in said.citations) for gold in golds)
    return Score(met / len(golds), f"{met} of {len(golds)} gold places are cited")


def page_accuracy(said: Said) -> Score:
    """The share of the citations of gold documents whose page is a gold page."""
    wanted = {(gold.document, gold.page) for gold in said.question.gold if gold.page is not None}
    documents = {document for document, _ in wanted}
    cited = [each for each in said.citations if each.document in documents and each.page is not None]
    if not cited:
        return Score(None, "no page is known" if not wanted else "no gold document is cited")
    met = sum((each.document, each.page) in wanted for each in cited)
    shown = ", ".join(str(page) for page in dict.fromkeys(each.page for each in cited))
    meant = ", ".join(str(page) for _, page in sorted(wanted))
    return Score(met / len(cited), f"cited page {shown}, gold page {meant}")


def verbatim(said: Said) -> Score:
    """The share of the quotes that are, read anew from the library, the document's text at their place."""
    cited = said.citations
    if not cited:
        return Score(None, "nothing is cited")
    wrong = [each for each in cited if said.document(each.document).text[each.start : each.end] != each.quote]
    reason = f"not the text of {_where(wrong[0])}" if wrong else f"all {len(cited)} quotes are the documents' text"
    return Score(1 - len(wrong) / len(cited), reason)


def _says_all(text: str, answer: str) -> bool:
    """Whether a text holds each part between the answer's commas."""
    parts = [part for part in _COMMA.split(answer) if part.strip()]
    return bool(parts) and all(says(text, part) for part in parts)


def _holds(pairs: Sequence[tuple[str, str]], gold: str) -> bool:
    """Whether each part is in a sentence and its quote; or, of a long gold answer, a whole quote inside it."""
    if any(len(quote) > _WHOLE and says(gold, quote) for _, quote in pairs):
        return True
    parts = [part for part in _COMMA.split(gold) if part.strip()]
    return all(any(says(sentence, part) and says(quote, part) for sentence, quote in pairs) for part in parts)


def _missing(said: Said, golds: Sequence[str]) -> str:
    if not said.sentences:
        return f"nothing was said; gold is {golds[0]!r}"
    return f"no sentence says {golds[0]!r}"


def _elsewhere(said: Said) -> str:
    cited = said.citations
    return f"it cites {_where(cited[0])}, which is no gold place" if cited else "nothing is cited"


def _where(citation: Citation) -> str:
    return citation.document if citation.page is None else f"{citation.document}, page {citation.page}"
