import json
from pathlib import Path

import pytest

from core.errors import UsageError
from finetune.judge.manuals import DEVELOPED_WITH, SISTERS, Section, sections

DARK = ["Dark mode", "Switch to a dark theme to keep your eyes comfortable at night."]


def laid(path: Path, **told: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {f"section_{at}": {"title": title, "text": text} for at, (title, text) in enumerate(told.items())}
    path.write_text(json.dumps(held), encoding="utf-8")


def test_what_the_manual_developed_with_says_is_left_out(tmp_path: Path) -> None:
    laid(tmp_path / DEVELOPED_WITH, Display=DARK, Calls=["Tap Phone.", "See ."])
    laid(
        tmp_path / SISTERS / "Galaxy_Fit.json",
        Same=DARK,
        Spaced=["Dark  mode", "SWITCH to a dark theme to keep your\neyes comfortable at night."],
        Mostly=[*DARK, "It needs an update first."],
        Collected=[DARK[1], "Tap Phone."],
        Own=["Tap Phone.", "The band counts your steps and shows them on the watch face."],
        Empty=[],
    )
    (kept,) = sections(tmp_path, ["Galaxy_Fit"])
    assert kept == Section("Own", ("Tap Phone.", "The band counts your steps and shows them on the watch face."))
    assert kept.passage == "Own\nTap Phone. The band counts your steps and shows them on the watch face."


def test_without_the_manual_developed_with_no_sister_is_read(tmp_path: Path) -> None:
    laid(tmp_path / SISTERS / "Galaxy_Fit.json", Own=["The band counts your steps."])
    with pytest.raises(UsageError, match=r"s10_manual_corpus\.json"):
        list(sections(tmp_path, ["Galaxy_Fit"]))
