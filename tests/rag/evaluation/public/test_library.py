import pytest

from core.errors import DocumentError, UsageError
from rag.assistant import Assistant
from rag.evaluation.public.form import PublicSet
from rag.evaluation.public.library import opened, without_twins
from rag.evaluation.questions import Gold, Question

FEE = "The fee is 1,500 EUR a month."
TERM = "The contract\u00a0ends in May,\nand not  before."  # a space that breaks no line, a line that is broken
TEXTS = {"a.txt": f"{FEE}\n\n{TERM}"}


def asked(key, quote, name="a.txt"):
    start = TEXTS[name].index(quote)
    return Question(key, "When?", "en", True, (quote,), (Gold(name, start=start, end=start + len(quote)),))


def test_spans_are_found_again_in_the_canonical_text(tmp_path):
    public = PublicSet("set", (asked("1", "1,500 EUR"), asked("2", "contract\u00a0ends in May,\nand")), TEXTS)
    with opened(tmp_path / "library", public) as (assistant, questions):
        text = assistant.document("a.txt").text
        spans = [question.gold[0] for question in questions.questions]
    assert [text[gold.start : gold.end] for gold in spans] == ["1,500 EUR", "contract ends in May,\nand"]
    assert questions.places == {"1": "question 1", "2": "question 2"}
    with opened(tmp_path / "library", public) as (assistant, again):  # what is there is not read again
        assert again == questions
        assert assistant.status().documents == 1


def test_a_span_that_reading_lost_leaves_the_document(tmp_path):
    lost = Question("1", "When?", "en", True, ("x",), (Gold("a.txt", start=0, end=4),))
    public = PublicSet("set", (lost,), {"a.txt": "\u200b\u200b\u200b\u200b" + FEE})
    with opened(tmp_path / "library", public) as (_, questions):
        assert questions.questions[0].gold == (Gold("a.txt"),)


def test_records_keep_their_ids(tmp_path):
    question = Question("1", "What is the fee?", "en", True, gold=(Gold("17"),))
    public = PublicSet("set", (question,), records={"17": ("Fees", FEE), "18": ("", TERM)})
    with opened(tmp_path / "library", public) as (assistant, questions):
        questions.check_documents(info.name for info in assistant.documents())
        assert assistant.document("17").text == f"Fees\n{FEE}"


def test_texts_that_say_the_same_are_one_document():
    question = Question(
        "1", "?", "en", True, ("x",), (Gold("b.txt"), Gold("a.txt")), within=("a.txt", "b.txt", "c.txt")
    )
    found = without_twins(PublicSet("set", (question,), {"a.txt": FEE, "b.txt": FEE.upper(), "c.txt": TERM}))
    assert list(found.texts) == ["a.txt", "c.txt"]
    assert found.questions[0].gold == (Gold("a.txt"),)
    assert found.questions[0].within == ("a.txt", "c.txt")


def test_a_library_of_other_documents_is_left_alone(tmp_path):
    (tmp_path / "ours.txt").write_text(TERM)
    with Assistant.open(tmp_path / "library", create=True, language="en") as assistant:
        list(assistant.add([tmp_path / "ours.txt"]))
    public = PublicSet("set", (asked("1", "1,500 EUR"),), TEXTS)
    with (
        pytest.raises(UsageError, match="that library holds other documents, as 'ours.txt'"),
        opened(tmp_path / "library", public),
    ):
        pass


def test_a_document_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    public = PublicSet("set", (Question("1", "?", "en", True, ("x",), (Gold("broken.pdf"),)),), files=(
        tmp_path / "broken.pdf",))  # fmt: skip
    with pytest.raises(DocumentError, match="broken.pdf"), opened(tmp_path / "library", public):
        pass
