"""What GGUF files say of themselves."""

import pytest

from core.errors import ModelUnloadable
from core.weights import locate
from finetune.models.header import read_header
from tests.rag.engines.lora import write_lora


def test_the_embedded_model():
    header = read_header(locate("smollm2-135m-instruct"))
    assert (header.architecture, header.is_adapter, header.quantisation) == ("llama", False, "Q4_1")
    assert (header.parameters, header.read_per_token) == (134_515_008, 134_515_008)
    assert header.output == 49152 * 576
    assert (header.layers, header.key_value_width, header.trained_context) == (30, 192, 8192)
    assert header.cache_bytes(1000) == 23_040_000


def test_an_adapter_is_told_from_a_model(tmp_path):
    write_lora(tmp_path / "style.gguf", 1.0)
    header = read_header(tmp_path / "style.gguf")
    assert (header.is_adapter, header.architecture, header.parameters) == (True, "llama", 1152)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and so on", b"GGUF", b"GGUF\x09\0\0\0" + b"\0" * 16])
def test_what_is_no_gguf(tmp_path, content):
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnloadable, match=r"model\.gguf: it is no whole GGUF file"):
        read_header(path)


def test_a_file_that_was_cut_short(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_bytes(locate("smollm2-135m-instruct").read_bytes()[:5000])
    with pytest.raises(ModelUnloadable, match="no whole GGUF file"):
        read_header(path)


def test_a_file_that_was_replaced_is_read_again(tmp_path):
    path = tmp_path / "style.gguf"
    write_lora(path, 1.0)
    assert read_header(path).is_adapter
    path.write_bytes(b"no more")
    with pytest.raises(ModelUnloadable):
        read_header(path)
