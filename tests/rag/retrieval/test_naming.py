import pytest

from rag.retrieval.naming import Naming, described, without_names

REPORTS = Naming(
    [
        described("2023 Q1 ASH.pdf", "Form 10-Q", "Quarterly report of Ash Inc., for the period ended 31 March 2023"),
        described("2023 Q2 ASH.pdf", "Form 10-Q", "Quarterly report of Ash Inc., for the period ended 30 June 2023"),
        described("2023 Q1 BIR.pdf", "Form 10-Q", "Quarterly report of Birch plc, for the period ended 31 March 2023"),
        described("tw400-manual.md", "", "Read this before the pump is started."),
        described("水泵手册.md", "青松水泵", "使用前请阅读。"),
    ]
)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What was Ash's revenue in Q2 2023?", {"2023 Q2 ASH.pdf": ("Ash's", "Q2", "2023")}),
        ("what did birch earn?", {}),  # what a document opens with counts only where it is written as a name
        ("What did Birch earn?", {"2023 Q1 BIR.pdf": ("Birch",)}),
        ("What did BIR earn?", {"2023 Q1 BIR.pdf": ("BIR",)}),
        ("What did Ash earn?", {"2023 Q1 ASH.pdf": ("Ash",), "2023 Q2 ASH.pdf": ("Ash",)}),
        ("How is the TW400 started?", {"tw400-manual.md": ("TW400",)}),
        ("青松的泵怎么启动？", {"水泵手册.md": ("青松", "泵")}),
        ("What does the 10-Q of the period say?", {}),  # more than half of the documents
        ("How do I reset it?", {}),
    ],
)
def test_documents_that_a_question_names(question, named):
    assert REPORTS.named(question) == named


def test_without_documents_nothing_is_named():
    assert Naming([]).named("What did Ash earn?") == {}


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
