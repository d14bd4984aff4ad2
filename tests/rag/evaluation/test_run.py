from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from core.errors import EndpointFailed, UsageError
from core.settings import threads
from core.types import Turn
from rag.answer.answer import AnswerSettings
from rag.assistant import Assistant
from rag.evaluation.questions import Gold, Question
from rag.evaluation.records import read_records
from rag.evaluation.run import Run, evaluate
from rag.evaluation.scores import FIGURES as MEANINGS
from rag.evaluation.subject import Subject
from tests.rag.engines.scripted import ScriptedGenerator
from tests.rag.evaluation.conftest import PAGES, QUESTIONS, question_set


@pytest.fixture(scope="module")
def assistant(made_library):
    with Assistant.open(made_library) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(assistant, tmp_path_factory):
    return evaluate(Subject(assistant), question_set(*QUESTIONS), tmp_path_factory.mktemp("runs") / "run")


def evaluated(library, asked, folder, refused=""):
    """The questions that were asked, and their run with a model that drafts an answer to all but what is refused."""

    def draft(messages):
        if refused and refused in messages[-1].content:
            raise EndpointFailed("The endpoint answered 503.")
        return "The client pays a fee of 1,500 EUR a month."

    with Assistant.open(library) as closed, Assistant(closed._library, ScriptedGenerator(draft)) as drafting:
        subject = Counting(drafting, settings=AnswerSettings(judge=False, threshold=0.0))
        return subject.asked, evaluate(subject, asked, folder / "run")


class Counting(Subject):
    """A subject that notes what it is asked."""

    def __init__(self, assistant, stop_after=None, settings=None):
        super().__init__(assistant, settings)
        self.asked, self.stop_after = [], stop_after

    def ask(self, question, k):
        if len(self.asked) == self.stop_after:
            raise KeyboardInterrupt
        self.asked.append(question.id)
        return super().ask(question, k)


def without_seconds(figures):
    return {name: value for name, value in figures.items() if name != "seconds"}


def test_each_question_has_its_figures_with_reasons(run):
    fee, moon = run.records["fee"], run.records["moon"]
    perfect = ("rightly cited", "right", "mrr", "verbatim", "citation recall")
    assert [fee.scores[name].value for name in perfect] == [1.0] * 5
    assert fee.scores["rightly cited"].reason == "it says and quotes '1,500 EUR'"
    assert run.records["error"].scores["page accuracy"].reason == "cited page 2, gold page 2"
    assert (moon.scores["wrongly answered"].value, moon.answer["status"]) == (0.0, "not_found")
    assert moon.scores["mrr"].value is None
    assert 0 <= moon.confidence < fee.confidence <= 1
    assert set(fee.scores) <= set(MEANINGS)
    assert list(fee.timings) == ["evidence", "answer"]


def test_what_was_refused_is_kept_as_it_would_have_been_said(run):
    (*_, said) = run.records["moon"].evidence
    assert said["citations"][0]["document"] in ("contract.md", "manual.pdf", "R-1", "R-2")


def test_the_folder_holds_the_run(run):
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "figures.json", "manifest.json", "questions.jsonl", "records.jsonl"]  # fmt: skip
    held = Run.read(run.folder)
    assert held.questions == run.questions
    assert held.figures == run.figures
    assert held.records["fee"].scores == run.records["fee"].scores
    assert [question.document_type for question in held.questions] == ["markdown", "pdf", "csv", ""]


def test_figures_are_means_over_the_questions(run):
    figures = run.figures
    assert (figures["questions"], figures["answerable"], figures["unanswerable"]) == (4, 3, 1)
    assert figures["figures"]["rightly cited"] == {"value": 1.0, "low": 1.0, "high": 1.0, "count": 3}
    assert figures["figures"]["wrongly answered"]["value"] == 0.0
    assert figures["answerability"]["confusion"] == [[3, 0], [0, 1]]
    assert figures["answerability"]["roc_auc"] == 1.0
    assert figures["answerability"]["cost"] == 0.0
    assert figures["risk_coverage"]["points"][-1]["coverage"] == 1.0
    assert figures["risk_coverage"]["points"][-1]["risk"] == 0.25
    assert figures["risk_coverage"]["area"] == pytest.approx(0.25 / 4)
    assert set(figures["slices"]) == {"document type", "kind"}  # all are English
    assert figures["slices"]["kind"]["record"]["figures"]["right"] == {
        "value": 1.0,
        "low": 1.0,
        "high": 1.0,
        "count": 1,
    }


def test_the_manifest_says_what_was_measured(run, made_library):
    manifest = run.manifest
    assert manifest["library"]["folder"] == str(made_library)
    assert (manifest["library"]["documents"], manifest["library"]["made_with"]["embedder"]) == (4, "minilm")
    assert manifest["model"] is None
    assert manifest["settings"]["answer"]["draft"] is False
    assert manifest["questions"] == {"file": "made.jsonl", "count": 4, "sha256": manifest["questions"]["sha256"]}
    assert len(manifest["code"]["sha256"]) == 64
    packages = manifest["machine"]["packages"]
    assert {name: packages[name] for name in ("faiss-cpu", "onnxruntime")} == {
        name: metadata.version(name) for name in ("faiss-cpu", "onnxruntime")
    }
    assert manifest["machine"]["threads"] == threads()


def test_the_same_again_gives_the_same_figures(run, assistant, tmp_path):
    again = evaluate(Subject(assistant), question_set(*QUESTIONS), tmp_path / "again")
    assert without_seconds(again.figures) == without_seconds(run.figures)
    assert again.manifest == run.manifest


def test_a_run_that_was_broken_off_goes_on(run, assistant, tmp_path):
    folder, first = tmp_path / "run", Counting(assistant, stop_after=2)
    with pytest.raises(KeyboardInterrupt):
        evaluate(first, question_set(*QUESTIONS), folder)
    with pytest.raises(UsageError, match=r"holds no figures.json, so none was finished there"):
        Run.read(folder)
    with (folder / "records.jsonl").open("a") as file:
        file.write('{"id": "seal", "rank')  # cut short by the kill
    second, heard = Counting(assistant), []
    whole = evaluate(second, question_set(*QUESTIONS), folder, progress=lambda *step: heard.append(step))
    assert (first.asked, second.asked) == (["fee", "error"], ["seal", "moon"])
    assert heard[-1] == (4, 4)
    assert without_seconds(whole.figures) == without_seconds(run.figures)
    assert list(Run.read(folder).records) == ["fee", "error", "seal", "moon"]


def test_a_finished_run_is_not_asked_again(run, assistant):
    subject = Counting(assistant)
    again = evaluate(subject, question_set(*QUESTIONS), run.folder)
    assert (subject.asked, again.figures) == ([], run.figures)


def test_what_failed_is_kept_with_its_reason_and_asked_again(made_library, tmp_path):
    asked = question_set(*QUESTIONS[:3])
    first, failed = evaluated(made_library, asked, tmp_path, refused="does error E-204 mean")
    assert first == ["fee", "error", "seal"]
    assert failed.records["error"].error == "The endpoint answered 503."
    assert (failed.figures["failed"], failed.figures["questions"]) == (1, 2)
    assert failed.figures["figures"]["recall@5"]["count"] == 2
    again, whole = evaluated(made_library, asked, tmp_path)
    assert (again, whole.figures["failed"], whole.figures["questions"]) == (["error"], 0, 3)
    assert [(key, record.error) for key, record in Run.read(tmp_path / "run").records.items()] == [
        ("fee", ""), ("error", ""), ("seal", "")]  # fmt: skip


def test_where_one_after_the_other_fails_the_run_ends(made_library, tmp_path):
    asked = question_set(*(replace(QUESTIONS[1], id=str(number)) for number in range(7)))
    with pytest.raises(EndpointFailed):
        evaluated(made_library, asked, tmp_path, refused="does error E-204 mean")
    assert [bool(record.error) for record in read_records(tmp_path / "run").values()] == [True] * 5


def test_passages_are_kept_as_they_are_looked_at(run):
    (first, *others) = run.records["error"].ranking
    assert (first.document, first.gold, first.text) == ("manual.pdf", True, "\n\n".join(PAGES))
    assert [found.gold for found in others] == [False] * len(others)
    assert run.records["fee"].ranking[0].heading == ("Services contract", "Fee")
    files = {name: path for record in run.records.values() for name, path in record.files.items()}
    assert [(name, Path(path).name) for name, path in files.items()] == [("manual.pdf", "manual.pdf")]


def test_another_setting_is_not_mixed_in(run, assistant):
    subject = Subject(assistant, replace(Subject(assistant).settings, threshold=0.9))
    with pytest.raises(UsageError, match="it was made with another answer or retrieval settings"):
        evaluate(subject, question_set(*QUESTIONS), run.folder)
    with pytest.raises(UsageError, match="it was made with another question set"):
        evaluate(Subject(assistant), question_set(*QUESTIONS[:2]), run.folder)


def test_without_a_folder_the_library_keeps_the_run(assistant, made_library):
    made = evaluate(Subject(assistant), question_set(QUESTIONS[0]))
    assert made.folder.parent == made_library / "evaluations"
    assert made.folder.name.startswith("made-")


def test_a_folder_of_other_files_is_left_alone(assistant, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="it holds other files"):
        evaluate(Subject(assistant), question_set(*QUESTIONS), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_bad_input_is_refused_before_anything_is_written(assistant, tmp_path):
    lost = Question("q", "Who?", "en", True, ("x",), (Gold("contrat.md"),))
    with pytest.raises(UsageError, match=r"made.jsonl, line 1: the library holds no document 'contrat.md'. Near are: "
                                         r"contract.md"):  # fmt: skip
        evaluate(Subject(assistant), question_set(lost), tmp_path / "run")
    with pytest.raises(UsageError, match="5 passages were asked for"):
        evaluate(Subject(assistant), question_set(*QUESTIONS), tmp_path / "run", depth=5)
    with pytest.raises(UsageError, match="an invented answer costs inf; that takes a number from 0"):
        evaluate(Subject(assistant), question_set(*QUESTIONS), tmp_path / "run", cost=float("inf"))
    assert not (tmp_path / "run").exists()


def test_where_no_answer_can_be_judged_only_passages_are_ranked(assistant, tmp_path):
    asked = [Question("q", "What is the fee?", "en", True, gold=(Gold("contract.md"),))]
    run = evaluate(Subject(assistant), question_set(*asked), tmp_path / "run")
    assert run.records["q"].answer is None
    assert run.figures["figures"]["mrr"]["value"] == 1.0
    assert "rightly cited" not in run.figures["figures"]
    assert (run.figures["answerability"], run.figures["risk_coverage"]) == (None, None)
    assert run.manifest["settings"]["answers"] is False


def test_evaluating_is_not_written_to_the_audit(run, assistant):
    assert assistant.status().questions == 0


def test_a_follow_up_is_searched_for_with_what_it_leans_on(assistant):
    history = (Turn("Which seal does the pump P-12 need?", "Seal 7."),)
    asked = Question("q", "And how about its fan?", "en", True, ("bearing",), history=history)
    outcome = Subject(assistant).ask(asked, 10)
    assert outcome.answer.notes == ("Understood as: Which seal does the pump P-12 need? And how about its fan?",)


def test_only_the_documents_named_are_searched(assistant):
    asked = replace(QUESTIONS[0], within=("manual.pdf",), gold=(), answers=("x",))
    outcome = Subject(assistant).ask(asked, 10)
    assert {hit.document for hit in outcome.ranking} == {"manual.pdf"}


def test_drafts_are_counted(made_library):
    generator = ScriptedGenerator("The client pays a fee of 1,500 EUR a month.")
    with Assistant.open(made_library) as closed, Assistant(closed._library, generator) as drafting:
        subject = Subject(drafting, AnswerSettings(judge=False))
        outcome = subject.ask(QUESTIONS[0], 10)
    assert (outcome.drafted, outcome.answer.model.name) == (1, generator.name)
