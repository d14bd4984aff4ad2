import pytest

from core.errors import WeightsMissing
from rag.embedding.open import open_embedder
from rag.embedding.sentence_transformer import folder_sha256


@pytest.mark.parametrize(("name", "dimension"), [("minilm", 384), ("use", 512), ("bilingual", 896)])
def test_the_embedded_ones(name, dimension):
    embedder = open_embedder(name)
    assert (embedder.name, embedder.dimension) == (name, dimension)


def test_no_two_have_the_same_hash():
    assert len({open_embedder(name).sha256 for name in ("minilm", "use", "bilingual")}) == 3


def test_a_name_that_is_nothing():
    with pytest.raises(WeightsMissing, match="no such file"):
        open_embedder("minlm")


def test_the_hub_is_not_asked_offline():
    with pytest.raises(WeightsMissing, match="PINCITE_OFFLINE=0"):
        open_embedder("hf:BAAI/bge-small-en-v1.5")


def test_the_hash_of_a_folder_follows_its_weights(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"1")
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text("{}")
    first = folder_sha256(tmp_path)
    (tmp_path / "README.md").write_text("changed")
    assert folder_sha256(tmp_path) == first
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    second = folder_sha256(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"2")
    assert len({first, second, folder_sha256(tmp_path)}) == 3
