"""A trained judge as it is shipped: ONNX, its weights as 8-bit integers, measured against torch.

python -m finetune.judge.export RUN OUT.onnx --held en-held.jsonl
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from core.errors import WeightsMismatch
from finetune.judge.bases import base_folder
from finetune.judge.encoding import IGNORED, Encoded, collate, encode, open_tokenizer
from finetune.judge.examples import read
from finetune.judge.measure import predictions
from finetune.judge.model import JudgeModel, Logits, load
from rag.onnx import session

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
LEAST = {"answerable": 0.98, "relevance": 0.98, "entailment": 0.98, "same_start": 0.8}
"""How far the integers must agree with torch, as `parity` measures it: below this the export is no good."""
SAME_OF_ALL = 0.005
"""Deviation of logits below which a head, not trained yet, has said nothing that could be held against the integers."""


def main() -> None:
    """Export, then say how near the integers come to torch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="the folder that training wrote")
    parser.add_argument("out", type=Path)
    parser.add_argument("--held", type=Path, required=True, help="examples to compare on")
    parser.add_argument("--n", type=int, default=300)
    asked = parser.parse_args()
    model = load(asked.run)
    recipe = json.loads((asked.run / "manifest.json").read_text(encoding="utf-8"))["recipe"]
    tokenizer = open_tokenizer(base_folder(recipe["base"]) / "tokenizer.json")
    export(model, asked.out)
    print(json.dumps(parity(model, asked.out, encode(tokenizer, list(read(asked.held))[: asked.n]))))


def export(model: JudgeModel, out: Path) -> None:
    """Writes the model to `out`, whole or not at all: matrices as integers a column, the rest as floats."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval().float()
    example = tuple(torch.ones(2, 16, dtype=torch.long) for _ in INPUTS)
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        torch.onnx.export(
            model,
            example,
            str(whole),
            input_names=list(INPUTS),
            output_names=list(Logits._fields),
            dynamic_axes={name: axes for name in INPUTS}
            | {"start": axes, "end": axes}
            | {name: {0: "batch"} for name in ("relevance", "answerable", "entailment")},
            opset_version=17,
            dynamo=False,
        )
        logging.disable(logging.WARNING)  # it always advises a step that is for convolutions
        try:
            quantize_dynamic(
                str(whole),
                str(small),
                per_channel=True,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["MatMul", "Gemm", "Gather"],
                extra_options={"MatMulConstBOnly": True},
            )
        finally:
            logging.disable(logging.NOTSET)
        small.replace(out)


def parity(model: JudgeModel, exported: Path, encoded: Sequence[Encoded]) -> dict[str, float]:
    """How the integers' logits go with torch's: correlation of answerable, relevance and entailment, and the share of
    pairs in which both point at the same start, each over the examples that have a label for it; a head that none of
    them asks, or that says the same of all, is left out. Raises WeightsMismatch where one is below its LEAST."""
    run_by = session(exported)
    meant = predictions(model, encoded)
    said: dict[str, list[np.ndarray]] = {name: [] for name in Logits._fields}
    for one in encoded:
        batch = collate([one])
        inputs = {name: getattr(batch, name).numpy() for name in INPUTS}
        for name, value in zip(Logits._fields, run_by.run(list(Logits._fields), inputs), strict=True):
            said[name].append(value[0])
    asked = {name: [at for at, one in enumerate(encoded) if getattr(one, name) != IGNORED] for name in Logits._fields}
    found: dict[str, float] = {}
    for name in ("answerable", "relevance", "entailment"):
        if (at := asked[name]) and meant[name][at].std() > SAME_OF_ALL:
            values = np.stack([said[name][one] for one in at])
            found[name] = float(np.corrcoef(values.ravel(), meant[name][at].ravel())[0, 1])
    if at := asked["start"]:
        starts = np.array([said["start"][one].argmax() for one in at])
        found["same_start"] = float((starts == meant["span"][at, 0]).mean())
    # what is not a number, as the correlation with a constant, is no agreement either
    apart = [f"{name} {value:.3f} ({LEAST[name]})" for name, value in found.items() if not value >= LEAST[name]]
    if apart:
        raise WeightsMismatch(
            f"Comparing {exported} with the model that it was made from: they do not agree in {', '.join(apart)}, the "
            "least in brackets. Train with a lower learning rate, or export again."
        )
    return {name: round(value, 4) for name, value in found.items()}


if __name__ == "__main__":
    main()
