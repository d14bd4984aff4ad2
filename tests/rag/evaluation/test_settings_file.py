import tomllib

import pytest

from core.errors import SettingsError
from core.settings import read_section
from rag.answer.answer import AnswerSettings
from rag.evaluation.settings_file import write_settings

VALUES = {("retrieval", "dense_weight"): 0.6, ("answer", "sentences"): 2, ("answer", "threshold"): 0.6321}
BEFORE = """\
# ours
[answer]   # of the help desk
sentences = 3   # shown
draft = false
# threshold = 0.5

[engine]
threshold = 9
"""
AFTER = """\
# ours
[answer]   # of the help desk
threshold = 0.6321
sentences = 2   # shown
draft = false
# threshold = 0.5

[engine]
threshold = 9

[retrieval]
dense_weight = 0.6
"""


MULTILINE = '[answer]\nsentences = 2\nthreshold = 0.6321\n[retrieval]\nadapter = """\ndense_weight = 0.5\n"""\n'
"""A line that looks like the setting stands within a text."""


def test_every_other_line_is_kept(tmp_path):
    path = tmp_path / "pincite.toml"
    path.write_text(BEFORE)
    assert write_settings(tmp_path, VALUES) == path
    assert path.read_text() == AFTER
    write_settings(tmp_path, VALUES)
    assert path.read_text() == AFTER
    assert [each.name for each in tmp_path.iterdir()] == ["pincite.toml"]


def test_a_library_without_settings_gets_some(tmp_path):
    path = write_settings(tmp_path, VALUES)
    assert tomllib.loads(path.read_text()) == {
        "retrieval": {"dense_weight": 0.6},
        "answer": {"sentences": 2, "threshold": 0.6321},
    }


def test_a_number_a_language_is_a_table_in_one_line(tmp_path):
    path = tmp_path / "pincite.toml"
    path.write_text("[answer]\nthreshold = 0.5  # sure\n")
    both = {("answer", "threshold"): {"en": 0.25, "zh": 0.5}}
    write_settings(tmp_path, both)
    assert path.read_text() == "[answer]\nthreshold = {en = 0.25, zh = 0.5}  # sure\n"
    settings = read_section(tmp_path, "answer", AnswerSettings)
    assert [settings.threshold_of(language) for language in ("en", "zh")] == [0.25, 0.5]
    write_settings(tmp_path, {("answer", "threshold"): 0.75})
    assert path.read_text() == "[answer]\nthreshold = 0.75  # sure\n"


@pytest.mark.parametrize(
    "text", [MULTILINE, "answer.sentences = 3\n", "answer = {sentences = 3}\n", 'a = """\n[answer]\n"""\n', "["]
)
def test_a_layout_without_lines_is_left_alone(tmp_path, text):
    path = tmp_path / "pincite.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"Set them by hand: \[retrieval\] dense_weight = 0\.6; \[answer\]"):
        write_settings(tmp_path, VALUES)
    assert path.read_text() == text
