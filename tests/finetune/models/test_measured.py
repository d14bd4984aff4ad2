"""How good models are on a library's questions: measured once, kept, set side by side."""

import shutil

import pytest

from core.errors import UsageError
from finetune.models import measured, registry
from rag.assistant import Assistant
from rag.evaluation.run import evaluate
from rag.evaluation.subject import Subject
from rag.library.store import Library
from tests.finetune.models.made import (
    EMBEDDED,
    asked,
    make_library,
    phrasing,
    write_figures,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_library(tmp_path_factory.mktemp("made"))


@pytest.fixture
def library(made, tmp_path):
    shutil.copytree(made, tmp_path / "library")
    return tmp_path / "library"


def test_without_an_evaluation_there_are_no_questions(tmp_path):
    with pytest.raises(UsageError, match=r"Name some with --set QUESTIONS .* or switch unmeasured with --force"):
        measured.questions_of(tmp_path, None)


def test_a_model_is_asked_once(library):
    generator = phrasing(good=True)
    heard = []
    with Assistant(Library.open(library), generator) as assistant:
        model = registry.named(library, EMBEDDED)
        first = measured.measured_model(
            library, model, assistant, asked(library), lambda done, total: heard.append((done, total))
        )
        assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]
        assert first.figures["draft kept"] == dict.fromkeys(("notice", "error", "seal", "fan"), 1.0)
        assert len(generator.asked) == 4
        assert measured.measured_model(library, model, assistant, asked(library)) == first
        assert len(generator.asked) == 4
        (library / "pincite.toml").write_text("[answer]\nsentences = 1\n")
        measured.measured_model(library, model, assistant, asked(library))
        assert len(generator.asked) == 8


def test_drafts_are_measured_though_the_library_shows_quotes_alone(library):
    (library / "pincite.toml").write_text("[answer]\ndraft = false\n")
    write_figures(library, EMBEDDED, good=False)
    (figures,) = measured.known_figures(library, registry.models(library)).values()
    assert figures.figures["draft kept"].estimate == 0.0


def test_a_run_of_pincite_evaluate_counts(library):
    generator = phrasing(good=True)
    with Assistant(Library.open(library), generator) as assistant:
        run = evaluate(Subject(assistant), asked(library))
        assert run.manifest["model"]["sha256"] == registry.sha256(library, EMBEDDED)
        before = len(generator.asked)
        found = measured.measured_model(library, registry.named(library, EMBEDDED), assistant, asked(library))
        assert found.figures["draft kept"] == dict.fromkeys(("notice", "error", "seal", "fan"), 1.0)
        assert len(generator.asked) == before
    figures = measured.known_figures(library, registry.models(library))
    assert figures[EMBEDDED].figures["draft kept"].estimate == 1.0
    assert figures[EMBEDDED].questions == 4


def test_a_run_of_another_depth_is_not_the_same(library):
    generator = phrasing(good=True)
    with Assistant(Library.open(library), generator) as assistant:
        evaluate(Subject(assistant), asked(library), depth=20)
        before = len(generator.asked)
        measured.measured_model(library, registry.named(library, EMBEDDED), assistant, asked(library))
        assert len(generator.asked) == before + 4


def test_figures_side_by_side(library):
    assert measured.known_figures(library, registry.models(library)) == {}
    write_figures(library, EMBEDDED, good=True)
    write_figures(library, "broken", good=False)
    figures = measured.known_figures(library, registry.models(library))
    assert set(figures) == {EMBEDDED, "broken"}
    assert figures[EMBEDDED].conditions == figures["broken"].conditions
    kept = figures["broken"].figures["draft kept"]
    assert (kept.estimate, kept.low, kept.high, kept.count) == (0.0, 0.0, 0.0, 4)
    assert figures["broken"].figures["right"].estimate == 1.0


def test_figures_under_other_conditions_are_told_apart(library):
    write_figures(library, "broken", good=False)
    (library / "pincite.toml").write_text("[answer]\nsentences = 1\n")
    write_figures(library, EMBEDDED, good=True)
    figures = measured.known_figures(library, registry.models(library))
    assert figures[EMBEDDED].conditions != figures["broken"].conditions


def test_questions_about_documents_that_are_gone(library):
    with Assistant(Library.open(library), phrasing(good=True)) as assistant:
        (library / "set.csv").write_text("id,question,answers,document\n1,What fee?,none,gone.pdf\n")
        elsewhere = measured.questions_of(library, library / "set.csv")
        with pytest.raises(UsageError, match=r"gone\.pdf"):
            measured.measured_model(library, registry.named(library, EMBEDDED), assistant, elsewhere)


def test_the_conditions_are_all_but_model_and_draft():
    made = {
        "code": {"sha256": "c"},
        "library": {"content": "l", "made_with": {"embedder": "minilm"}, "generation": 3},
        "judge": None,
        "settings": {"answer": {"draft": True, "sentences": 3}, "retrieval": {}, "depth": 10},
        "questions": {"sha256": "q"},
        "model": {"sha256": "m"},
    }
    same = {**made, "model": None, "settings": {**made["settings"], "answer": {"draft": False, "sentences": 3}}}
    assert measured.conditions(same) == measured.conditions(made)
    for part in ("code", "judge", "questions"):
        assert measured.conditions({**made, part: {"sha256": "other"}}) != measured.conditions(made)
    assert measured.conditions({**made, "settings": {**made["settings"], "depth": 40}}) != measured.conditions(made)
    other = {**made["library"], "content": "another"}
    assert measured.conditions({**made, "library": other}) != measured.conditions(made)
