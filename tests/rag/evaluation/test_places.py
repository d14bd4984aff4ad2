import pytest

from core.errors import UsageError
from core.types import Block, Document
from rag.evaluation.places import check_gold
from rag.evaluation.questions import Gold, Question
from tests.rag.evaluation.conftest import question_set

TEXT = "Fee\nThe fee is 5 EUR.\fTerm\nOne year."
BLOCKS = (Block("heading", 0, 3, level=1), Block("text", 4, 21), Block("heading", 22, 26, level=1))
PAGED = Document("paged.pdf", "application/pdf", TEXT, "0" * 64, page_starts=(0, 22), blocks=BLOCKS)
PLAIN = Document("plain.md", "text/markdown", TEXT, "0" * 64, blocks=BLOCKS)
DOCUMENTS = {document.name: document for document in (PAGED, PLAIN)}


def check(*golds):
    asked = question_set(Question("q", "What?", "en", True, ("5",), golds))
    check_gold(asked, DOCUMENTS, DOCUMENTS.__getitem__)


def test_places_that_are_there_are_well():
    check(Gold("paged.pdf", 2), Gold("paged.pdf", heading=" FEE "), Gold("plain.md", start=0, end=len(TEXT)))
    check(Gold("plain.md"))


@pytest.mark.parametrize(
    ("gold", "fault"),
    [
        (Gold("paged.pdf", 3), "paged.pdf has 2 pages, and none is 3"),
        (Gold("plain.md", 1), "plain.md has no pages; leave out page 1"),
        (Gold("plain.md", heading="Fees"), "plain.md has no heading 'Fees'; near are: 'Fee'"),
        (Gold("plain.md", heading="Warranty"), "plain.md has no heading 'Warranty'"),
        (Gold("plain.md", start=30, end=99), "plain.md has 36 characters, and 30 to 99 are not all among them"),
        (Gold("plane.md"), "the library holds no document 'plane.md'. Near are: paged.pdf, plain.md. "
                           "`pincite documents` lists what it holds"),
    ],
)  # fmt: skip
def test_a_place_that_is_not_there_is_named_with_its_line(gold, fault):
    with pytest.raises(UsageError) as raised:
        check(Gold("paged.pdf", 1), gold)
    assert str(raised.value) == f"Reading made.jsonl, line 1: {fault}."
