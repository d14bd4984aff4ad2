import pytest

from rag.retrieval.naming import Naming, described, without_names

QUARTERS = ("2023 Q1 ASH.pdf", "2023 Q1 BIR.pdf", "2023 Q2 ASH.pdf")
REPORTS = Naming(
    [
        described("2023 Q1 ASH.pdf", "Form 10-Q", "Report of Ash Inc., for the period ended 31 March 2023", 9),
        described("2023 Q2 ASH.pdf", "Form 10-Q", "Report of Ash Inc., for the period ended 30 June 2023", 9),
        described("2023 Q1 BIR.pdf", "Form 10-Q", "Report of Birch plc, for the period ended 31 March 2023", 9),
        described("tw400-manual.pdf", "", "Read this before the pump is started. E-205 means that it is too hot.", 9),
        described("水泵手册 TW900.md", "青松水泵", "使用前请阅读。", 9),
        described("note.txt", "", "Birch bought 900 pumps.", 2),
        described("tickets.csv/HR-T-1012", "A noise", "The pump of the Ash office makes a noise.", 1),
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
def test_documents_that_a_question_names(question, named):
    assert REPORTS.named(question) == named


def test_a_document_is_called_by_a_code_in_its_name():
    assert REPORTS.calls("What happened with ticket HR T-1012, HR-T-1012?", ["tickets.csv/HR-T-1012"])
    assert REPORTS.calls("How is the TW-400 started?", ["tw400-manual.pdf"])
    assert not REPORTS.calls("What did Birch earn?", ["2023 Q1 BIR.pdf"])
    assert not REPORTS.calls("What did Ash earn in Q2?", ["2023 Q2 ASH.pdf", "2023 Q1 ASH.pdf"])


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
