"""Attention over pairs that lie one behind the other in one row, each seeing only itself.

Nothing is padded and no mask is made: the row is cut where the pairs meet, and each part attends to itself alone,
at the cost of the sum of their squares rather than of the square of their sum.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

NAME = "pincite_packed"
"""How transformers knows it: `model.set_attn_implementation(NAME)`, then `model(..., lengths=[...])`."""


def install() -> None:
    """Makes the attention known to transformers."""
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(NAME, _packed)
    AttentionMaskInterface.register(NAME, _no_mask)


def _packed(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    lengths: list[int] | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Shapes are [1, heads, tokens, size]; `lengths` adds up to tokens. Gives [1, tokens, heads, size]."""
    assert lengths is not None and attention_mask is None
    heads = query.shape[1] // key.shape[1]
    if heads > 1:
        key, value = key.repeat_interleave(heads, dim=1), value.repeat_interleave(heads, dim=1)
    parts = zip(query.split(lengths, dim=2), key.split(lengths, dim=2), value.split(lengths, dim=2), strict=True)
    seen = [
        functional.scaled_dot_product_attention(*part, dropout_p=dropout, is_causal=True, scale=scaling)
        for part in parts
    ]
    return torch.cat(seen, dim=2).transpose(1, 2).contiguous(), None


def _no_mask(*_: Any, **__: Any) -> None:
    return None
