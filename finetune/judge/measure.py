"""How well a judge does on examples that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from finetune.judge.encoding import IGNORED, Encoded, collate, encode
from finetune.judge.examples import Example
from finetune.judge.model import JudgeModel

Column = NDArray[np.float64]


def figures(model: JudgeModel, tokenizer: Tokenizer, examples: Sequence[Example]) -> dict[str, float]:
    """ROC area of answerability (of all, and of natural questions alone) and of relevance; the share of answers pointed
    at to the token, and of those overlapped; accuracy of entailment, also by source where there are 20 or more."""
    encoded = encode(tokenizer, examples)
    said = predictions(model, encoded)
    labels = {
        name: np.array([getattr(one, name) for one in encoded]) for name in ("answerable", "relevance", "entailment")
    }
    natural = np.array([example.kind.startswith("natural") for example in examples])
    found: dict[str, float] = {}
    for name in ("answerable", "relevance"):
        there = labels[name] != IGNORED
        found[f"{name}_roc"] = roc_area(said[name][there], labels[name][there])
        if name == "answerable":
            there &= natural
            found["answerable_natural_roc"] = roc_area(said[name][there], labels[name][there])
    spans = np.array([(one.start, one.end) for one in encoded])
    there = spans[:, 0] != IGNORED
    if there.any():
        pointed = said["span"][there]
        found["span_exact"] = float((pointed == spans[there]).all(1).mean())
        touching = (pointed[:, 0] <= spans[there][:, 1]) & (pointed[:, 1] >= spans[there][:, 0])
        found["span_overlap"] = float(touching.mean())
    there = labels["entailment"] != IGNORED
    if there.any():
        right = said["entailment"].argmax(1) == labels["entailment"]
        found["entailment"] = float(right[there].mean())
        for source in sorted({example.source for example, one in zip(examples, there, strict=True) if one}):
            of = there & np.array([example.source == source for example in examples])
            if of.sum() >= 20:
                found[f"entailment {source}"] = float(right[of].mean())
    return {name: round(value, 4) for name, value in found.items()}


def predictions(model: JudgeModel, encoded: Sequence[Encoded], rows: int = 32) -> dict[str, Column]:
    """What each head says: answerable and relevance logits (n,), entailment logits (n, 3), span tokens (n, 2)."""
    model.eval()
    device = next(model.parameters()).device
    order = sorted(range(len(encoded)), key=lambda at: len(encoded[at].ids))
    out = {"answerable": np.zeros(len(encoded)), "relevance": np.zeros(len(encoded))}
    out |= {"entailment": np.zeros((len(encoded), 3)), "span": np.zeros((len(encoded), 2))}
    for begin in range(0, len(order), rows):
        chosen = order[begin : begin + rows]
        batch = collate([encoded[at] for at in chosen])
        inputs = [one.to(device) for one in (batch.input_ids, batch.attention_mask, batch.token_type_ids)]
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
            logits = model(*inputs)
        for name in ("answerable", "relevance", "entailment"):
            out[name][chosen] = getattr(logits, name).float().cpu().numpy()
        out["span"][chosen] = torch.stack([logits.start.argmax(-1), logits.end.argmax(-1)], -1).cpu().numpy()
    return out


def roc_area(scores: Column, labels: NDArray[np.int64]) -> float:
    """How often a positive scores above a negative, ties half; NaN where there is only one of them."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    if not len(positive) or not len(negative):
        return float("nan")
    order = np.sort(negative)
    below = np.searchsorted(order, positive, "left") + np.searchsorted(order, positive, "right")
    return float(below.mean() / 2 / len(negative))
