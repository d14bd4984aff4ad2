"""An adapter is put on its base, whole, or refused; and written plainly."""

from __future__ import annotations

import json

import pytest
import torch

from core.errors import UsageError, WeightsError, WeightsMismatch, WeightsMissing
from finetune.export import adapter as adapters
from finetune.training.base import open_model
from tests.finetune.export.made_models import base, lora


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return base(tmp_path_factory.mktemp("base"))


def change(adapter, **values):
    path = adapter / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("config", "scale"),
    [
        ({}, {"q_proj": 2.0, "down_proj": 2.0}),
        ({"use_rslora": True}, {"q_proj": 4.0, "down_proj": 4.0}),
        ({"alpha_pattern": {"q_proj": 2}, "rank_pattern": {"down_proj": 2}}, {"q_proj": 0.5, "down_proj": 4.0}),
    ],
)
def test_written_plainly_its_product_is_what_peft_adds(llama, tmp_path, config, scale):
    adapter = lora(llama, tmp_path, **config) / "adapter"
    adapters.write_plain(adapter, tmp_path / "plain")
    plain = adapters._tensors(tmp_path / "plain")
    adapted = adapters.put_on(open_model(str(llama)), adapter, "base")
    for part, place in (("q_proj", "self_attn"), ("down_proj", "mlp")):
        layer = adapted.base_model.model.model.layers[1].get_submodule(f"{place}.{part}")
        assert layer.scaling["default"] == scale[part]
        stem = f"base_model.model.model.layers.1.{place}.{part}"
        product = plain[f"{stem}.lora_B.weight"] @ plain[f"{stem}.lora_A.weight"]
        torch.testing.assert_close(product, layer.get_delta_weight("default"))
    assert json.loads((tmp_path / "plain" / "adapter_config.json").read_text())["lora_alpha"] == 0


def test_an_adapter_for_a_base_of_more_layers_is_refused(llama, tmp_path):
    adapter = lora(base(tmp_path / "deeper", num_hidden_layers=4), tmp_path) / "adapter"
    with pytest.raises(WeightsMismatch, match=r"6 of its 24 tensors have no place there, .*layers\.3.*another base"):
        adapters.put_on(open_model(str(llama)), adapter, "base")


def test_an_adapter_for_a_wider_base_is_refused(llama, tmp_path):
    adapter = lora(base(tmp_path / "wider", hidden_size=96), tmp_path) / "adapter"
    with pytest.raises(WeightsMismatch, match=r"size mismatch for .*[^.]\. It was trained on another base"):
        adapters.put_on(open_model(str(llama)), adapter, "base")


def test_an_adapter_of_fewer_layers_is_refused(llama, tmp_path):
    adapter = lora(base(tmp_path / "flat", num_hidden_layers=2), tmp_path) / "adapter"
    with pytest.raises(WeightsMismatch, match="have no place there"):
        adapters.put_on(open_model(str(llama)), adapter, "base")


def test_a_file_that_was_cut_short(llama, tmp_path):
    adapter = lora(llama, tmp_path) / "adapter"
    weights = adapter / adapters.WEIGHTS
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="cut short"):
        adapters.put_on(None, adapter, "base")


def test_no_adapter(tmp_path):
    with pytest.raises(WeightsMissing, match=r"adapter_config\.json is not there.*pincite tune"):
        adapters.read_config(tmp_path)


def test_prompts_are_not_merged(llama, tmp_path):
    import peft

    model = peft.get_peft_model(
        open_model(str(llama)), peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=4)
    )
    model.save_pretrained(tmp_path / "adapter")
    with pytest.raises(UsageError, match=r"PROMPT_TUNING: prompts and prefixes.*lora, ia3"):
        adapters.check_mergeable(tmp_path / "adapter")
    assert adapters.why_not_plain(tmp_path / "adapter") == "llama.cpp knows LoRA only, and this is PROMPT_TUNING"


def test_what_llama_cpp_does_not_know(llama, tmp_path):
    adapter = lora(llama, tmp_path) / "adapter"
    assert adapters.why_not_plain(adapter) is None
    change(adapter, use_dora=True)
    assert adapters.why_not_plain(adapter) == "llama.cpp knows no weight-decomposed LoRA"
    change(adapter, use_dora=False, modules_to_save=["lm_head"])
    assert adapters.why_not_plain(adapter) == "it holds whole layers beside the LoRA: lm_head"
