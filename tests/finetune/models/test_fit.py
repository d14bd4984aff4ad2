"""What fits a machine: by a model of known speed, exactly; and what a measurement of the embedded one gives."""

from dataclasses import replace
from pathlib import Path

import pytest

from finetune.models import fit
from finetune.models.catalogue import LISTED
from finetune.models.fit import Measured
from finetune.models.header import Header
from finetune.models.machine import Gpu, Machine
from finetune.models.registry import Model, models
from finetune.models.speed import TEXTS, Speed

MACHINE = Machine("Sample", 2, ("AVX2",), 8 * 10**9, ())
CUTS = {"en": 0.25, "zh": 1.5}
HEADER = Header("llama", False, "Q4_0", 1_000_000_000, 1_000_000_000, 200_000_000, 20, 500, 8192, "gpt-2")
ONE = Measured(Model("ours-Q4_0", "file", "/srv/ours-Q4_0.gguf"), HEADER, 600_000_000, Speed(100.0, 20.0), CUTS)


def found(machine=MACHINE, languages=("en",), measured=ONE):
    return {each.model.name: each for each in fit.fits([measured], machine, languages)}


def test_a_model_that_lies_here():
    ours = found()["ours-Q4_0"]
    tokens = round(0.25 * len(TEXTS["en"]))
    assert (ours.here, ours.fits, ours.context, ours.prompt_tokens) == (True, True, 8192, tokens)
    assert ours.memory == 600_000_000 + 4 * 20 * 500 * 8192 + 300_000_000
    assert (ours.first_token_s, ours.tokens_per_s) == (tokens / 100.0, 20.0)


def test_the_language_that_takes_more_tokens_counts():
    both = found(languages=("en", "zh"))["ours-Q4_0"]
    assert both.prompt_tokens == round(1.5 * len(TEXTS["zh"])) == 366


def test_what_is_listed_is_predicted_from_it():
    three = found(replace(MACHINE, memory=10**12))["Llama-3.2-3B-Instruct"]
    assert (three.here, three.fits) == (False, True)
    listed = next(each for each in LISTED if each.name == "Llama-3.2-3B-Instruct")
    forms = {each.quantisation: each for each in fit._predicted(listed, ONE, MACHINE, ("en",))}
    small, whole = forms["Q4_0"], forms["F16"]
    assert small.bytes == int(3.213e9 * 4.65 / 8)
    assert whole.first_token_s == pytest.approx(small.first_token_s / 0.67)
    assert small.tokens_per_s == pytest.approx(20.0 * 600_000_000 / small.bytes * 1.5**0.19)
    assert small.first_token_s == pytest.approx(round(0.2228 * len(TEXTS["en"])) / (100.0 * 0.8 / (3.213 - 0.394)))


def test_of_a_small_model_larger_ones_read_better_up_to_a_size():
    header = replace(HEADER, parameters=130_000_000, read_per_token=130_000_000, output=30_000_000)
    listed = next(each for each in LISTED if each.name == "Llama-2-7b-chat")
    forms = fit._predicted(listed, replace(ONE, header=header, bytes=75_000_000), MACHINE, ("en",))
    seven = {each.quantisation: each for each in forms}["Q4_0"]
    assert seven.prompt_tokens / seven.first_token_s == pytest.approx(100.0 * 0.1 / (6.607 - 0.131) * 3.6**0.57)
    assert seven.tokens_per_s == pytest.approx(20.0 * 75e6 / (6.607e9 * 4.65 / 8) * (1.5 / 0.13) ** 0.19, rel=1e-6)


def test_rows_that_q4_k_m_cannot_cut_are_not_predicted_in_it():
    forms = {each.name: {one.quantisation for one in fit._predicted(each, ONE, MACHINE, ("en",))} for each in LISTED}
    assert {name for name, those in forms.items() if "Q4_K_M" not in those} == {
        "SmolLM2-360M-Instruct",
        "Qwen2.5-0.5B-Instruct",
    }


def test_why_not():
    cramped = found(replace(MACHINE, memory=1_000_000_000))
    assert cramped["ours-Q4_0"].why == "takes 0.9 GB of memory"
    assert (cramped["ours-Q4_0"].context, cramped["ours-Q4_0"].fits) == (0, False)
    slow = found(measured=replace(ONE, speed=Speed(10.0, 20.0)))["ours-Q4_0"]
    assert slow.why == f"{round(0.25 * len(TEXTS['en'])) / 10:.0f} s to the first word"
    assert found(measured=replace(ONE, speed=Speed(100.0, 2.0)))["ours-Q4_0"].why == "writes 2.0 tokens a second"
    assert found(languages=("zh",))["Llama-3.2-1B-Instruct"].why == "was not trained for Chinese"


def test_the_context_shrinks_to_what_fits():
    header = replace(HEADER, layers=32, key_value_width=4096)
    machine = replace(MACHINE, memory=3_000_000_000)
    ours = found(machine, measured=replace(ONE, header=header))["ours-Q4_0"]
    assert ours.context == 2048
    assert ours.memory == 900_000_000 + 4 * 32 * 4096 * 2048


def test_a_gpu_s_memory_counts():
    machine = replace(MACHINE, memory=1_000_000_000, gpus=(Gpu("NVIDIA T4", 15360 * 2**20),))
    assert found(machine)["ours-Q4_0"].fits


def test_the_largest_that_fits_comes_first():
    ordered = fit.fits([ONE], MACHINE, ("en",))
    sizes = [each.model.parameters for each in ordered if each.fits]
    assert sizes == sorted(sizes, reverse=True)
    assert fit.best(ordered) == ordered[0]
    nothing = fit.fits([replace(ONE, speed=Speed(0.1, 0.1))], MACHINE, ("en",))
    assert fit.best(nothing) is None


def test_what_lies_here_is_not_listed_again():
    qwen = replace(ONE, model=Model("qwen2.5-1.5b-instruct-q4_0", "file", "/srv/qwen.gguf"))
    names = [each.model.name for each in fit.fits([qwen], MACHINE, ("en",))]
    assert "qwen2.5-1.5b-instruct-q4_0" in names and "Qwen2.5-1.5B-Instruct" not in names
    assert len(names) == len(LISTED)


def test_the_embedded_model_is_measured(tmp_path):
    broken = Model("broken", "file", str(tmp_path / "broken.gguf"))
    Path(broken.model).write_bytes(b"GGUF and no more")
    there = [*models(tmp_path), replace(models(tmp_path)[0], name="again"), broken]
    heard = []
    (one,), failed = fit.measure_here(tmp_path, there, MACHINE, lambda done, total: heard.append((done, total)))
    assert one.model.name == "smollm2-135m-instruct"
    assert one.tokens_per_character == pytest.approx({"en": 0.2307, "zh": 1.7090}, abs=1e-4)
    assert one.speed.read > 0 < one.speed.written  # how fast hangs on what else runs
    assert [sentence.split(":")[0] for sentence in failed] == ["broken was not measured"]
    assert heard == [(1, 4), (4, 4)]
    (nothing, why) = fit.measure_here(tmp_path, models(tmp_path), replace(MACHINE, memory=10**8))
    assert nothing == [] and why == ["smollm2-135m-instruct was not measured: it takes 0.4 GB of memory."]
