from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import library_folder, read_section, threads


@dataclass(frozen=True)
class Sample:
    size: int = 900
    weight: float = 0.5
    model: str | None = None
    least: float | dict[str, float] | None = None


def written(folder, text):
    (folder / "pincite.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_the_defaults_hold(tmp_path):
    assert read_section(tmp_path, "sample", Sample) == Sample()


def test_a_section_changes_what_it_names(tmp_path):
    folder = written(tmp_path, '[sample]\nsize = 500\nweight = 1\nmodel = "a.gguf"\n[other]\nx = 1\n')
    assert read_section(folder, "sample", Sample) == Sample(500, 1, "a.gguf")
    assert read_section(written(tmp_path, "[sample]\nleast = {en = 1, zh = 0.5}"), "sample", Sample) == Sample(
        least={"en": 1, "zh": 0.5}
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sample]\nsise = 500", "[sample] has no setting 'sise'; valid are size, weight, model, least."),
        ("[sample]\nsize = 'big'", "[sample] size is 'big'; it takes a whole number."),
        ("[sample]\nsize = true", "[sample] size is True; it takes a whole number."),
        ("[sample]\nmodel = 3", "[sample] model is 3; it takes text."),
        (
            "[sample]\nleast = {en = 'low'}",
            "least is {'en': 'low'}; it takes a number or a table of names, each with a number.",
        ),
        ("sample = 3", "'sample' is 3; it must be a table, [sample]."),
        ("[sample", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_valid(tmp_path, text, said):
    with pytest.raises(SettingsError) as caught:
        read_section(written(tmp_path, text), "sample", Sample)
    assert said in str(caught.value)
    assert str(tmp_path / "pincite.toml") in str(caught.value)


def test_the_library_is_the_one_given_or_the_environments_or_here(monkeypatch):
    monkeypatch.setenv("PINCITE_LIBRARY", "/srv/library")
    assert library_folder(Path("mine")) == Path("mine")
    assert library_folder() == Path("/srv/library")
    monkeypatch.delenv("PINCITE_LIBRARY")
    assert library_folder() == Path("pincite-library")


def test_threads_are_the_users_choice(monkeypatch):
    monkeypatch.setenv("PINCITE_THREADS", "3")
    assert threads() == 3
    monkeypatch.setenv("PINCITE_THREADS", "0")
    with pytest.raises(SettingsError, match="PINCITE_THREADS is '0'; it takes a whole number from 1."):
        threads()
