import pytest

from core.errors import UsageError
from core.types import Document
from rag.assistant import Assistant
from rag.evaluation.drafting import drafted
from rag.evaluation.made_up import About, made_up
from rag.evaluation.questions import Gold, read_questions, write_questions
from rag.evaluation.run import evaluate
from rag.evaluation.subject import Subject

MANUAL = """# Pump manual

## 1 Words

In this manual, "Fee" means the price of one month. "Party" is used often.

## 2.1 Care of the seal

Replace the seal kit after two thousand hours of work.

## 3 Errors

E-204 means that the filter in front of the pump is blocked.

| Part | Number | Price |
| --- | --- | --- |
| Seal kit | HR-10 | 12 EUR |
| Shaft | HR-11 | 80 EUR |
"""
CHINESE = "# 合同\n\n## 定义\n\n“服务费”是指客户每月支付的费用。\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    documents = tmp_path_factory.mktemp("documents")
    (documents / "manual.md").write_text(MANUAL, encoding="utf-8")
    (documents / "合同.md").write_text(CHINESE, encoding="utf-8")
    folder = tmp_path_factory.mktemp("library")
    with Assistant.open(folder, create=True, language="en") as assistant:
        list(assistant.add([documents]))
    (folder / "pincite.toml").write_text("[answer]\ndraft = false\njudge = false\n")
    return folder


def test_definitions_codes_rows_and_headings_become_questions(library):
    with Assistant.open(library) as assistant:
        drafts = drafted(assistant)
        again = drafted(assistant)
    assert again == drafts
    known = {draft.question: (draft.kind, draft.answers, draft.gold[0]) for draft in drafts if draft.answerable}
    assert known["What does “Fee” mean?"] == (
        "definition", ("the price of one month",), Gold("manual.md", heading="1 Words"))  # fmt: skip
    assert known["“服务费”是指什么？"] == (
        "definition", ("客户每月支付的费用",), Gold("合同.md", heading="定义"))  # fmt: skip
    assert known["What does E-204 mean?"][1] == ("means that the filter in front of the pump is blocked",)
    assert known["What is the Number of Seal kit?"][:2] == ("table", ("HR-10",))
    assert known["What is the Price of Shaft?"][1] == ("80 EUR",)
    assert known["What do the documents say about “Care of the seal”?"][1] == (
        "Replace the seal kit after two thousand hours of work.",)  # fmt: skip
    assert all(draft.draft for draft in drafts)
    assert [draft.id for draft in drafts] == [f"draft-{number:03}" for number in range(1, len(drafts) + 1)]


def test_some_drafts_ask_about_what_no_document_has(library):
    with Assistant.open(library) as assistant:
        drafts = drafted(assistant)
        text = "\n".join(assistant.document(info.name).text for info in assistant.documents())
    made_up = [draft for draft in drafts if not draft.answerable]
    assert [(draft.question, draft.gold, draft.kind) for draft in made_up] == [
        ("What does “Arbitration” mean?", (), "made up"), ("What does E-207 mean?", (), "made up")]  # fmt: skip
    assert "E-207" not in text
    assert "rbitration" not in text


def about(kind, *terms, language="en"):
    return About(kind, language, terms)


def documents(*texts):
    return [Document(f"{at}.txt", "text/plain", text, "") for at, text in enumerate(texts)]


def test_each_kind_is_made_up_by_a_term_that_is_not_there():
    held = documents("Escrowed sums. 仲裁 is held in Bern.", "Party and term of the lease. 服务", "Meridian Acme\nSeat")
    asked = [
        about("definition", "Permitted Party"),
        about("heading", "Term of the lease"),
        about("definition", "服务", language="zh"),
        about("code", "E-204"),
        about("table", "Meridian Acme", "Seat"),
    ]
    made = list(made_up(asked, held, lambda each: " | ".join(each.terms)))
    assert [each.terms for each in made] == [
        ("Permitted Franchise",),  # arbitration is there in Chinese, escrow as a word of the same stem
        ("Term of the dividend",),
        ("特许",),
        ("E-207",),
        ("Meridian Lindqvist", "Seat"),
    ]


def test_a_row_is_asked_for_another_table_s_column_that_its_documents_do_not_hold():
    held = documents("Seal kit\nPrice", "Contract A\nNotice", "Shaft\nPrice\nNotice")
    asked = [about("table", *terms) for terms in (("Seal kit", "Price"), ("Contract A", "Notice"), ("Shaft", "Price"))]
    made = list(made_up(asked, held, lambda each: " | ".join(each.terms)))
    assert [each.terms for each in made] == [("Seal kit", "Notice"), ("Contract A", "Price"), ("Arbitration", "Price")]


def test_as_many_are_drafted_as_asked_for(library):
    with Assistant.open(library) as assistant:
        assert [len(drafted(assistant, count)) for count in (1, 5)] == [1, 5]
        assert sum(not draft.answerable for draft in drafted(assistant, 5)) == 1
        with pytest.raises(UsageError, match="0 were asked for; that takes 1 or more"):
            drafted(assistant, 0)


def test_a_draft_goes_through_a_spreadsheet_into_a_run(library, tmp_path):
    with Assistant.open(library) as assistant:
        write_questions(tmp_path / "new.csv", drafted(assistant))
        run = evaluate(Subject(assistant), read_questions(tmp_path / "new.csv"), tmp_path / "run")
    assert run.figures["drafts"] == run.figures["questions"] == 10
    assert run.figures["figures"]["recall@5"]["value"] == 1.0
    assert run.figures["figures"]["wrongly answered"]["value"] == 0.0


def test_a_library_that_yields_nothing(tmp_path):
    (tmp_path / "note.txt").write_text("hello there")
    with Assistant.open(tmp_path / "library", create=True, language="en") as assistant:
        list(assistant.add([tmp_path / "note.txt"]))
        with pytest.raises(UsageError, match="no heading, definition, code or table was found"):
            drafted(assistant)
