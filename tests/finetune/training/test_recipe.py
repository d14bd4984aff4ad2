"""Recipes are read as they are written, and what is wrong with one is said."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import SettingsError
from finetune.training.recipe import ExportSettings, Recipe, TrainSettings, as_table, from_table, read_recipe


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_is_read_with_its_tables(tmp_path: Path) -> None:
    text = (
        "name: m-1\nbase: /models/b\nseed: 3\npairs: {folder: /p}\ntrain: {rank: 8, learning_rate: 2e-4, alpha: 32}\n"
    )
    recipe = read_recipe(written(tmp_path, text + "export: {quantisations: [Q8_0, F16]}\n"))
    assert (recipe.name, recipe.base, recipe.seed, recipe.pairs.folder) == ("m-1", "/models/b", 3, "/p")
    assert recipe.train == replace(TrainSettings(), rank=8, learning_rate=2e-4, alpha=32)
    assert recipe.export == ExportSettings(("Q8_0", "F16"))
    assert from_table(Recipe, as_table(recipe)) == recipe


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: a\nbase: b\nepochs: 3\n", r"no setting 'epochs'; valid are name, base, seed, pairs, train, export"),
        ("name: a\nbase: b\ntrain: {epochs: 3}\n", r"train has no setting 'epochs'; valid are strategy, rank"),
        ("name: a\nbase: b\ntrain: {strategy: lore}\n", r"strategy is 'lore'; valid are lora, qlora, full"),
        ("name: a\nbase: b\ntrain: {rank: true}\n", r"rank is True; it takes a whole number"),
        ("name: a\nbase: b\ntrain: {rank: 0}\n", r"rank is 0; it takes a number over 0"),
        ("name: a\nbase: b\ntrain: {warmup: 2}\n", r"warmup is 2; it takes a number from 0 to 1"),
        ("name: a\nbase: b\ntrain: {read_tokens: 10}\n", r"read_tokens is 10, less than sequence_length, 1024"),
        ("name: a\nbase: b\nexport: {quantisations: Q4_0}\n", r"quantisations is 'Q4_0'; it takes a list"),
        ("name: a\nbase: b\nexport: {quantisations: [Q9]}\n", r"quantisations is 'Q9'; valid are F16, Q8_0"),
        ("name: a/b\nbase: b\n", r"name is 'a/b'; files are named by it"),
        ("base: b\n", r"lacks a setting: .*'name'"),
        ("- a\n", r"it must be a table of name, base"),
        ("name: [\n", r"recipe\.yaml: while parsing"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_recipe(written(tmp_path, text))


def test_a_teacher_and_a_preference_do_not_go_together() -> None:
    with pytest.raises(SettingsError, match="a teacher takes objective: answer"):
        TrainSettings(teacher="big", objective="preference")


def test_pairs_are_made_as_the_recipe_says(tmp_path: Path) -> None:
    text = "name: a\nbase: b\npairs: {files: [/data/faq.csv], balance: over, unanswerable: 0.5, model: writer.gguf}\n"
    recipe = read_recipe(written(tmp_path, text))
    assert (recipe.pairs.files, recipe.pairs.sources, recipe.pairs.balance) == ((Path("/data/faq.csv"),), (), "over")
    assert (recipe.pairs.model, recipe.pairs.unanswerable) == ("writer.gguf", 0.5)
    assert from_table(Recipe, as_table(recipe)) == recipe
    for wrong, said in (
        ("unanswerable: 2", "unanswerable is 2"),
        ("sources: [web]", "sources is 'web'; valid are passages"),
    ):
        with pytest.raises(SettingsError, match=said):
            read_recipe(written(tmp_path, f"name: a\nbase: b\npairs: {{{wrong}}}\n"))
    with pytest.raises(SettingsError, match="quantisations is empty"):
        ExportSettings(())
