"""The mean of two trainings."""

import json
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from core.errors import UsageError
from finetune.judge.mean import main
from finetune.judge.model import JudgeModel, load, save

SHAPE = BertConfig(vocab_size=9, hidden_size=6, num_hidden_layers=1, num_attention_heads=2, intermediate_size=5)


def run(folder: Path, seed: int, base: str) -> JudgeModel:
    torch.manual_seed(seed)
    model = JudgeModel(BertModel(SHAPE, add_pooling_layer=False))
    save(model, folder)
    (folder / "manifest.json").write_text(json.dumps({"recipe": {"name": folder.name, "base": base}}), encoding="utf-8")
    return model


def test_every_weight_lies_half_way(tmp_path: Path) -> None:
    one, other = (run(tmp_path / name, seed, "first") for seed, name in enumerate(("a", "b")))
    main([str(tmp_path / name) for name in ("a", "b", "out")])
    found = load(tmp_path / "out").state_dict()
    assert found.keys() == one.state_dict().keys()
    for name, value in found.items():
        assert torch.equal(value, (one.state_dict()[name] + other.state_dict()[name]) / 2), name
    made = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert made["recipe"] == {"base": "first"}
    assert [each["recipe"]["name"] for each in made["mean_of"]] == ["a", "b"]


def test_trainings_of_two_bases_have_no_mean(tmp_path: Path) -> None:
    run(tmp_path / "a", 0, "first")
    run(tmp_path / "b", 1, "second")
    with pytest.raises(UsageError, match="one went on from 'first', the other from 'second'"):
        main([str(tmp_path / name) for name in ("a", "b", "out")])
