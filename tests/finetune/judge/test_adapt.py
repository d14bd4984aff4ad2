"""A library's judge adapted to its own questions: the whole way, on a judge of two narrow layers."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from core import weights
from core.errors import MissingDependency, UsageError
from finetune.judge import adapt_train, calibration
from finetune.judge.adapt import RECIPE, adapt
from finetune.judge.adapt_questions import Confirmed, confirmed
from rag.assistant import Assistant
from rag.evaluation.questions import Question
from rag.judge.open import FOLDER, Judges
from tests.finetune.judge.adapting import as_set, make_library, profile_of, questions, ship_judge

QUICK = replace(RECIPE, strategy="heads", passes=1.0)
OWN = Path(FOLDER) / "judge-en.onnx"


@contextmanager
def silent(unit: str) -> Iterator[None]:
    yield None


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("manuals"))


@pytest.fixture
def library(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "library")
    ship_judge(tmp_path / "shipped", monkeypatch)
    monkeypatch.setattr("finetune.judge.adapt_questions.FOLDS", 2)
    return tmp_path / "library"


def test_what_is_better_goes_live_and_is_measured_on_questions_it_was_not_trained_on(library: Path) -> None:
    with Assistant.open(library) as assistant:
        found = adapt(assistant, "en", confirmed(assistant, as_set(questions()))["en"], QUICK, silent)
    assert (found.by, found.questions, found.weighed.error.count) == ("document", 36, 36)
    assert "confidence" in found.weighed.better
    assert (found.passed, found.live) == (True, True)
    assert found.sentence.endswith("It is live.")
    profile = profile_of((library / OWN).with_suffix(".json"))
    assert profile["sha256"] == weights.sha256_of(library / OWN)
    assert profile["weights"]["overlap"] > 3.0  # type: ignore[index]
    judge = Judges(library).of("en")
    assert judge is not None and judge.read("Where does the fan stand?", ["The fan stands in the attic."])[0].end


def test_what_is_no_better_stays_out_unless_it_is_forced_and_nothing_is_trained_twice(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "SPREAD", 1e-6)
    recipe = replace(QUICK, learning_rate=1e-12, head_rate=1e-12)
    with Assistant.open(library) as assistant:
        given = confirmed(assistant, as_set(questions()))["en"]
        found = adapt(assistant, "en", given, recipe, silent)
        assert (found.weighed.better, found.live) == ((), False)
        assert found.sentence == "Nothing is significantly better with the adapted judge. The judge before it stays."
        assert not (library / OWN).exists()

        def trained(*arguments: object) -> None:
            raise AssertionError("it was trained before")

        monkeypatch.setattr(adapt_train, "trained", trained)
        forced = adapt(assistant, "en", given, recipe, silent, force=True)
        assert (forced.passed, forced.live) == (False, True)
        assert forced.sentence.endswith("It is live, since it was forced.")
        assert (library / OWN).exists()
        with pytest.raises(AssertionError, match="trained before"):
            adapt(assistant, "en", replace(given, questions=given.questions[1:]), recipe, silent)


def test_where_the_settings_ask_no_judge_there_is_nothing_to_adapt(library: Path) -> None:
    (library / "pincite.toml").write_text("[answer]\ndraft = false\njudge = false\n")
    with Assistant.open(library) as assistant:
        given = confirmed(assistant, as_set(questions()))["en"]
        with pytest.raises(UsageError, match="judge is false in pincite.toml"):
            adapt(assistant, "en", given, QUICK, silent)
    assert not (library / FOLDER).exists()


def test_a_language_without_a_judge_is_said(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(weights.KNOWN, "judge-zh", raising=False)
    asked = tuple(Question(str(number), f"泵{number}在哪里？", "zh", False) for number in range(20))
    with Assistant.open(library) as assistant, pytest.raises(UsageError, match="'zh': none is shipped"):
        adapt(assistant, "zh", Confirmed(asked, (), 0), QUICK, silent)


def test_a_package_that_is_missing_is_named_with_its_extra(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Assistant.open(library) as assistant:
        for module, extra in (("torch", "tuning"), ("sacrebleu", "evaluation")):
            with monkeypatch.context() as without:
                without.setitem(sys.modules, module, None)
                with pytest.raises(
                    MissingDependency, match=rf"{module} is not installed. `pip install 'pincite\[{extra}"
                ):
                    adapt(assistant, "en", Confirmed((), (), 0), QUICK, silent)
