"""`pincite evaluate` from the outside."""

import csv
import json

import pytest

ROWS = [
    ("id", "question", "answerable", "answers", "document", "page"),
    ("notice", "How may a party end the agreement?", "yes", "ninety days", "contract.txt", ""),
    ("error", "What does error E-204 mean?", "yes", "the filter is blocked", "manual.pdf", "2"),
    ("moon", "Who was the first person on the moon?", "no", "", "", ""),
]


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    path = tmp_path_factory.mktemp("questions") / "questions.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(ROWS)
    return path


def test_a_run_prints_its_figures_and_leaves_a_report(pincite, library, questions, tmp_path):
    ran = pincite("--library", library, "evaluate", questions, "--run", tmp_path / "run")
    assert (ran.status, ran.err) == (0, "")
    assert [line.split()[:3] for line in ran.out.splitlines() if "rightly cited" in line] == [
        ["rightly", "cited", "1.000"]
    ]
    assert ran.out.splitlines()[-1] == f"report: {tmp_path / 'run' / 'report.html'}"
    assert "How may a party end the agreement?" in (tmp_path / "run" / "report.html").read_text()


def test_a_run_as_json(pincite, library, questions, tmp_path):
    ran = pincite("--library", library, "evaluate", questions, "--run", tmp_path / "run", "--json")
    held = json.loads(ran.out)
    assert (held["questions"], held["unanswerable"], held["figures"]["page accuracy"]["value"]) == (3, 1, 1.0)
    assert (held["run"], held["report"]) == (str(tmp_path / "run"), str(tmp_path / "run" / "report.html"))


def test_two_runs_are_compared(pincite, library, questions, tmp_path):
    pincite("--library", library, "evaluate", questions, "--run", tmp_path / "a")
    pincite("--library", library, "evaluate", questions, "--run", tmp_path / "b", "-k", "12")
    ran = pincite("evaluate", "--compare", tmp_path / "a", tmp_path / "b")
    assert ran.status == 0
    assert "3 questions in both runs, which differ in: answer or retrieval settings" in ran.out
    assert ran.out.splitlines()[-1] == f"report: {tmp_path / 'b' / 'comparison-with-a.html'}"
    held = json.loads(pincite("evaluate", "--compare", tmp_path / "a", tmp_path / "b", "--json").out)
    assert held["questions"] == 3
    assert {each["figure"]: each["verdict"] for each in held["differences"]}["rightly cited"] == "no clear difference"


def test_drafting_a_set(pincite, library, tmp_path):
    out = tmp_path / "new.csv"
    ran = pincite("--library", library, "evaluate", "--new", out)
    assert ran.status == 0
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert ran.out.startswith(f"{len(rows)} drafts in {out}. Correct them")
    assert {row["draft"] for row in rows} == {"yes"}
    again = pincite("--library", library, "evaluate", "--new", out)
    assert (again.status, "that file is there already" in again.err) == (2, True)
    ran = pincite("--library", library, "evaluate", out, "--run", tmp_path / "run")
    assert f"{len(rows)} of the questions are drafts" in ran.err


def test_a_public_set_makes_its_own_library(pincite, tmp_path):
    squad = {"data": [{"title": "Pumps", "paragraphs": [{"context": "The pump was built in 1931.", "qas": [
        {"id": "1", "question": "When was the pump built?", "answers": [{"text": "1931", "answer_start": 22}]},
        {"id": "2", "question": "Who repaired the lamp?", "answers": [], "is_impossible": True}]}]}]}  # fmt: skip
    (tmp_path / "dev.json").write_text(json.dumps(squad))
    options = ("--form", "squad", "--no-draft", "--json")
    held = json.loads(pincite("--library", tmp_path / "library", "evaluate", tmp_path / "dev.json", *options).out)
    assert (held["questions"], held["figures"]["rightly cited"]["value"]) == (2, 1.0)
    assert held["figures"]["citation precision"]["value"] == 1.0
    assert held["run"].startswith(str(tmp_path / "library" / "evaluations" / "squad-"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Evaluating takes one of: a file of QUESTIONS, --new OUT to draft one, --compare RUN_A RUN_B."),
        (("q.csv", "--new", "x.csv"), "Evaluating takes one of"),
        (("absent.csv",), "there is no file absent.csv"),
        (("--compare", "a", "b"), "a holds no figures.json"),
        (("absent.json", "--form", "squad"), "there is no absent.json"),
        (("absent.json", "--form", "triviaqa"), "there is no form 'triviaqa'"),
    ],
)
def test_bad_usage_is_a_sentence(pincite, library, arguments, sentence):
    ran = pincite("--library", library, "evaluate", *arguments)
    assert (ran.status, ran.out, sentence in ran.err) == (2, "", True)


def test_a_line_that_is_wrong_is_named(pincite, library, tmp_path):
    path = tmp_path / "set.jsonl"
    path.write_text('{"id": "1", "question": "What?", "answers": ["x"], "document": "manual.pfd"}\n')
    ran = pincite("--library", library, "evaluate", path, "--json")
    assert ran.status == 2
    assert json.loads(ran.out)["error"] == (
        f"Reading {path}, line 1: the library holds no document 'manual.pfd'. Near are: manual.pdf. "
        "`pincite documents` lists what it holds."
    )
