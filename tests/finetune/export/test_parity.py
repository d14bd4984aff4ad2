"""A file says what the tuned model says, or it is put aside."""

from __future__ import annotations

import json

import pytest

from core.errors import UsageError, WeightsError, WeightsMismatch
from finetune.export import converter, manifest
from finetune.export.files import export
from finetune.export.merge import merge, save
from finetune.export.parity import _far, prove
from finetune.export.texts import AWKWARD, awkward
from finetune.training.base import open_base, open_tokenizer
from rag.engines.base import EngineSettings, Message
from rag.engines.llama_cpp import LlamaCppGenerator
from tests.finetune.export.made_models import base, lora
from tests.finetune.export.tuned import full_disk


def test_every_file_is_good(proven):
    held = json.loads((proven.run / "parity.json").read_text())
    assert {form: one["verdict"] for form, one in held["files"].items()} == dict.fromkeys(
        ("F16", "Q8_0", "Q4_K_M", "Q4_0", "adapter"), "good"
    )
    assert manifest.read(proven.run)["parity"]["files"]["Q4_0"] == "good"
    assert all(one["texts"] == len(AWKWARD) + 9 and one["conversations"] == 6 for one in held["files"].values())
    divergences = [held["files"][form]["kl"] for form in ("F16", "Q8_0", "Q4_0")]
    assert divergences == sorted(divergences)
    assert held["files"]["F16"]["perplexity"] == pytest.approx(held["reference"]["perplexity"], rel=0.01)
    assert held["files"]["F16"]["same_token"] > 0.98
    assert held["reference"]["moved"] > 0.1
    assert held["reference"]["scored_tokens"] > 150


def test_answers_are_the_tuned_models(proven):
    held = json.loads((proven.run / "parity.json").read_text())
    golden = held["files"]["F16"]["golden"]
    assert len(golden) == 6
    assert sum(one["tuned"] == one["file"] for one in golden) >= 4


def test_the_service_answers_from_a_file(proven):
    settings = EngineSettings(model=str(proven.run / "gguf" / "small-Q8_0.gguf"), context=512, threads=1)
    generator = LlamaCppGenerator(settings)
    try:
        answer = generator.stream([Message("user", "What is E-104?")], 8)
        assert answer.text()
        assert answer.usage.output_tokens == 8
    finally:
        generator.close()


def test_what_was_found_good_is_not_read_again(tuned):
    before = (tuned.run / "parity.json").read_bytes()
    stamp = (tuned.run / "parity.json").stat().st_mtime_ns
    prove(tuned.base, tuned.run)
    assert (tuned.run / "parity.json").read_bytes() == before
    assert (tuned.run / "parity.json").stat().st_mtime_ns == stamp


def test_a_full_disk_is_said_and_judges_no_file(tuned):
    (tuned.run / "parity.json").unlink()
    with full_disk(4096), pytest.raises(UsageError, match=r"Writing .*parity\.part: .*run the same command again"):
        prove(tuned.base, tuned.run)
    assert not (tuned.run / "parity.json").exists()
    assert {path.suffix for path in (tuned.run / "gguf").iterdir()} == {".gguf"}
    assert prove(tuned.base, tuned.run)["files"]["Q8_0"]["verdict"] == "good"


def test_nothing_was_exported(tmp_path):
    with pytest.raises(WeightsError, match="none was exported"):
        prove("smollm2-135m-instruct", tmp_path)


def refused(tuned, form):
    """The faults of a file, once it was put aside."""
    with pytest.raises(WeightsMismatch, match=f"{form}: .*put aside"):
        prove(tuned.base, tuned.run)
    held = json.loads((tuned.run / "parity.json").read_text())
    assert held["files"][form]["verdict"] == manifest.read(tuned.run)["parity"]["files"][form] == "broken"
    assert (tuned.run / "gguf" / f"small-{form}.gguf.broken").is_file()
    assert not (tuned.run / "gguf" / f"small-{form}.gguf").exists()
    return held["files"][form]["faults"]


def test_a_wrong_template_is_caught(tuned):
    whole = tuned.read("F16")
    assert whole.count(b"<|im_start|>assistant") == 1
    tuned.plant("F16", whole.replace(b"<|im_start|>assistant", b"<|im_start|>assisting"))
    faults = refused(tuned, "F16")
    assert faults[0] == "its chat template is another one"
    assert faults[1].startswith("6 of 6 chats have other ids")


def test_another_end_of_a_turn_is_caught(tuned):
    whole = tuned.read("F16")
    key = b"tokenizer.ggml.eos_token_id\x04\x00\x00\x00"  # a number of 32 bits follows
    assert whole.count(key + b"\x02\0\0\0") == 1
    tuned.plant("F16", whole.replace(key + b"\x02\0\0\0", key + b"\x00\0\0\0"))
    assert refused(tuned, "F16") == ["its eos is 0, that of the tuned model 2"]


def test_an_unmerged_adapter_is_caught(tuned):
    with open(tuned.base, "rb") as file:
        tuned.plant("F16", file.read())
    faults = refused(tuned, "F16")
    assert any("times what tuning changed" in fault for fault in faults)


def test_a_damaged_file_is_caught(tuned):
    whole = bytearray(tuned.read("Q8_0"))
    whole[len(whole) // 2 : len(whole) // 2 + 4096] = bytes(4096)
    tuned.plant("Q8_0", bytes(whole))
    assert refused(tuned, "Q8_0")[0].startswith("its answers diverge by")


def test_a_file_made_of_another_adapter_is_caught_and_made_anew(tuned):
    wrong = tuned.read("adapter")
    lora(tuned.folder, tuned.run, seed=2)
    merge(tuned.base, tuned.run)
    export(tuned.base, tuned.run, "small", ["F16"])
    right = tuned.read("adapter")
    tuned.plant("adapter", wrong)
    faults = refused(tuned, "adapter")
    assert faults[0].startswith("its answers diverge by")
    export(tuned.base, tuned.run, "small", ["F16"])
    assert prove(tuned.base, tuned.run)["files"]["adapter"]["verdict"] == "good"
    assert tuned.read("adapter") == right


def test_a_resized_vocabulary_is_caught(tuned, tmp_path):
    model, words = open_base(str(tuned.run / "merged"))
    model.resize_token_embeddings(400)
    save(model, words, tmp_path / "resized")
    file = tmp_path / "resized.gguf"
    arguments = [str(tmp_path / "resized"), "--outfile", str(file), "--outtype", "f16"]
    converter.run("convert_hf_to_gguf.py", arguments, "gpt-2")
    tuned.plant("F16", file.read_bytes())
    assert refused(tuned, "F16") == ["its vocabulary is 400, that of the tuned model 384"]


def test_a_tokenizer_out_of_a_gguf_file_cuts_as_the_file_declares():
    name = "smollm2-135m-instruct"
    words = open_tokenizer(name)
    # The id of each sign by itself in llama.cpp, too; as GPT-2 cuts, " ½" and "²³" would be told apart otherwise.
    generator = LlamaCppGenerator(EngineSettings(model=name, context=256, threads=1))
    try:
        for text in awkward(words.all_special_tokens):
            assert words(text, add_special_tokens=False)["input_ids"] == generator._tokenize(text, True), text
    finally:
        generator.close()


def test_chance_is_allowed_for_where_tuning_moved_little():
    scored = {"kl": [0.3] * 275, "tuning": -0.2}
    assert _far("Q4_0", scored, moved=0.0007) == []
    assert _far("Q4_0", scored, moved=1.0) == ["-0.20 times what tuning changed is in it, which ought to be 1"]
    scored = {"kl": [0.0007] * 275, "tuning": 0.0}
    assert _far("F16", scored, moved=0.0007) == ["0.00 times what tuning changed is in it, which ought to be 1"]
    assert _far("F16", scored, moved=0.0) == []
    assert _far("F16", {"kl": [0.02] * 9, "tuning": 1.0}, moved=0.0) == [
        "its answers diverge by 0.02 nats a token, 0.01 is the most"
    ]


def test_qwen2_goes_the_same_way(tmp_path):
    folder = base(tmp_path / "base", "qwen2")
    run = lora(folder, tmp_path / "run", target_modules=["q_proj", "o_proj", "up_proj"])
    merge(str(folder), run)
    export(str(folder), run, "small", ["Q8_0"])
    held = prove(str(folder), run)
    assert held["files"]["Q8_0"]["verdict"] == "good"
    assert held["files"]["adapter"]["verdict"] == "not compared"
    assert manifest.read(run)["export"]["files"].keys() == {"Q8_0", "adapter"}
