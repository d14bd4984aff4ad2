"""A library's judge put live and taken back, and what a kill leaves at any instant."""

import json
import os
from pathlib import Path

import pytest

from core.errors import UsageError
from core.weights import sha256_of
from finetune.judge.adapt_live import own, put_back, put_live, trained_on
from rag.judge.open import FOLDER


def make(folder: Path, weights: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "judge-en.onnx").write_text(weights)
    (folder / "judge-en.json").write_text(json.dumps({"sha256": sha256_of(folder / "judge-en.onnx")}))
    return folder


def serving(library: Path) -> str | None:
    """The weights that would be opened, which must be those that the profile beside them speaks of."""
    path = own(library, "en")
    if path is None:
        return None
    assert json.loads(path.with_suffix(".json").read_text())["sha256"] == sha256_of(path)
    return path.read_text()


def test_it_goes_live_and_comes_back(tmp_path: Path) -> None:
    library = tmp_path / "library"
    put_live(library, "en", make(tmp_path / "one", "first"), ["q2", "q1"])
    assert (serving(library), trained_on(library, "en")) == ("first", {"q1", "q2"})
    put_live(library, "en", make(tmp_path / "two", "second"), ["q3"])
    assert (serving(library), trained_on(library, "en")) == ("second", {"q3"})
    assert put_back(library, "en") == "The judge for 'en' that the library had before serves again."
    assert (serving(library), trained_on(library, "en")) == ("first", {"q1", "q2"})
    assert put_back(library, "en") == "The judge for 'en' that Pincite ships serves again."
    assert (serving(library), trained_on(library, "en")) == (None, frozenset())
    assert [path for path in (library / FOLDER).rglob("*") if path.is_file()] == []
    with pytest.raises(UsageError, match="has no judge of its own for 'en'"):
        put_back(library, "en")


def test_the_same_judge_again_does_not_push_out_the_one_before(tmp_path: Path) -> None:
    library = tmp_path / "library"
    put_live(library, "en", make(tmp_path / "one", "first"), [])
    put_live(library, "en", make(tmp_path / "two", "second"), [])
    put_live(library, "en", tmp_path / "two", [])
    put_back(library, "en")
    assert serving(library) == "first"


def test_languages_do_not_touch_each_other(tmp_path: Path) -> None:
    library = tmp_path / "library"
    put_live(library, "en", make(tmp_path / "one", "first"), [])
    assert own(library, "zh") is None
    with pytest.raises(UsageError, match="for 'zh'"):
        put_back(library, "zh")
    assert serving(library) == "first"


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", range(9))
def test_a_kill_at_any_instant_leaves_a_whole_judge_or_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    library, steps = tmp_path / "library", [0]
    put_live(library, "en", make(tmp_path / "one", "first"), [])
    new = make(tmp_path / "two", "second")
    real = {"replace": os.replace, "unlink": Path.unlink}

    def dying(name: str) -> object:
        def step(*arguments: object, **options: object) -> object:
            if steps[0] == at:
                raise Killed
            steps[0] += 1
            return real[name](*arguments, **options)  # type: ignore[operator]

        return step

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(os, "replace", dying("replace"))
        patched.setattr(Path, "unlink", dying("unlink"))
        put_live(library, "en", new, [])
        raise Killed  # where it takes fewer steps than this one was to die at
    assert serving(library) in ("first", None, "second")
    put_live(library, "en", new, [])
    assert serving(library) == "second"
