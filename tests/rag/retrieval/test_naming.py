from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.types import Document, Passage
from rag.library.manifest import Manifest
from rag.library.names import Names
from rag.library.rows import Source
from rag.library.store import Library
from rag.retrieval.naming import Named, named, without_names

QUARTERS = ("2023 Q1 ASH.pdf", "2023 Q1 BIR.pdf", "2023 Q2 ASH.pdf")
REPORTS = (
    ("2023 Q1 ASH.pdf", "Form 10-Q", "Report of Ash Inc., for the period ended 31 March 2023", 9),
    ("2023 Q2 ASH.pdf", "Form 10-Q", "Report of Ash Inc., for the period ended 30 June 2023", 9),
    ("2023 Q1 BIR.pdf", "Form 10-Q", "Report of Birch plc, for the period ended 31 March 2023", 9),
    ("tw400-manual.pdf", "", "Read this before the pump is started. E-205 means that it is too hot.", 9),
    ("水泵手册 TW900.md", "青松水泵", "使用前请阅读。", 9),
    ("note.txt", "", "Birch bought 900 pumps.", 2),
    ("tickets.csv/HR-T-1012", "A noise", "The pump of the Ash office makes a noise.", 1),
)


def library(folder: Path, documents: tuple[tuple[str, str, str, int], ...]) -> Library:
    """Documents by name, title, text and number of passages, of which each is the whole text."""
    made = Library.create(folder, Manifest("ones", "00" * 32, 1, "en"))
    for name, title, text, passages in documents:
        document = Document(name, "text/plain", text, "00" * 32, metadata={"title": title} if title else {})
        parts = [Passage(document.id, 0, len(text), text)] * passages
        made.put(
            document, parts, lambda texts: np.ones((len(texts), 1), dtype=np.float32), Source(f"/{name}", 1, 1, "")
        )
    return made


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Names]:
    with library(tmp_path_factory.mktemp("reports"), REPORTS) as made:
        yield made.names


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("What was Ash's revenue in Q2 2023?", {"2023 Q2 ASH.pdf": ("Ash's", "Q2", "2023")}),
        ("what did birch earn?", {}),  # what a document opens with counts only where it is written as a name
        ("What did Birch earn?", {"2023 Q1 BIR.pdf": ("Birch",)}),
        ("What did BIR earn?", {"2023 Q1 BIR.pdf": ("BIR",)}),
        ("What did Ash earn?", {"2023 Q1 ASH.pdf": ("Ash",), "2023 Q2 ASH.pdf": ("Ash",)}),
        ("How is the TW400 started?", {"tw400-manual.pdf": ("TW400",)}),
        ("青松的泵怎么启动？", {}),  # plain words of a title say what it is about
        ("TW-900的水泵怎么启动？", {"水泵手册 TW900.md": ("TW-900",)}),
        ("Which number does the 10-Q have?", {name: ("10-Q",) for name in QUARTERS}),
        ("What does the pdf say?", {}),  # more than half of the documents
        ("What happened with ticket HR-T-1012?", {"tickets.csv/HR-T-1012": ("HR-T-1012",)}),
        ("What makes a noise?", {}),
        ("What does E-205 mean?", {}),  # a code of its own is what a document is about
        ("How do I reset it?", {}),
    ],
)
def test_documents_that_a_question_names(names, question, documents):
    assert named(question, names).documents == documents


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("What happened with ticket HR T-1012, HR-T-1012?", "tickets.csv/HR-T-1012"),
        ("How is the TW-400 started?", "tw400-manual.pdf"),
    ],
)
def test_a_document_is_called_by_a_code_in_its_name(names, question, document):
    found = named(question, names)
    assert (set(found.documents), found.by_code) == ({document}, True)


@pytest.mark.parametrize("question", ["What did Birch earn?", "What did Ash earn?"])
def test_a_document_is_named_without_a_code(names, question):
    found = named(question, names)
    assert (len(found.documents) > 0, found.by_code) == (True, False)


def test_many_documents_of_one_code_are_not_called_by_it(tmp_path):
    sheets = tuple((f"TW400 sheet {letter}.pdf", "", "A sheet.", 9) for letter in "abcd")
    with library(tmp_path, sheets + tuple((f"{letter}.txt", "", "Else.", 9) for letter in "abcd")) as made:
        found = named("How is the TW-400 started?", made.names)
    assert found == Named({name: ("TW-400",) for name, *_ in sheets}, by_code=False)


def test_without_documents_nothing_is_named(tmp_path):
    with library(tmp_path, ()) as made:
        assert named("What did Ash earn?", made.names) == Named()


@pytest.mark.parametrize(
    ("question", "named", "left"),
    [
        ("What was Ash's revenue in Q2 2023?", ("Ash's", "Q2", "2023"), "What was revenue in 2023?"),
        ("What was Ash's revenue?", (), "What was Ash's revenue?"),
        ("Ash?", ("Ash",), "Ash?"),
        ("What is the TW400?", ("TW400",), "What is the TW400?"),
    ],
)
def test_a_question_without_the_names_of_documents(question, named, left):
    assert without_names(question, named) == left
