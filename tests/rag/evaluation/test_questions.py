import json

import openpyxl
import pytest

from core.errors import UsageError
from core.types import Turn
from rag.evaluation.questions import COLUMNS, Gold, Question, QuestionSet, read_questions, write_questions

FULL = Question(
    "q1",
    "What is it?",
    "en",
    True,
    ("a pump", "=1+1"),
    (Gold("manual.pdf", 3),),
    (Turn("Which one?", "The red one."),),
    "definition",
    "pdf",
    (),
    True,
)
UNANSWERABLE = Question("q2", "多少钱？", "zh", False)


def read(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_questions(path)


def fault(tmp_path, name, text):
    with pytest.raises(UsageError) as raised:
        read(tmp_path, name, text)
    return str(raised.value).replace(str(tmp_path / name), "FILE")


@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx"])
def test_what_is_written_is_read_again(tmp_path, ending):
    path = tmp_path / f"set.{ending}"
    write_questions(path, [FULL, UNANSWERABLE])
    found = read_questions(path)
    assert found.questions == (FULL, UNANSWERABLE)
    assert found.places == dict(zip(["q1", "q2"], {"jsonl": ["line 1", "line 2"], "csv": ["line 2", "line 3"],
                                                   "xlsx": ["row 2", "row 3"]}[ending], strict=True))  # fmt: skip


def test_jsonl_keeps_spans_and_what_may_be_searched(tmp_path):
    question = Question("q", "Where?", "en", True, (), (Gold("a.txt", start=3, end=9),), within=("a.txt", "b.txt"))
    write_questions(tmp_path / "set.jsonl", [question])
    assert read_questions(tmp_path / "set.jsonl").questions == (question,)


def test_the_language_of_each_question_is_found_where_it_is_not_said(tmp_path):
    rows = [
        {"id": "1", "question": "What?", "answers": ["x"]},
        {"id": "2", "question": "保修期多长？", "answers": ["x"]},
        {"id": "3", "question": "OK?", "answers": ["x"], "language": "zh"},
    ]
    found = read(tmp_path, "set.jsonl", "\n".join(json.dumps(row) for row in rows))
    assert [question.language for question in found.questions] == ["en", "zh", "zh"]


def test_a_spreadsheet_as_a_person_writes_it(tmp_path):
    text = "Question;answers;Answerable;document;page\nHow long?;ten days || 10 days;;a.pdf;4\nWhy?;;no;;\n\n"
    first, second = read(tmp_path, "set.csv", text).questions
    assert (first.id, first.answerable, first.answers, first.gold) == (
        "line-2", True, ("ten days", "10 days"), (Gold("a.pdf", 4),))  # fmt: skip
    assert (second.id, second.answerable, second.answers, second.gold) == ("line-3", False, (), ())


def test_a_page_from_a_workbook_may_be_a_float(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "question", "answers", "document", "page"])
    book.active.append([7, "How long?", "ten days", "a.pdf", 4.0])
    book.save(tmp_path / "set.xlsx")
    (question,) = read_questions(tmp_path / "set.xlsx").questions
    assert (question.id, question.gold) == ("7", (Gold("a.pdf", 4),))


GOOD = '{"id": "1", "question": "What?", "answers": ["x"]}\n'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: it is not JSON"),
        ("[]", "line 2: it is not an object"),
        ('{"id": "1", "question": "Who?", "answers": ["x"]}', "line 2: the id '1' stands in line 1 already"),
        ('{"id": "2", "question": " ", "answers": ["x"]}', "line 2: the question is empty"),
        ('{"id": "2", "question": "Who?", "answer": "x"}', "line 2: there is no field 'answer'"),
        ('{"id": "2", "question": "Who?"}', "line 2: answerable is ''; it takes yes or no"),
        ('{"id": "2", "question": "Who?", "answerable": "maybe"}', "line 2: answerable is 'maybe'"),
        ('{"id": "2", "question": "Who?", "answerable": true}', "line 2: it is answerable, yet names neither"),
        ('{"id": "2", "question": "Who?", "answerable": false, "answers": ["x"]}', "line 2: it has answers, yet"),
        ('{"id": "2", "question": "Who?", "answers": [4]}', "line 2: answers holds something that is not text"),
        ('{"id": "2", "question": "Who?", "answers": ["x"], "language": "fr"}', "line 2: language is 'fr'"),
        ('{"id": "2", "question": "Who?", "answers": ["x"], "page": 3}', "line 2: it names a page, but no document"),
        (
            '{"id": "2", "question": "Who?", "answers": ["x"], "document": "a", "page": 0}',
            "line 2: page is 0; it takes a whole number from 1",
        ),
        (
            '{"id": "2", "question": "Who?", "answers": ["x"], "gold": [{"document": "a", "start": 5, "end": 5}]}',
            "line 2: start 5 and end 5 are no stretch",
        ),
        (
            '{"id": "2", "question": "Who?", "answers": ["x"], "gold": [{"file": "a"}]}',
            "line 2: a place in gold has no field 'file'",
        ),
        ('{"id": "2", "question": "Who?", "answers": ["x"], "history": "one side"}', "line 2: history takes question"),
        ('{"id": "2", "question": ["Who?"], "answers": ["x"]}', "line 2: the question is \"['Who?']\"; it takes text"),
        ('{"id": "2", "question": "Who?", "answers": {"a": 1}}', "line 2: answers is \"{'a': 1}\"; it takes text"),
        ('{"id": "2", "question": "\\ud83d?", "answers": ["x"]}', "line 2: it holds half of a character"),
        ("[" * 100_000, "line 2: it is not JSON"),
        (
            '{"id": "2", "question": "Who?", "answers": ["x"], "document": "a", "page": NaN}',
            "line 2: page is nan; it takes a whole number from 1",
        ),
        (
            '{"id": "2", "question": "Who?", "answers": ["x"], "document": "a", "page": Infinity}',
            "line 2: page is inf; it takes a whole number from 1",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, line, message):
    assert f"Reading FILE, {message}" in fault(tmp_path, "set.jsonl", GOOD + line + "\n")


def test_bytes_that_are_no_utf_8_are_named_with_their_line(tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_bytes(GOOD.encode() + b'{"id": "2", "question": "caf\xe9?"}\n')
    with pytest.raises(UsageError, match="line 2: it is not UTF-8"):
        read_questions(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("set.jsonl", "\n\n", "Reading FILE: it holds no question"),
        (
            "set.json",
            '[\n{"id": "1"}\n]',
            "line 1: it is not JSON (the file is one list; write each of its questions on",
        ),
        ("set.csv", "", "Reading FILE: it is empty"),
        ("set.csv", "id,question,answers\n", "Reading FILE: it holds no question"),
        ("set.csv", "id,frage\n1,Was?\n", f"line 1: there is no column 'frage'. The columns are {', '.join(COLUMNS)}"),
        ("set.csv", "id,answers\n1,x\n", "line 1: the column 'question' is missing"),
        ("set.csv", "id,id,question\n1,1,x\n", "line 1: the column 'id' stands there twice"),
        ("set.csv", "question,answers\nHow?,a,b\n", "line 2: it has 3 cells, the header 2"),
        ("set.csv", 'question,answers\n"Two\nlines?",a\nHow?,\n', "line 4: answerable is ''"),
        ("set.txt", "x", "FILE is none of .jsonl, .csv and .xlsx"),
        ("set.xlsx", "x", "Reading FILE: it is not an XLSX workbook"),
    ],
)
def test_a_file_that_is_no_set(tmp_path, name, text, message):
    assert message in fault(tmp_path, name, text)


def test_a_whole_emoji_in_escapes_and_empty_lines_above_the_header_are_well(tmp_path):
    (question,) = read(tmp_path, "set.jsonl", '{"question": "\\ud83d\\ude00?", "answers": ["x"]}').questions
    assert question.question == "\U0001f600?"
    (question,) = read(tmp_path, "set.csv", ",\n\nquestion,answers\nHow?,so\n").questions
    assert (question.id, question.answers) == ("line-4", ("so",))


def test_a_missing_file_says_how_to_draft_one(tmp_path):
    with pytest.raises(UsageError, match="`pincite evaluate --new .*set.csv` drafts one"):
        read_questions(tmp_path / "set.csv")


def test_an_absent_gold_document_is_named_with_its_line_and_the_names_near_it():
    question = Question("q", "Who?", "en", True, ("x",), (Gold("manual.pdf"), Gold("manul.pdf")))
    asked = QuestionSet((question,), "set.jsonl", {"q": "line 3"})
    with pytest.raises(UsageError) as raised:
        asked.check_documents(["manual.pdf", "contract.docx"])
    assert str(raised.value) == (
        "Reading set.jsonl, line 3: the library holds no document 'manul.pdf'. Near are: manual.pdf. "
        "`pincite documents` lists what it holds."
    )
    asked.check_documents(["manual.pdf", "manul.pdf"])
