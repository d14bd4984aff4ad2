"""An adapter merged into its base, whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

from core.errors import UsageError, WeightsMismatch, WeightsMissing
from finetune.export import adapter as adapters
from finetune.export import manifest
from finetune.export.files import export
from finetune.export.merge import merge, weights_of
from finetune.export.parity import prove
from finetune.training.base import base_sha256, open_model, open_tokenizer
from tests.finetune.export.made_models import base, lora
from tests.finetune.export.tuned import full_disk

ASKED = torch.tensor([[5, 17, 300, 41, 260, 9]])


@pytest.fixture
def llama(tmp_path):
    return base(tmp_path / "base")


def said(model):
    with torch.inference_mode():
        return model(input_ids=ASKED).logits


def test_the_merged_model_says_what_base_and_adapter_say(proven):
    adapted = adapters.put_on(open_model(proven.base), proven.run / "adapter", proven.base)
    merged = said(open_model(str(proven.run / "merged")))
    torch.testing.assert_close(merged, said(adapted), atol=1e-3, rtol=1e-3)
    with adapted.disable_adapter():
        assert (merged - said(adapted)).abs().max() > 0.5
    assert open_tokenizer(str(proven.run / "merged")).chat_template == open_tokenizer(proven.base).chat_template


def test_the_manifest_says_what_it_was_made_of(proven):
    held = manifest.read(proven.run)["merge"]
    assert held["inputs"] == {
        "base": proven.base,
        "base_sha256": base_sha256(proven.base),
        "adapter_sha256": manifest.folder_sha256(proven.run / "adapter"),
    }
    assert held["merged_sha256"] == manifest.folder_sha256(proven.run / "merged")
    assert held["kl"] < 1e-6 < 0.1 < held["moved"]
    assert set(held["versions"]) == {"torch", "transformers", "peft"}


def test_what_is_merged_already_stays(tuned):
    before = (tuned.run / "merged" / "config.json").stat().st_mtime_ns
    assert merge(tuned.base, tuned.run) == manifest.read(tuned.run)["merge"]
    assert (tuned.run / "merged" / "config.json").stat().st_mtime_ns == before


def test_another_adapter_is_merged_anew(tuned):
    before = manifest.read(tuned.run)["merge"]
    lora(tuned.folder, tuned.run, seed=2)
    after = merge(tuned.base, tuned.run)
    assert after["merged_sha256"] != before["merged_sha256"]
    assert after["merged_sha256"] == manifest.folder_sha256(tuned.run / "merged")


def test_whole_weights_need_no_merge(llama, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    llama.rename(run / "model")
    assert merge("smollm2-135m-instruct", run) == {}
    assert weights_of(run) == run / "model"


def test_nothing_was_trained(llama, tmp_path):
    with pytest.raises(WeightsMissing, match=r"adapter_config\.json is not there"):
        merge(str(llama), tmp_path / "run")


def test_another_base_of_the_same_shape_is_refused(llama, tmp_path):
    run = lora(llama, tmp_path / "run")
    manifest.record(run, "train", {"base": "the-base", "base_sha256": base_sha256(str(llama))})
    other = base(tmp_path / "other", seed=7)
    with pytest.raises(UsageError, match=r"trained on a base with .*, called the-base then.* Give the base"):
        merge(str(other), run)
    assert not (run / "merged").exists()


def test_with_another_base_no_file_is_made_or_put_aside(tuned, tmp_path):
    manifest.record(tuned.run, "train", {"base": tuned.base, "base_sha256": base_sha256(tuned.base)})
    before = sorted(path.name for path in (tuned.run / "gguf").iterdir())
    other = str(base(tmp_path / "other", seed=7))
    for stage in (lambda: export(other, tuned.run, "small", ["Q8_0"]), lambda: prove(other, tuned.run)):
        with pytest.raises(UsageError, match="Give the base that it was trained on"):
            stage()
    assert sorted(path.name for path in (tuned.run / "gguf").iterdir()) == before


def test_a_base_without_a_chat_template_is_refused(llama, tmp_path):
    run = lora(llama, tmp_path / "run")
    (llama / "chat_template.jinja").unlink()
    with pytest.raises(UsageError, match=r"carries no chat template.*chat_template\.jinja"):
        merge(str(llama), run)


def test_a_tokenizer_that_outgrew_the_model_is_refused(llama, tmp_path):
    run = lora(llama, tmp_path / "run")
    words = open_tokenizer(str(llama))
    words.add_tokens(["<one>", "<two>"])
    words.save_pretrained(llama)
    with pytest.raises(WeightsMismatch, match=r"counts to 385, and the model has 384 tokens.*resized"):
        merge(str(llama), run)


def test_an_adapter_trained_with_a_resized_vocabulary_is_refused(llama, tmp_path):
    import peft

    model = open_model(str(llama))
    model.resize_token_embeddings(400)
    peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", target_modules=["q_proj"])).save_pretrained(
        tmp_path / "run" / "adapter", save_embedding_layers=True
    )
    with pytest.raises(WeightsMismatch, match="another base"):
        merge(str(llama), tmp_path / "run")


def test_a_full_disk_leaves_nothing_and_merging_goes_on(llama, tmp_path):
    run = lora(llama, tmp_path / "run")
    with full_disk(200_000), pytest.raises(UsageError, match=r"Writing .*merged: .*run the same command again"):
        merge(str(llama), run)
    assert [path.name for path in run.iterdir()] == ["adapter"]
    merge(str(llama), run)
    assert sorted(path.name for path in run.iterdir()) == ["adapter", "manifest.json", "merged"]


def test_a_disk_without_room_is_said_before(tmp_path):
    with pytest.raises(UsageError, match=r"it takes 1000000000 MB, and \d+ MB are free"):
        manifest.room_for(tmp_path / "gguf" / "big.gguf", 10**15)


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(UsageError, match="Writing .*run"):
        manifest.write(tmp_path / "run" / "inside" / "manifest.json", {})


def test_killed_before_it_was_whole(llama, tmp_path):
    run = lora(llama, tmp_path / "run")
    script = (
        "import os, pathlib, signal, sys\n"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from finetune.export.merge import merge\n"
        "merge(sys.argv[1], pathlib.Path(sys.argv[2]))\n"
    )
    assert subprocess.run([sys.executable, "-c", script, str(llama), str(run)], capture_output=True).returncode == -9
    assert sorted(path.name for path in run.iterdir()) == ["adapter", "merged.partial"]
    with pytest.raises(WeightsMissing):
        weights_of(run)
    merge(str(llama), run)
    assert sorted(path.name for path in run.iterdir()) == ["adapter", "manifest.json", "merged"]


def test_a_manifest_that_is_no_json(tmp_path):
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(UsageError, match=r"manifest\.json.*Remove it"):
        manifest.read(tmp_path)


def test_the_merged_config_knows_nothing_of_the_file_it_came_of(proven):
    config = json.loads((proven.run / "merged" / "config.json").read_text())
    assert "quantization_config" not in config
    assert config["architectures"] == ["LlamaForCausalLM"]
