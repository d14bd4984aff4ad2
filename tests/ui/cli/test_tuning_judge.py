"""`pincite tune judge` from the outside."""

import json
import shutil
from dataclasses import replace

import pytest

from finetune.judge import adapt
from rag.judge.open import FOLDER
from tests.finetune.judge.adapting import lines, make_library, questions, ship_judge


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_library(tmp_path_factory.mktemp("manuals"))


@pytest.fixture
def own(made, tmp_path, monkeypatch):
    shutil.copytree(made, tmp_path / "library")
    ship_judge(tmp_path / "shipped", monkeypatch)
    monkeypatch.setattr("finetune.judge.adapt_questions.FOLDS", 2)
    monkeypatch.setattr(adapt, "RECIPE", replace(adapt.RECIPE, strategy="heads", passes=1.0))
    return tmp_path / "library"


def test_a_judge_is_adapted_serves_and_is_taken_back(pincite, own, tmp_path):
    asked = lines(tmp_path / "questions.csv", questions())
    ran = pincite("--library", own, "tune", "judge", asked, "--json")
    assert ran.status == 0, ran.err
    (made,) = json.loads(ran.out)["judges"]
    assert (made["language"], made["questions"], made["by"], made["live"]) == ("en", 36, "document", True)
    assert "confidence" in made["better"]
    figures = {each["figure"]: each for each in made["figures"]}
    assert (figures["verbatim"]["before"], figures["verbatim"]["now"]) == (1.0, 1.0)
    judge = own / FOLDER / "judge-en.onnx"
    assert judge.exists()
    again = pincite("--library", own, "tune", "judge", asked)
    assert "36 questions, 0 of them praised answers" in again.out
    assert "Each question was asked of a judge trained without it, parted by document." in again.out
    back = pincite("--library", own, "tune", "judge", "--back")
    assert (back.status, back.out) == (0, "The judge for 'en' that Pincite ships serves again.\n")
    assert not judge.exists()
    none = pincite("--library", own, "tune", "judge", "--back")
    assert none.status == 2
    assert "has no judge of its own for 'en', so the one that is shipped serves already" in none.err


def test_too_few_questions_say_what_to_do(pincite, own, tmp_path):
    few = lines(tmp_path / "few.jsonl", tuple(replace(each, draft=at > 4) for at, each in enumerate(questions())))
    ran = pincite("--library", own, "tune", "judge", few)
    assert ran.status == 2
    assert "there are 5 confirmed questions (31 drafts do not count), 0 of them praised answers; it takes 20" in ran.err
    assert "`pincite evaluate --new questions.csv` drafts some" in ran.err
    none = pincite("--library", own, "tune", "judge")
    assert "there are 0 confirmed questions, 0 of them" in none.err


def test_going_back_takes_nothing_else(pincite, own, tmp_path):
    ran = pincite("--library", own, "tune", "judge", "--back", "--force")
    assert (ran.status, ran.out) == (2, "")
    assert "takes --back alone" in ran.err
    missing = pincite("--library", tmp_path / "nowhere", "tune", "judge", "--back")
    assert missing.status == 2
    assert "nowhere" in missing.err


def test_a_recipe_that_is_none_is_named(pincite, own, tmp_path):
    (tmp_path / "r.yaml").write_text("name: x\nbase: judge\nlanguage: en\nepochs: 3\n")
    ran = pincite("--library", own, "tune", "judge", "--recipe", tmp_path / "r.yaml")
    assert ran.status == 2
    assert "no setting 'epochs'" in ran.err
