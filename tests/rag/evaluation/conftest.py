"""One small library: a contract in Markdown, a manual of two pages, two records. Answers are quotes."""

from pathlib import Path

import pytest
from fpdf import FPDF

from rag.assistant import Assistant
from rag.evaluation.questions import Gold, Question, QuestionSet

CONTRACT = """# Services contract

## Term

The contract ends on 31 December 2026. It may be renewed once.

## Fee

The client pays a fee of 1,500 EUR a month.
"""
RECORDS = "id,title,text\nR-1,Pump,The pump of type P-12 needs seal 7.\nR-2,Fan,The fan F-3 needs a new bearing.\n"
PAGES = ("Safety. Wear gloves when you open the pump.", "Errors. Error E-204 means that the filter is blocked.")


def write_documents(folder: Path) -> None:
    (folder / "contract.md").write_text(CONTRACT, encoding="utf-8")
    (folder / "records.csv").write_text(RECORDS, encoding="utf-8")
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for text in PAGES:
        pdf.add_page()
        pdf.multi_cell(0, 8, text)
    (folder / "manual.pdf").write_bytes(bytes(pdf.output()))


QUESTIONS = (
    Question("fee", "What fee does the client pay?", "en", True, ("1,500 EUR",), (Gold("contract.md", heading="Fee"),)),
    Question("error", "What does error E-204 mean?", "en", True, ("the filter is blocked",), (Gold("manual.pdf", 2),)),
    Question("seal", "Which seal does the pump P-12 need?", "en", True, ("seal 7",), (Gold("R-1"),), kind="record"),
    Question("moon", "Who was the first person on the moon?", "en", False),
)


def question_set(*questions: Question) -> QuestionSet:
    return QuestionSet(questions, "made.jsonl", {each.id: f"line {at}" for at, each in enumerate(questions, 1)})


@pytest.fixture(scope="session")
def made_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library's folder. Not to be changed."""
    documents = tmp_path_factory.mktemp("documents")
    write_documents(documents)
    folder = tmp_path_factory.mktemp("library")
    with Assistant.open(folder, create=True, language="en") as assistant:
        assert [result.status for result in assistant.add([documents])] == ["added"] * 3
    (folder / "pincite.toml").write_text("[answer]\ndraft = false\njudge = false\n")
    return folder
