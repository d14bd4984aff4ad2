"""A base is opened out of a folder or a GGUF file, whole or not at all."""

from pathlib import Path

import pytest
import torch

from core.errors import WeightsError, WeightsMissing
from finetune.training.base import base_sha256, open_base, open_config, open_model, open_tokenizer


def test_a_folder_is_opened_with_its_tokeniser(base: Path) -> None:
    model, tokenizer = open_base(str(base))
    assert model.dtype == torch.float32
    assert tokenizer("the valve").input_ids == tokenizer("the valve", add_special_tokens=False).input_ids
    assert (open_config(str(base)).num_hidden_layers, len(base_sha256(str(base)))) == (3, 64)


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="no such file"):
        open_base(str(tmp_path / "none"))
    with pytest.raises(WeightsError, match=r"has no config\.json"):
        open_base(str(tmp_path))
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(b"GGUF\x03\x00\x00\x00")
    with pytest.raises(WeightsError, match="must be a whole GGUF file"):
        open_base(str(cut))


def test_the_hash_of_a_folder_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    before = base_sha256(str(tmp_path))
    (tmp_path / "config.json").write_text("{ }")
    assert base_sha256(str(tmp_path)) != before


def test_opening_a_gguf_file_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert open_config("smollm2-135m-instruct").num_hidden_layers == 30
    open_tokenizer("smollm2-135m-instruct")
    open_model("smollm2-135m-instruct", half=True)
    assert capfd.readouterr() == ("", "")
