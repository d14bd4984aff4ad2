"""A judge read back out of the file that is shipped."""

from pathlib import Path

import pytest
import torch
from onnx import TensorProto, helper, save
from transformers import BertConfig, BertModel

from core.errors import WeightsMismatch
from finetune.judge.adapt_base import from_onnx, lay_out
from finetune.judge.bases import base_folder
from finetune.judge.export import export
from finetune.judge.model import JudgeModel, from_base
from tests.finetune.judge.adapting import make_tokenizer, unalike


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[JudgeModel, Path]:
    folder = tmp_path_factory.mktemp("judge")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=make_tokenizer(folder).get_vocab_size(),
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=64,
        max_position_embeddings=200,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = unalike(JudgeModel(BertModel(config, add_pooling_layer=False)))
    export(model, folder / "judge-en.onnx")
    return model, folder / "judge-en.onnx"


def test_it_has_the_weights_that_were_exported_but_for_their_rounding(exported: tuple[JudgeModel, Path]) -> None:
    meant, path = exported
    found = from_onnx(path).state_dict()
    assert found.keys() == meant.state_dict().keys()
    for name, value in meant.state_dict().items():
        step = value.abs().max() / 127 if value.dim() == 2 else 0.0
        assert (found[name] - value).abs().max() <= step * 1.01, name


def test_it_has_the_shape_that_was_exported(exported: tuple[JudgeModel, Path]) -> None:
    config = from_onnx(exported[1]).encoder.config
    assert (config.num_attention_heads, config.num_hidden_layers, config.hidden_size) == (3, 2, 48)
    assert (config.intermediate_size, config.max_position_embeddings) == (64, 200)


def test_exported_again_it_is_the_same(exported: tuple[JudgeModel, Path], tmp_path: Path) -> None:
    first = from_onnx(exported[1])
    export(first, tmp_path / "again.onnx")
    for name, value in from_onnx(tmp_path / "again.onnx").state_dict().items():
        assert torch.allclose(value, first.state_dict()[name], atol=1e-6), name


def test_laid_out_it_is_a_base_that_knows_what_it_knew(exported: tuple[JudgeModel, Path], tmp_path: Path) -> None:
    make_tokenizer(tmp_path)
    lay_out(exported[1], tmp_path / "tokenizer.json", tmp_path / "base")
    base = base_folder(str(tmp_path / "base"))
    assert (base / "tokenizer.json").read_bytes() == (tmp_path / "tokenizer.json").read_bytes()
    known = from_onnx(exported[1]).state_dict()
    assert all(torch.equal(value, known[name]) for name, value in from_base(base).state_dict().items())


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no judge")
    with pytest.raises(WeightsMismatch, match="it is not one that Pincite exported"):
        from_onnx(tmp_path / "text.onnx")
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [value], [value])
    save(helper.make_model(graph), tmp_path / "other.onnx")
    with pytest.raises(WeightsMismatch, match="Reading the judge .*other.onnx to train it further"):
        from_onnx(tmp_path / "other.onnx")
