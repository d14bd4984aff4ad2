"""GGUF files of tuned weights, in every form, and the adapter's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from llama_cpp import Llama

from core.errors import EngineError, UsageError, WeightsError, WeightsMissing
from finetune.export import llama, manifest
from finetune.export.files import _name_of, export, pre_tokenizer
from finetune.export.merge import merge
from finetune.export.parity import prove
from tests.finetune.export.made_models import QWEN2_CUT, TEMPLATE, base, lora
from tests.finetune.export.tuned import FORMS, full_disk

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def names(run):
    return sorted(path.name for path in (run / "gguf").iterdir())


def test_every_form_and_the_adapter_is_there(proven):
    assert names(proven.run) == [
        "small-F16.gguf",
        "small-Q4_0.gguf",
        "small-Q4_K_M.gguf",
        "small-Q8_0.gguf",
        "small-adapter.gguf",
    ]
    held = manifest.read(proven.run)["export"]
    assert held["no_adapter"] is None
    assert {form: one["bytes"] for form, one in held["files"].items()} == {
        path.stem.removeprefix("small-"): path.stat().st_size for path in (proven.run / "gguf").iterdir()
    }
    sizes = [held["files"][form]["bytes"] for form in ("Q4_0", "Q8_0", "F16")]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(("form", "number"), [("F16", "1"), ("Q8_0", "7"), ("Q4_K_M", "15"), ("Q4_0", "2")])
def test_a_file_says_what_it_is_and_carries_the_template(proven, form, number):
    file = proven.run / "gguf" / f"small-{form}.gguf"
    said = Llama(str(file), vocab_only=True, verbose=False).metadata
    assert said["general.file_type"] == number
    assert said["general.architecture"] == "llama"
    assert said["tokenizer.chat_template"] == TEMPLATE
    assert said["tokenizer.ggml.eos_token_id"] == "2"
    assert said["tokenizer.ggml.pre"] == "gpt-2"
    assert said["llama.block_count"] == "3"


def test_what_is_exported_already_stays(tuned):
    before = {path: path.stat().st_mtime_ns for path in (tuned.run / "gguf").iterdir()}
    export(tuned.base, tuned.run, "small", FORMS)
    assert {path: path.stat().st_mtime_ns for path in (tuned.run / "gguf").iterdir()} == before


def test_a_missing_or_changed_file_is_made_anew(tuned):
    held = manifest.read(tuned.run)["export"]["files"]
    before = (tuned.run / "gguf" / "small-F16.gguf").stat().st_mtime_ns
    (tuned.run / "gguf" / "small-Q8_0.gguf").unlink()
    (tuned.run / "gguf" / "small-Q4_0.gguf").write_bytes(b"GGUF")
    export(tuned.base, tuned.run, "small", FORMS)
    assert manifest.read(tuned.run)["export"]["files"] == held
    assert (tuned.run / "gguf" / "small-F16.gguf").stat().st_mtime_ns == before


def test_the_wide_file_goes_where_it_was_but_a_step(tuned):
    export(tuned.base, tuned.run, "small", ["Q8_0", "Q4_K_M", "Q4_0"])
    assert "small-F16.gguf" not in names(tuned.run)
    assert "F16" not in manifest.read(tuned.run)["export"]["files"]


def test_a_full_disk_leaves_nothing_half_written(tuned):
    shutil.rmtree(tuned.run / "gguf")
    with full_disk(100_000), pytest.raises(EngineError, match=r"Running llama\.cpp.s convert_hf_to_gguf\.py"):
        export(tuned.base, tuned.run, "small", ["Q8_0"])
    assert names(tuned.run) == []
    export(tuned.base, tuned.run, "small", ["F16"])
    with full_disk(100_000), pytest.raises(EngineError, match=r"Having llama\.cpp quantise .*small-F16\.gguf"):
        export(tuned.base, tuned.run, "small", ["F16", "Q8_0"])
    assert names(tuned.run) == ["small-F16.gguf", "small-adapter.gguf"]


@pytest.mark.parametrize("there", [[], ["F16"]], ids=["converting", "quantising"])
def test_a_disk_that_fills_up_meanwhile_is_said(tuned, monkeypatch, there):
    shutil.rmtree(tuned.run / "gguf")
    export(tuned.base, tuned.run, "small", ["F16"])
    held = manifest.read(tuned.run)["export"]
    manifest.record(tuned.run, "export", held | {"files": {form: held["files"][form] for form in there}})
    room = iter([10**12, 0])
    monkeypatch.setattr(manifest.shutil, "disk_usage", lambda _: SimpleNamespace(free=next(room)))
    with full_disk(100_000), pytest.raises(UsageError, match=r"Writing .*small-\w+\.gguf: the disk is full\. Nothing"):
        export(tuned.base, tuned.run, "small", ["F16", "Q8_0"])


def test_killed_between_two_files(tuned):
    held = manifest.read(tuned.run)["export"]["files"]
    shutil.rmtree(tuned.run / "gguf")
    script = (
        "import os, pathlib, signal, sys\n"
        "from finetune.export import files, llama\n"
        "def killed(source, target, form):\n"
        "    target.write_bytes(b'GGUF, half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "llama.quantise = killed\n"
        "files.export(sys.argv[1], pathlib.Path(sys.argv[2]), 'small', ['Q8_0', 'Q4_0', 'F16'])\n"
    )
    command = [sys.executable, "-c", script, tuned.base, str(tuned.run)]
    assert subprocess.run(command, capture_output=True).returncode == -9
    assert names(tuned.run) == [".small-Q8_0.gguf.part", "small-F16.gguf"]
    made = (tuned.run / "gguf" / "small-F16.gguf").stat().st_mtime_ns
    export(tuned.base, tuned.run, "small", FORMS)
    assert manifest.read(tuned.run)["export"]["files"] == held
    assert (tuned.run / "gguf" / "small-F16.gguf").stat().st_mtime_ns == made
    assert not [name for name in names(tuned.run) if name.startswith(".")]


def test_nothing_to_export(tmp_path):
    with pytest.raises(WeightsMissing, match="neither model nor merged"):
        export("smollm2-135m-instruct", tmp_path, "small", ["F16"])


def test_an_adapter_that_llama_cpp_does_not_know_is_said(tmp_path):
    folder = base(tmp_path / "base")
    run = lora(folder, tmp_path / "run", use_dora=True)
    merge(str(folder), run)
    export(str(folder), run, "small", ["F16"])
    assert manifest.read(run)["export"]["no_adapter"] == "llama.cpp knows no weight-decomposed LoRA"
    assert names(run) == ["small-F16.gguf"]
    held = prove(str(folder), run)
    assert held["files"]["F16"]["verdict"] == "good"


def test_how_a_base_cuts_texts_is_what_its_own_file_declares(proven):
    assert pre_tokenizer(proven.base, proven.run / "merged") == "gpt-2"
    assert pre_tokenizer("smollm2-135m-instruct", proven.run / "merged") == "smollm"
    assert pre_tokenizer(str(proven.folder), proven.folder) == "gpt-2"


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (BYTE_LEVEL, "gpt-2"),
        ({"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, BYTE_LEVEL]}, "smollm"),
        (
            {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": QWEN2_CUT}}, BYTE_LEVEL]},
            "qwen2",
        ),
        (
            {
                "type": "Sequence",
                "pretokenizers": [
                    {"type": "Split", "pattern": {"Regex": QWEN2_CUT.replace(r"|\p{N}|", r"|\p{N}{1,3}|")}},
                    BYTE_LEVEL,
                ],
            },
            "llama-bpe",
        ),
        ({"type": "Whitespace"}, None),
    ],
)
def test_how_a_tokenizer_cuts_texts_is_read_off_its_own_rule(rule, name):
    assert _name_of(rule) == name


def test_a_tokenizer_that_nobody_knows_is_refused(tmp_path):
    folder = base(tmp_path / "run" / "model")
    spelled = json.loads((folder / "tokenizer.json").read_text())
    spelled["pre_tokenizer"] = {"type": "Whitespace"}
    (folder / "tokenizer.json").write_text(json.dumps(spelled))
    with pytest.raises(WeightsError, match="does not know how its tokenizer cuts texts"):
        export(str(folder), tmp_path / "run", "small", ["F16"])
    assert names(tmp_path / "run") == []


def test_a_file_that_is_no_gguf(tmp_path):
    (tmp_path / "no.gguf").write_bytes(b"no")
    with pytest.raises(EngineError, match=r"Having llama\.cpp quantise .*no\.gguf"):
        llama.quantise(tmp_path / "no.gguf", tmp_path / "out.gguf", "Q4_0")
