"""xllamacpp, the prebuilt engine."""

from __future__ import annotations

import httpx
import pytest

from core.errors import ModelUnloadable
from rag.engines.base import EngineSettings
from rag.engines.xllamacpp import XLlamaCppGenerator
from tests.rag.engines.conformance import CAPITAL, CAPITAL_TEXT, GeneratorConformance
from tests.rag.engines.lora import write_lora

pytest.importorskip("xllamacpp", reason="the other engine is installed")
SETTINGS = EngineSettings(adapter="", context=1024, threads=1)


class TestXLlamaCppGenerator(GeneratorConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def generator(cls):
        generator = XLlamaCppGenerator(SETTINGS)
        yield generator
        generator.close()

    @pytest.fixture
    def fresh(self):
        return XLlamaCppGenerator(SETTINGS)

    def test_knows_its_file(self, generator):
        assert generator.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        assert generator.engine == "xllamacpp"

    def test_its_port_is_closed_to_others(self, generator):
        address = generator._server.listening_address
        assert address.startswith("http://127.0.0.1:")
        assert httpx.post(f"{address}/completion", json={"prompt": "a"}).status_code == 401


def test_a_file_that_is_no_model(tmp_path, capfd):
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF and no more")
    with pytest.raises(ModelUnloadable, match=r"model\.gguf.*whole GGUF file"):
        XLlamaCppGenerator(EngineSettings(model=str(path), threads=1))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("strength", "same"), [(0.0, True), (40.0, False)])
def test_an_adapter(tmp_path, strength, same):
    path = tmp_path / "house-style.gguf"
    write_lora(path, strength)
    generator = XLlamaCppGenerator(EngineSettings(adapter=str(path), context=1024, threads=1))
    assert generator.adapter == "house-style"
    assert (generator.stream(CAPITAL, 12).text() == CAPITAL_TEXT) is same
    generator.close()


def test_an_adapter_that_is_none(tmp_path):
    path = tmp_path / "adapter.gguf"
    path.write_text("no adapter")
    with pytest.raises(ModelUnloadable, match=r"adapter\.gguf"):
        XLlamaCppGenerator(EngineSettings(adapter=str(path), context=1024, threads=1))
