import pytest

from core.types import Block, Citation, Document, Sentence
from rag.evaluation import answering
from rag.evaluation.answering import Said
from rag.evaluation.questions import Gold, Question

TEXT = "Fees\nThe fee is 1,500 EUR.\nTerm\nIt ends in May, in Ireland."
DOCUMENTS = {
    name: Document(
        name,
        "text/plain",
        TEXT,
        "0",
        page_starts=(0, 27),
        blocks=(Block("heading", 0, 4, 1), Block("text", 5, 26), Block("heading", 27, 31, 1), Block("text", 32, 59)),
    )
    for name in ("a", "b")
}
FEE = TEXT[5:26]
TERM = TEXT[32:59]


def cited(document, quote, text=None):
    start = TEXT.index(quote)
    page = DOCUMENTS[document].page_at(start)
    return Sentence(
        quote if text is None else text,
        "verbatim",
        (Citation(document, DOCUMENTS[document].id, page, start, start + len(quote), quote),),
    )


def said(answers, gold, *sentences, within=()):
    question = Question("q", "?", "en", True, answers, gold, within=within)
    return Said(question, sentences, DOCUMENTS.__getitem__)


def judge(answers, gold, *sentences, within=()):
    told = said(answers, gold, *sentences, within=within)
    golds = answering.literal(told.question, told.document)
    return answering.right(told, golds).value, answering.rightly_cited(told, golds).value


def test_right_and_rightly_cited():
    gold = (Gold("a"),)
    assert judge(("1,500 EUR",), gold, cited("a", FEE)) == (1.0, 1.0)
    assert judge(("1,500 EUR",), gold, cited("b", FEE)) == (1.0, 0.0)  # another document says so too
    assert judge(("1,500 EUR",), gold, cited("a", FEE, "The fee is 500 EUR.")) == (0.0, 0.0)
    assert judge(("1,500 EUR",), gold, cited("a", TERM, "The fee is 1,500 EUR.")) == (1.0, 0.0)  # the quote does not
    assert judge(("1,500 EUR",), gold) == (0.0, 0.0)


def test_an_answer_of_parts_may_be_told_in_several_sentences():
    parts = ("Ireland, 1,500 EUR",)
    assert judge(parts, (Gold("a"),), cited("a", FEE), cited("a", TERM)) == (1.0, 1.0)
    assert judge(parts, (Gold("a"),), cited("a", FEE)) == (0.0, 0.0)


def test_a_quote_within_a_long_gold_answer_is_one():
    assert judge((f"{FEE} {TERM}",), (Gold("a"),), cited("a", FEE))[1] == 1.0


def test_free_text_is_judged_by_the_place():
    free = ("It costs fifteen hundred euros.",)
    assert judge(free, (Gold("a", heading="fees"),), cited("a", FEE)) == (None, 1.0)
    assert judge(free, (Gold("a", page=2),), cited("a", FEE)) == (None, 0.0)
    assert judge(free, (Gold("a"),), cited("a", FEE), within=("a",)) == (None, None)  # any citation would be right


def test_citations_against_gold_places():
    told = said((), (Gold("a", page=1), Gold("b", page=2)), cited("a", FEE), cited("a", TERM))
    precision, recall = answering.citation_precision(told), answering.citation_recall(told)
    assert (precision.value, precision.reason) == (0.5, "1 of 2 citations are at a gold place")
    assert (recall.value, recall.reason) == (0.5, "1 of 2 gold places are cited")
    pages = answering.page_accuracy(told)
    assert (pages.value, pages.reason) == (0.5, "cited page 1, 2, gold page 1, 2")
    assert answering.page_accuracy(said((), (Gold("a"),), cited("a", FEE))).value is None
    assert answering.citation_precision(said((), (Gold("a"),))).value is None


def test_spans_must_overlap():
    told = said((), (Gold("a", start=20, end=30),), cited("a", FEE))
    assert answering.citation_precision(told).value == 1.0
    assert answering.citation_precision(said((), (Gold("a", start=26, end=30),), cited("a", FEE))).value == 0.0


def test_verbatim_reads_the_documents_again():
    honest = cited("a", FEE)
    (citation,) = honest.citations
    moved = Sentence(FEE, "verbatim", (Citation("a", citation.document_id, 1, 6, 27, FEE),))
    assert answering.verbatim(said((), (), honest)).value == 1.0
    wrong = answering.verbatim(said((), (), honest, moved))
    assert (wrong.value, wrong.reason) == (0.5, "not the text of a, page 1")
    assert answering.verbatim(said((), ())).value is None


@pytest.mark.parametrize("answers", [(), ("not in it",)])
def test_nothing_to_judge_by(answers):
    assert answering.right(said(answers, (Gold("a"),), cited("a", FEE)), ()).value is None
