"""Each public form, in small sets of our own."""

import json

import pytest

from core.errors import UsageError
from core.types import Turn
from rag.evaluation.public.form import file_name, merged
from rag.evaluation.public.read import FORMS, read_public
from rag.evaluation.questions import Gold

FEE = "The fee is 1,500 EUR\na month."
TERM = "The contract ends in May."
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "A contract",
            "paragraphs": [
                {"context": FEE, "qas": []},
                {
                    "context": TERM,
                    "qas": [
                        {
                            "id": "q1",
                            "question": "When does it end? ",
                            "answers": [
                                {"text": "in May", "answer_start": 18},
                                {"text": "May", "answer_start": 20},  # one off, as in DRCD
                                {"text": "May", "answer_start": 21},
                            ],
                            "is_impossible": False,
                        },
                        {"id": "q2", "question": "Who signed it?", "answers": [], "is_impossible": True},
                        {"id": "q3", "question": " ", "answers": [], "is_impossible": True},
                    ],
                },
            ],
        }
    ],
}


def written(tmp_path, name, content):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):
        content = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in content)
    elif isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False)
    path.write_text(content, encoding="utf-8")
    return path


def test_squad(tmp_path):
    found = read_public("squad", written(tmp_path, "set.json", SQUAD))
    assert found.texts == {"A_contract-0.txt": f"The fee is 1,500 EUR a month.\n\n{TERM}"}
    first, second = found.questions
    assert (first.id, first.question, first.answers, first.answerable) == (
        "q1", "When does it end?", ("in May", "May"), True)  # fmt: skip
    (gold,) = first.gold
    assert found.texts[gold.document][gold.start : gold.end] == "in May"
    assert (second.answerable, second.answers, second.gold) == (False, (), (Gold("A_contract-0.txt"),))
    assert found.language == "en"


def test_squad_in_chinese_without_titles(tmp_path):
    content = {"data": [{"id": 7, "paragraphs": [{"context": "保修期为两年。", "qas": [
        {"id": 1, "question": "保修期多长？", "answers": [{"text": "两年", "answer_start": 5}]}]}]}]}  # fmt: skip
    found = read_public("squad", written(tmp_path, "set.json", content))
    assert found.texts == {"7-0.txt": "保修期为两年。"}
    assert found.questions[0].gold == (Gold("7-0.txt", start=4, end=6),)
    assert found.language == "zh"


def test_cuad_in_both_of_its_forms(tmp_path):
    asked = 'Highlight the parts (if any) of this contract related to "Term" that should be reviewed. Details: When?'
    own = {"data": [{"title": "NDA", "paragraphs": [{"context": TERM, "qas": [
        {"id": "NDA__Term", "question": asked, "answers": [{"text": "in May", "answer_start": 18}],
         "is_impossible": False}]}]}]}  # fmt: skip
    written(tmp_path, "txt/NDA.txt", TERM)
    spans = [{"text": "in May", "start": 18, "end": 24}, {"text": "lost", "start": None, "end": None}]
    clause = {"category": "Term", "question": asked, "is_impossible": False, "answers": spans}
    lines = [{"contract_txt": "txt/NDA.txt", "questions": [clause]}]
    files = {"NDA-0.txt": written(tmp_path, "cuad.json", own), "NDA.txt": written(tmp_path, "cuad.jsonl", lines)}
    for name, path in files.items():
        found = read_public("cuad", path)
        (question,) = found.questions
        assert found.texts == {name: TERM}
        assert (question.question, question.kind, question.within) == ("Term: When?", "Term", (name,))
        assert question.gold == (Gold(name, start=18, end=24),)


def test_contractnli(tmp_path):
    told = {"nda-1": {"choice": "Contradiction", "spans": [1]}, "nda-2": {"choice": "NotMentioned", "spans": []}}
    content = {
        "documents": [{"id": 3, "file_name": "x.pdf", "text": f"{TERM} {FEE}", "spans": [[0, 25], [26, 56]],
            "annotation_sets": [{"annotations": told}]}],
        "labels": {"nda-1": {"hypothesis": "It is free."}, "nda-2": {"hypothesis": "It is secret."}},
    }  # fmt: skip
    first, second = read_public("contractnli", written(tmp_path, "dev.json", content)).questions
    assert (first.id, first.kind, first.answerable, first.gold) == (
        "3-nda-1", "Contradiction", True, (Gold("3-x.txt", start=26, end=56),))  # fmt: skip
    assert (second.question, second.answerable) == ("It is secret.", False)


def test_beir(tmp_path):
    corpus = [{"_id": 1, "title": "Fees", "text": FEE}, {"_id": "2", "text": TERM}]
    queries = [{"_id": "q", "text": "What is the fee?"}, {"_id": "unjudged", "text": "Why?"}]
    written(tmp_path, "corpus.jsonl", corpus)
    written(tmp_path, "queries.jsonl", queries)
    train = written(tmp_path, "qrels/train.tsv", "query-id\tcorpus-id\tscore\nq\t2\t1\n")
    written(tmp_path, "qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\t1\t2\nq\t2\t0\n")
    found = read_public("beir", tmp_path)
    assert found.records == {"1": ("Fees", FEE), "2": ("", TERM)}
    assert [(question.id, question.gold) for question in found.questions] == [("q", (Gold("1"),))]
    assert read_public("beir", train).questions[0].gold == (Gold("2"),)


def test_mtrag(tmp_path):
    def task(key, answerability, *said):
        return {"task_id": key, "input": [{"text": text} for text in said], "targets": [{"text": "In May."}],
                "contexts": [{"document_id": "d/1", "text": TERM}], "answerability": [answerability],
                "Question Type": ["Factoid"]}  # fmt: skip

    tasks = [task("a", "PARTIAL", "What is it?", "A contract.", "When does it end?"), task("b", "UNANSWERABLE", "Why?")]
    path = written(tmp_path, "reference.jsonl", tasks)
    written(tmp_path, "passage_pool.jsonl", [{"document_id": "d/2", "title": "Fees", "text": FEE}])
    found = read_public("mtrag", path)
    assert found.texts == {"d_2.txt": f"Fees\n\n{FEE}", "d_1.txt": TERM}
    first, second = found.questions
    assert first.history == (Turn("What is it?", "A contract."),)
    assert (first.question, first.answers, first.gold, first.kind) == (
        "When does it end?", ("In May.",), (Gold("d_1.txt"),), "Factoid")  # fmt: skip
    assert (second.answerable, second.answers, second.history) == (False, (), ())


def test_tatqa_leaves_out_what_must_be_computed(tmp_path):
    def asked(key, kind, answer):
        return {"uid": key, "question": "How much?", "answer": answer, "answer_type": kind, "answer_from": "table"}

    content = [{"table": {"uid": "t", "table": [["", "2019"], ["Fees", "$ 1,500"]]},
                "paragraphs": [{"uid": "p", "order": 1, "text": "R&D rose."}],
                "questions": [asked("1", "span", ["1,500"]), asked("2", "multi-span", ["2019", "Fees"]),
                              asked("3", "arithmetic", 12.5), asked("4", "count", "2")]}]  # fmt: skip
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(content))
    found = read_public("tatqa", path)
    assert [(each.id, each.answers, each.kind, each.within) for each in found.questions] == [
        ("1", ("1,500",), "span in table", ("t.html",)),
        ("2", ("2019, Fees",), "multi-span in table", ("t.html",)),
    ]
    assert "<tr><td>Fees</td><td>$ 1,500</td></tr></table><p>R&amp;D rose.</p>" in found.texts["t.html"]


def test_financebench(tmp_path):
    row = {"financebench_id": "f1", "question": "What was capex?", "answer": "$1577.00", "doc_name": "3M_2018_10K",
           "question_type": "metrics-generated",
           "evidence": [{"evidence_text": "x", "doc_name": "3M_2018_10K", "evidence_page_num": 59}]}  # fmt: skip
    path = written(tmp_path, "open.jsonl", [row])
    with pytest.raises(UsageError, match=r"1 of its 1 filings are missing, as .*pdfs/3M_2018_10K.pdf"):
        read_public("financebench", path)
    (tmp_path / "pdfs").mkdir()
    (tmp_path / "pdfs" / "3M_2018_10K.pdf").write_bytes(b"%PDF")
    found = read_public("financebench", path)
    assert found.files == (tmp_path / "pdfs" / "3M_2018_10K.pdf",)
    (question,) = found.questions
    assert (question.gold, question.answers, question.kind) == (
        (Gold("3M_2018_10K.pdf", 60),), ("$1577.00",), "metrics-generated")  # fmt: skip


def test_rgb_asks_each_question_with_and_without_the_answer(tmp_path):
    rows = [
        {"id": 0, "query": "When?", "answer": ["May", "in May"], "positive": [TERM], "negative": [FEE, "Noise."]},
        {"id": 1, "query": "When and how much?", "answer": [["May", "in May"], ["1,500"]],
         "positive": [[TERM], [FEE]], "negative": []},
    ]  # fmt: skip
    found = read_public("rgb", written(tmp_path, "en.jsonl", rows))
    assert set(found.texts) == {
        "0-right-1.txt", "0-wrong-1.txt", "0-wrong-2.txt", "1-right-1.txt", "1-right-2.txt"}  # fmt: skip
    with_noise, noise_alone, parts = found.questions
    assert (with_noise.answers, with_noise.gold) == (("May", "in May"), (Gold("0-right-1.txt"),))
    assert with_noise.within == ("0-right-1.txt", "0-wrong-1.txt", "0-wrong-2.txt")
    assert (noise_alone.answerable, noise_alone.within) == (False, ("0-wrong-1.txt", "0-wrong-2.txt"))
    assert parts.answers == ("May, 1,500", "in May, 1,500")


@pytest.mark.parametrize("form", FORMS)
def test_what_is_of_another_form_is_refused(tmp_path, form):
    for name, content in (("a.json", "{}"), ("b.json", '{"data": [{}]}'), ("c.jsonl", '{"x": 1}\n'), ("d", "no JSON")):
        with pytest.raises(UsageError, match=f"as {form}: "):
            read_public(form, written(tmp_path, name, content))


TASK = {"task_id": "a", "input": [{"text": "Why?"}], "targets": [], "contexts": [], "answerability": "UNANSWERABLE"}
ROW = {"financebench_id": "f1", "question": "How much?", "answer": "$1", "doc_name": "x"}


@pytest.mark.parametrize(
    ("form", "content", "sentence"),
    [
        ("squad", {"data": [{"title": "A", "paragraphs": [{"context": "x", "qas": []}, {"context": "y", "qas": [
            {"question": "Who?", "answers": []}]}]}]}, "article 1 ('A'), paragraph 2, question 1: a field 'id'"),
        ("squad", {"data": [{"title": "A", "paragraphs": [{"context": "x", "qas": [
            {"id": "q7", "question": "Who?", "answers": [{"text": "x"}]}]}]}]},
            "article 1 ('A'), paragraph 1, question 1 ('q7'): a field 'answer_start'"),
        ("cuad", {"data": [{"title": "NDA", "paragraphs": [{"context": "x", "qas": [
            {"id": "NDA__Term", "question": "When?", "answers": []}]}]}]},
            "article 1 ('NDA'), question 1 ('NDA__Term'): a field 'is_impossible'"),
        ("cuad", [{"contract_txt": "NDA.txt", "questions": [{"category": "Term", "question": "x", "answers": []}]}],
            "set.jsonl, line 1, question 1: a field 'is_impossible'"),
        ("contractnli", {"labels": {}, "documents": [{"id": 3, "file_name": "x.pdf", "text": "x", "annotation_sets": [
            {"annotations": {"nda-1": {"choice": "Entailment", "spans": []}}}]}]},
            "document 1 ('3'), annotation 1 ('nda-1'): a field 'nda-1'"),
        ("tatqa", [[{"table": {"uid": "t", "table": []}, "paragraphs": [], "questions": [
            {"uid": "u9", "question": "How?", "answer_type": "span", "answer": "1"}]}]],
            "report 1, question 1 ('u9'): a field 'answer_from'"),
        ("mtrag", [TASK, {**TASK, "contexts": [{"document_id": "d"}]}],
            "set.jsonl, line 2, context 1: a field 'text'"),
        ("rgb", [{"id": 0, "query": "x", "positive": [], "negative": []}, {"id": 1, "query": "x", "positive": []}],
            "set.jsonl, line 2: a field 'negative'"),
        ("financebench", [{**ROW, "evidence": []}, ROW], "set.jsonl, line 2: a field 'evidence'"),
        ("financebench", [{**ROW, "evidence": [{"evidence_page_num": "ix"}]}],
            "set.jsonl, line 1: invalid literal for int() with base 10: 'ix'"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_set_is_named_with_its_place(tmp_path, form, content, sentence):
    written(tmp_path, "NDA.txt", TERM)
    if form == "tatqa":  # a list of reports, and not lines
        path = written(tmp_path, "set.json", json.dumps(content[0]))
    else:
        path = written(tmp_path, "set.json" if isinstance(content, dict) else "set.jsonl", content)
    with pytest.raises(UsageError) as caught:
        read_public(form, path)
    assert str(caught.value).startswith(f"Reading {path} as {form}: {sentence}")


def test_a_line_that_is_no_json_is_named(tmp_path):
    path = written(tmp_path, "en.jsonl", '{"id": 0, "query": "x", "positive": [], "negative": []}\n{"id"\n')
    with pytest.raises(UsageError, match=r"as rgb: en.jsonl, line 2: it is not JSON \(Expecting"):
        read_public("rgb", path)


def test_each_file_of_a_beir_set_is_named_with_its_line(tmp_path):
    written(tmp_path, "corpus.jsonl", [{"_id": 1, "text": FEE}, {"_id": 2}])
    written(tmp_path, "queries.jsonl", [{"_id": "q", "text": "What?"}])
    judged = written(tmp_path, "qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\t1\tmuch\n")
    with pytest.raises(UsageError, match=r"as beir: test.tsv, line 2: could not convert string to float: 'much'"):
        read_public("beir", tmp_path)
    judged.write_text("query-id\tcorpus-id\tscore\nq\t1\t1\n")
    with pytest.raises(UsageError, match=r"as beir: corpus.jsonl, line 2: a field 'text' is missing\. "):
        read_public("beir", tmp_path)


def test_an_unknown_form_and_an_absent_file(tmp_path):
    with pytest.raises(UsageError, match="there is no form 'natural'. The forms are beir, contractnli, cuad"):
        read_public("natural", tmp_path)
    with pytest.raises(UsageError, match="Give the file that was downloaded"):
        read_public("squad", tmp_path / "absent.json")


def test_an_id_twice(tmp_path):
    twice = {"data": [*SQUAD["data"], *SQUAD["data"]]}
    with pytest.raises(UsageError, match="the id 'q1' stands there twice"):
        read_public("squad", written(tmp_path, "set.json", twice))


def test_overlapping_spans_are_one():
    assert merged([(5, 9), (0, 3), (3, 4), (6, 12)]) == [(0, 3), (3, 4), (5, 12)]


def test_long_titles_that_begin_alike_are_two_files():
    one, other = (file_name(f"{'Long' * 30} {number}") for number in (1, 2))
    assert one != other
    assert (len(one), one[:91], one[91], one[-4:]) == (104, ("Long" * 30)[:91], "-", ".txt")
    assert file_name("Affiliate Agreement (2)") == "Affiliate_Agreement_2.txt"
