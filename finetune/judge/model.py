"""The judge as torch knows it: one encoder that reads a question against a passage, with three heads on it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

ENTAILMENT = ("entailment", "neutral", "contradiction")
"""The order of the entailment head's three logits."""
WEIGHTS = "judge.safetensors"


class Logits(NamedTuple):
    """What the heads say of a batch of pairs: (batch,), (batch,), (batch, tokens) twice, (batch, 3)."""

    relevance: Tensor
    answerable: Tensor
    start: Tensor
    end: Tensor
    entailment: Tensor


class JudgeModel(nn.Module):  # type: ignore[misc]  # torch is not read for its types
    """An encoder of the BERT kind under three heads: relevance, answer span with answerability, entailment.

    Answerability looks at the whole pair and at what the span head points to, so that a question is held against the
    very words that would answer it.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.relevance = _head(width, width, 1)
        self.answerable = _head(3 * width, width, 1)
        self.entailment = _head(width, width, 3)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Logits:
        """The logits; start and end are -1e4 on whatever is no token of the passage."""
        states = self.encoder(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]
        whole = states[:, 0]
        outside = (1 - token_type_ids * attention_mask).to(states.dtype) * -1e4
        start, end = (logits + outside for logits in self.span(states).unbind(-1))
        pointed = [(logits.softmax(-1).unsqueeze(1) @ states).squeeze(1) for logits in (start, end)]
        return Logits(
            self.relevance(whole).squeeze(-1),
            self.answerable(torch.cat([whole, *pointed], -1)).squeeze(-1),
            start,
            end,
            self.entailment(whole),
        )


def _head(width: int, hidden: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, outputs))


def from_base(folder: Path) -> JudgeModel:
    """A judge with untrained heads on the encoder in `folder`, which holds it as transformers saves it; or the judge
    that `save` wrote there, to be trained further.

    No dropout: there are more examples than passes over them, and without it a step takes half the time.
    """
    if (folder / WEIGHTS).exists():
        return load(folder)
    config = BertConfig.from_pretrained(
        folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="sdpa"
    )
    return JudgeModel(BertModel.from_pretrained(folder, config=config, add_pooling_layer=False, dtype=torch.float32))


def save(model: JudgeModel, folder: Path) -> None:
    """Writes the encoder's config and all weights, as `load` reads them."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    model.encoder.config.save_pretrained(folder)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, folder / WEIGHTS)


def load(folder: Path) -> JudgeModel:
    """The judge that `save` wrote."""
    from safetensors.torch import load_file

    config = BertConfig.from_pretrained(folder, attn_implementation="sdpa")
    model = JudgeModel(BertModel(config, add_pooling_layer=False))
    model.load_state_dict(load_file(folder / WEIGHTS))
    return model
