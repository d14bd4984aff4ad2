"""A shipped judge as torch knows it again: the weights of its ONNX file, whose matrices are 8-bit integers, as floats.

There is no other copy of a judge than the file that is shipped. Its integers times their scales are the very weights
that it answers with, so training goes on from there and loses nothing.

    python -m finetune.judge.adapt_base JUDGE.onnx TOKENIZER.json FOLDER

lays one out as a base that a recipe can name.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import BertConfig, BertModel

from core.errors import WeightsMismatch
from finetune.judge.model import JudgeModel, save

_ATTENTION = "/encoder/encoder/layer.0/attention/self/Constant"
"""How the graph names the constants of the first layer's attention; the only whole number over 1 among those that
shapes are made of is the width of one head."""


def from_onnx(path: Path) -> JudgeModel:
    """The judge that `finetune.judge.export` wrote to `path`. Raises WeightsMismatch for any other file."""
    import onnx

    try:
        graph = onnx.load(str(path)).graph
        state = _state(graph)
        model = JudgeModel(BertModel(_config(graph, state), add_pooling_layer=False))
        model.load_state_dict(state, strict=True)
    except Exception as error:  # protobuf, onnx and torch each have errors of their own for a file of another kind
        raise WeightsMismatch(
            f"Reading the judge {path} to train it further: it is not one that Pincite exported ({error}). Adapting "
            "takes judge-LANGUAGE.onnx as it is shipped, or as `pincite tune judge` made it."
        ) from error
    model.eval()
    return model


def _state(graph: Any) -> dict[str, Tensor]:
    """All weights by the names that torch gives them."""
    from onnx import numpy_helper

    held = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}
    state = {name: value for name, value in held.items() if name.endswith((".bias", "LayerNorm.weight"))}
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.input[1] in held:
            # the graph multiplies from the right: a row an input, a column an output
            state[f"{_module(node.name)}.weight"] = _floats(held, node.input[1]).T.contiguous()
        elif node.op_type == "Gather" and node.input[0] in held:
            state[node.input[0].removesuffix("_quantized")] = _floats(held, node.input[0])
    return state


def _floats(held: dict[str, Tensor], name: str) -> Tensor:
    stem = name.removesuffix("_quantized")
    whole, zero, scale = (held[f"{stem}_{part}"] for part in ("quantized", "zero_point", "scale"))
    return (whole.float() - zero.float()) * scale


def _module(node: str) -> str:
    """The module that a multiplication belongs to: "/relevance/relevance.0/Gemm_MatMul_quant" is "relevance.0"."""
    parts: list[str] = []
    for part in node.strip("/").split("/")[:-1]:
        if parts and part.startswith(f"{parts[-1]}."):
            parts[-1] = part
        else:
            parts.append(part)
    return ".".join(parts)


def _config(graph: Any, state: dict[str, Tensor]) -> BertConfig:
    from onnx import numpy_helper

    words = state["encoder.embeddings.word_embeddings.weight"]
    constants = [
        numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant" and node.name.startswith(_ATTENTION)
    ]
    (head,) = {int(one[0]) for one in constants if one.shape == (1,) and one.dtype == "int64" and one[0] > 1}
    return BertConfig(
        vocab_size=words.shape[0],
        hidden_size=words.shape[1],
        num_hidden_layers=sum(name.endswith("attention.self.query.weight") for name in state),
        num_attention_heads=words.shape[1] // head,
        intermediate_size=state["encoder.encoder.layer.0.intermediate.dense.weight"].shape[0],
        max_position_embeddings=state["encoder.embeddings.position_embeddings.weight"].shape[0],
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        attn_implementation="sdpa",
    )


def lay_out(judge: Path, tokenizer: Path, folder: Path) -> None:
    """Writes the judge in `judge` into `folder`, to be trained further by a recipe."""
    save(from_onnx(judge), folder)
    shutil.copy(tokenizer, folder / "tokenizer.json")


if __name__ == "__main__":
    lay_out(*map(Path, sys.argv[1:4]))
