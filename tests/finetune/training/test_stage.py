"""The stage as a whole: from pairs and a recipe to an adapter with its manifest, once, and on after a kill."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import peft
import pytest
import torch
from safetensors.torch import load_file

from core.errors import SettingsError, UsageError, WeightsError
from core.weights import sha256_of
from finetune.pairs.pair import made, write_pairs
from finetune.training import loop, storage
from finetune.training.base import open_base
from finetune.training.curves import picture
from finetune.training.loop import Said
from finetune.training.recipe import PairsSettings, Recipe, TrainSettings
from finetune.training.stage import train
from tests.finetune.training.conftest import pairs, save_llama


class Killed(Exception):
    """As a kill between two steps."""


@pytest.fixture
def recipe(base: Path, tmp_path: Path) -> Recipe:
    write_pairs(tmp_path / "pairs" / "train.jsonl", pairs(12))
    write_pairs(tmp_path / "pairs" / "held.jsonl", pairs(3, 100))
    settings = TrainSettings(rank=2, sequence_length=400, batch_tokens=600, read_tokens=400, learning_rate=1e-2)
    return Recipe("tiny", str(base), pairs=PairsSettings(folder=str(tmp_path / "pairs")), train=settings)


def test_a_training_leaves_an_adapter_a_picture_and_a_manifest(recipe: Recipe, tmp_path: Path) -> None:
    run = tmp_path / "run"
    said = train(recipe, run)
    held = json.loads((run / "manifest.json").read_text())["train"]
    assert held == json.loads(json.dumps(said))
    assert held["inputs"]["pairs_sha256"] == sha256_of(tmp_path / "pairs" / "train.jsonl")
    assert (held["seed"], held["base"], len(held["template_sha256"])) == (0, recipe.base, 64)
    assert held["figures"]["pairs"] == 12
    assert held["figures"]["steps"] == held["figures"]["of_steps"]
    assert held["versions"]["torch"] == torch.__version__
    assert sorted(path.name for path in (run / "training").iterdir()) == ["curves.svg", "inputs.json", "log.jsonl"]
    assert ElementTree.parse(run / "training" / "curves.svg").getroot().tag.endswith("svg")
    adapted = peft.PeftModel.from_pretrained(open_base(recipe.base)[0], str(run / "adapter"))
    assert adapted.peft_config["default"].r == 2

    before = (run / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns
    assert train(recipe, run) == held
    assert (run / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns == before
    with pytest.raises(UsageError, match="it holds a training with another seed. Give another folder with --run"):
        train(replace(recipe, seed=1), run)


def test_a_killed_stage_goes_on_to_the_same_adapter(
    recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(said: Said) -> None:
        if said.step == 3:
            raise Killed

    train(recipe, tmp_path / "whole")
    monkeypatch.setattr(loop, "CHECKPOINT_S", 0.0)
    with pytest.raises(Killed):
        train(recipe, tmp_path / "parts", kill)
    assert not (tmp_path / "parts" / "adapter").exists()
    with pytest.raises(UsageError, match="it holds a training with another train"):
        train(replace(recipe, train=replace(recipe.train, rank=4)), tmp_path / "parts")
    train(recipe, tmp_path / "parts")
    whole, parts = (load_file(tmp_path / name / "adapter" / "adapter_model.safetensors") for name in ("whole", "parts"))
    assert all(torch.equal(one, parts[name]) for name, one in whole.items())


def test_whole_weights_are_saved_with_their_tokeniser(recipe: Recipe, tmp_path: Path) -> None:
    recipe = replace(recipe, train=replace(recipe.train, strategy="freeze", layers=1, passes=1))
    train(recipe, tmp_path / "run")
    tuned, tokenizer = open_base(str(tmp_path / "run" / "model"))
    known, _ = open_base(recipe.base)
    changed = {name for name, one in known.state_dict().items() if not torch.equal(one, tuned.state_dict()[name])}
    assert changed
    assert all(name.startswith("model.layers.2.") for name in changed)
    assert tokenizer.chat_template == open_base(recipe.base)[1].chat_template


def test_a_full_disk_is_an_error_and_the_run_goes_on(recipe: Recipe, tmp_path: Path) -> None:
    import resource

    recipe = replace(recipe, train=replace(recipe.train, strategy="full", passes=1, measured=1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(UsageError, match="Nothing was left half written; make room"):
            train(recipe, tmp_path / "run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "run" / "model").exists()
    assert not list((tmp_path / "run").rglob("*.partial"))
    train(recipe, tmp_path / "run")
    assert (tmp_path / "run" / "model" / "config.json").exists()


def test_a_teacher_is_learnt_from_where_its_vocabulary_is_the_same(recipe: Recipe, tmp_path: Path) -> None:
    teacher = save_llama(tmp_path / "teacher", seed=1, hidden=48)
    recipe = replace(recipe, train=replace(recipe.train, teacher=str(teacher), passes=1))
    assert train(recipe, tmp_path / "run")["inputs"]["teacher_sha256"]
    tokenizer = json.loads((teacher / "tokenizer.json").read_text())
    tokenizer["model"]["vocab"] = {
        f"{word}?" if len(word) > 3 else word: n for word, n in tokenizer["model"]["vocab"].items()
    }
    tokenizer["model"]["merges"] = []
    (teacher / "tokenizer.json").write_text(json.dumps(tokenizer))
    with pytest.raises(SettingsError, match="have different vocabularies.*Let the teacher write the answers instead"):
        train(recipe, tmp_path / "other")


def test_what_is_wrong_is_said_before_anything_is_trained(recipe: Recipe, tmp_path: Path) -> None:
    bare = save_llama(tmp_path / "bare", template=None)
    with pytest.raises(SettingsError, match="it carries no chat template"):
        train(replace(recipe, base=str(bare)), tmp_path / "a")
    with pytest.raises(UsageError, match=r"Reading pairs from .*none/train\.jsonl.*`pincite pairs` makes them"):
        train(replace(recipe, pairs=PairsSettings(folder=str(tmp_path / "none"))), tmp_path / "b")
    (tmp_path / "pairs" / "held.jsonl").unlink()
    with pytest.raises(UsageError, match=r"patience 2: .* has no held\.jsonl to measure on"):
        train(replace(recipe, train=replace(recipe.train, patience=2)), tmp_path / "c")
    (tmp_path / "pairs" / "train.jsonl").write_bytes(b"\xff\xfe{}\n")
    with pytest.raises(UsageError, match=r"train\.jsonl, line 1: not a pair"):
        train(recipe, tmp_path / "d")
    with pytest.raises(WeightsError):
        train(replace(recipe, base=str(tmp_path / "pairs")), tmp_path / "e")


def test_passages_alone_need_no_chat_template(recipe: Recipe, tmp_path: Path) -> None:
    bare = save_llama(tmp_path / "bare", template=None)
    texts = [
        made("", f"Lot {n}: the valve is red .", kind="text", document=str(n), source="t", language="en")
        for n in range(4)
    ]
    write_pairs(tmp_path / "texts" / "train.jsonl", texts)
    given = PairsSettings(folder=str(tmp_path / "texts"))
    said = train(replace(recipe, base=str(bare), pairs=given), tmp_path / "run")
    assert (said["figures"]["held_loss"], said["template_sha256"]) == (None, None)


def test_the_embedded_model_learns_in_a_few_steps(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs" / "train.jsonl", pairs(8))
    settings = TrainSettings(
        rank=4, passes=3, batch_tokens=256, read_tokens=256, sequence_length=256, learning_rate=2e-3
    )
    given = PairsSettings(folder=str(tmp_path / "pairs"))
    train(Recipe("few", "smollm2-135m-instruct", pairs=given, train=settings), tmp_path / "run")
    losses = [line["loss"] for line in storage.lines(tmp_path / "run" / "training" / "log.jsonl")]
    assert losses[-1] < 0.5 * losses[0]
    assert (tmp_path / "run" / "adapter" / "adapter_model.safetensors").stat().st_size < 20e6


def test_the_picture_holds_both_curves() -> None:
    drawn = ElementTree.fromstring(picture("a < b", [(0, 2.0), (100, 1.0)], [(100, 1.5)]))
    lines = [one.get("points", "") for one in drawn if one.tag.endswith("polyline")]
    assert lines[0] == "56.0,32.0 704.0,320.0"
    assert lines[2] == "704.0,176.0"
    assert [one.text for one in drawn if one.tag.endswith("text")][0] == "a < b"


def test_a_place_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(UsageError, match="Writing .*Nothing was left half written"):
        storage.kept_text(tmp_path / "file" / "curves.svg", "<svg/>")
