"""docs/settings.md shows every setting with its real default."""

import re
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from ingestion.passages import PassageSettings
from ingestion.workers import ReadingSettings
from rag.answer.answer import AnswerSettings
from rag.assistant import EmbeddingSettings
from rag.engines.base import EngineSettings
from rag.retrieval.retriever import RetrievalSettings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
SECTIONS = {
    "passages": PassageSettings,
    "reading": ReadingSettings,
    "embedding": EmbeddingSettings,
    "retrieval": RetrievalSettings,
    "answer": AnswerSettings,
    "engine": EngineSettings,
}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_shows_every_setting_with_its_default(section):
    shown = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1]
    table = tomllib.loads(shown)[section]
    part = re.search(rf"^\[{section}\](.*?)(?=^\[|\Z)", shown, re.DOTALL | re.MULTILINE)[1]
    unset = set(re.findall(r"^# (\w+) = ", part, re.MULTILINE))
    defaults = {field.name: field.default for field in fields(SECTIONS[section])}
    assert MISSING not in defaults.values()
    assert table == {name: value for name, value in defaults.items() if value is not None}
    assert unset == {name for name, value in defaults.items() if value is None}


def test_every_section_is_shown():
    assert re.findall(r"^\[(\w+)\]", PAGE, re.MULTILINE) == list(SECTIONS)
