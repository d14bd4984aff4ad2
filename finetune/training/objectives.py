"""What is learnt from a row: its answers, a teacher's probabilities too, or that one answer is better than another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from finetune.training.batches import Row
from finetune.training.strategies import inner, renamings_unsaid

CHUNK = 1024
"""Tokens whose probabilities over the whole vocabulary are in memory at once."""
Of = Callable[[Tensor, slice], Tensor]
"""of(logits [n, vocabulary], which of the learnt tokens they are) -> a value for each, [n]."""


def answer_loss(model: Any, row: Row) -> Tensor:
    """The sum over the learnt tokens of minus the log of their probability."""
    return -log_probabilities(model, row).sum()


def distilled_loss(model: Any, teacher: Any, share: float, row: Row) -> Tensor:
    """As answer_loss for 1 - share, and for the rest the divergence of the teacher's probabilities from the model's."""
    with torch.no_grad():
        known = _hidden(teacher, row)
    head = inner(teacher).get_output_embeddings()

    def of(logits: Tensor, at: slice) -> Tensor:
        said = functional.log_softmax(logits.float(), dim=-1)
        with torch.no_grad():
            meant = functional.log_softmax(head(known[at]).float(), dim=-1)
        apart = functional.kl_div(said, meant, log_target=True, reduction="none").sum(-1)
        return (1 - share) * functional.nll_loss(said, row.targets[at], reduction="none") + share * apart

    return _values(model, row, of).sum()


def preference_loss(model: Any, row: Row, reference: Sequence[tuple[float, float]], beta: float) -> Tensor:
    """The sum over pairs of direct preference optimisation's loss: how little more than the base, whose log
    probabilities of (chosen, rejected) are `reference`, the model prefers the chosen answer."""
    said = answers_log_probabilities(model, row).view(-1, 2)
    gained = said - torch.tensor(reference, dtype=said.dtype, device=said.device)
    return -functional.logsigmoid(beta * (gained[:, 0] - gained[:, 1])).sum()


def answers_log_probabilities(model: Any, row: Row) -> Tensor:
    """The log probability of each text's answer, [texts]."""
    said = log_probabilities(model, row)
    return torch.zeros(len(row.lengths), dtype=said.dtype, device=said.device).index_add(0, row.owner, said)


def log_probabilities(model: Any, row: Row) -> Tensor:
    """The log probability of each learnt token, [learnt]."""
    return -_values(
        model, row, lambda logits, at: functional.cross_entropy(logits.float(), row.targets[at], reduction="none")
    )


def without_adapter(model: Any) -> AbstractContextManager[Any]:
    """The model as it was before training, where an adapter is all that learns."""
    return model.disable_adapter() if hasattr(model, "disable_adapter") else nullcontext()


def _values(model: Any, row: Row, of: Of) -> Tensor:
    """What `of` gives for every learnt token. Only these go through the output layer, a chunk at a time."""
    if getattr(model, "active_peft_config", None) is not None and model.active_peft_config.is_prompt_learning:
        return of(_logits_behind(model, row), slice(None))
    hidden = _hidden(model, row)
    head = inner(model).get_output_embeddings()
    if len(hidden) <= CHUNK:
        return of(head(hidden), slice(None))
    parts = []
    for start in range(0, len(hidden), CHUNK):
        at = slice(start, start + CHUNK)
        parts.append(checkpoint(lambda part, at=at: of(head(part), at), hidden[at], use_reentrant=False))
    return torch.cat(parts)


def _hidden(model: Any, row: Row) -> Tensor:
    """The last layer's outcome at the learnt places, [learnt, size]."""
    body = inner(model).model
    out = body(input_ids=row.ids, position_ids=row.positions, lengths=row.lengths, use_cache=False)
    found: Tensor = out.last_hidden_state[0, row.learnt]
    return found


def _logits_behind(model: Any, row: Row) -> Tensor:
    """The logits at the learnt places where each text, padded, takes a row behind what is put before it."""
    longest, count = max(row.lengths), len(row.lengths)
    places = [number * longest + at for number, length in enumerate(row.lengths) for at in range(length)]
    there = torch.tensor(places, device=row.ids.device)
    ids, mask = row.ids.new_zeros(2, count * longest)
    ids[there], mask[there] = row.ids[0], 1
    with renamings_unsaid():
        out = model(input_ids=ids.view(count, -1), attention_mask=mask.view(count, -1))
    found: Tensor = out.logits[:, -longest:].flatten(0, 1)[there[row.learnt]]
    return found
