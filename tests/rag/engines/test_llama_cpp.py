"""llama-cpp-python, in this process."""

from __future__ import annotations

import os

import pytest

from core.errors import ModelUnloadable, WeightsMissing
from rag.engines.base import EngineSettings
from rag.engines.llama_cpp import LlamaCppGenerator
from tests.rag.engines.conformance import CAPITAL, CAPITAL_TEXT, GeneratorConformance
from tests.rag.engines.lora import write_lora

pytest.importorskip("llama_cpp", reason="the other engine is installed")
SETTINGS = EngineSettings(adapter="", context=1024, threads=1)


class TestLlamaCppGenerator(GeneratorConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def generator(cls):
        generator = LlamaCppGenerator(SETTINGS)
        yield generator
        generator.close()

    @pytest.fixture
    def fresh(self):
        return LlamaCppGenerator(SETTINGS)

    def test_knows_its_file(self, generator):
        assert generator.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        assert generator.engine == "llama-cpp-python"

    def test_the_prompt_is_the_one_of_the_template(self, generator):
        tokens = generator._template.tokens(CAPITAL)
        text = f"<|im_start|>system\n{CAPITAL[0].content}<|im_end|>\n<|im_start|>user\n{CAPITAL[1].content}<|im_end|>\n"
        assert tokens == generator._llama.tokenize(f"{text}<|im_start|>assistant\n".encode(), False, True)


def test_prints_nothing(capfd):
    generator = LlamaCppGenerator(SETTINGS)
    generator.stream(CAPITAL, 1).text()
    generator.close()
    assert capfd.readouterr() == ("", "")


def test_a_file_that_is_no_model(tmp_path, capfd):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF and no more")
    with pytest.raises(ModelUnloadable, match=r"model\.gguf.*whole GGUF file"):
        LlamaCppGenerator(EngineSettings(model=str(path), threads=1))
    assert capfd.readouterr() == ("", "")


def test_a_model_that_is_not_here():
    with pytest.raises(WeightsMissing, match="no-such-model"):
        LlamaCppGenerator(EngineSettings(model="no-such-model"))


@pytest.mark.parametrize(("strength", "same"), [(0.0, True), (40.0, False)])
def test_an_adapter(tmp_path, strength, same):
    path = tmp_path / "house-style.gguf"
    write_lora(path, strength)
    generator = LlamaCppGenerator(EngineSettings(adapter=str(path), context=1024, threads=1))
    assert generator.adapter == "house-style"
    assert (generator.stream(CAPITAL, 12).text() == CAPITAL_TEXT) is same
    generator.close()


def test_an_adapter_that_is_none(tmp_path):
    path = tmp_path / "adapter.gguf"
    path.write_text("no adapter")
    with pytest.raises(ModelUnloadable, match=r"adapter\.gguf"):
        LlamaCppGenerator(EngineSettings(adapter=str(path), context=1024, threads=1))


def test_the_output_of_the_process_is_left_alone(monkeypatch):
    """llama-cpp-python would point it to nowhere while the model loads, whoever else is printing."""

    redirected = []
    with monkeypatch.context() as patched:
        patched.setattr(os, "dup2", lambda *descriptors: redirected.append(descriptors))
        LlamaCppGenerator(SETTINGS).close()
    assert redirected == []
