"""Noise on the embeddings (NEFTune) and steps against the model (FGM, PGD), so that no single word decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from finetune.training.batches import Row
from finetune.training.recipe import TrainSettings

STEPS = {"none": 0, "fgm": 1, "pgd": 3}
"""How often embeddings are moved against the model before it learns from them."""


class Perturbation:
    """Moves what the embedding layer gives while a model learns, as the settings say; never while it is measured."""

    def __init__(self, model: Any, settings: TrainSettings) -> None:
        self._settings = settings
        self._lengths: list[int] = []
        self._moved: Tensor | None = None
        self._seen: Tensor | None = None
        self._model = model
        if settings.neftune or STEPS[settings.adversarial]:
            model.get_input_embeddings().register_forward_hook(self._hook)

    def backward(self, row: Row, loss: Callable[[], Tensor]) -> Tensor:
        """Adds the gradients of `loss()` over `row`, and those of the loss on embeddings moved against it.

        Gives the loss on embeddings that were not moved against it.
        """
        self._lengths, self._moved = row.lengths, None
        first = loss()
        first.backward()
        times = STEPS[self._settings.adversarial]
        if times:
            assert self._seen is not None and self._seen.grad is not None
            own, gradient = self._seen.detach(), self._seen.grad
            self._moved = torch.zeros_like(own)
            for left in reversed(range(times)):
                self._moved = self._against(own, self._moved, gradient, self._settings.adversarial_size / times)
                if left:
                    (gradient,) = torch.autograd.grad(loss(), self._seen)
            loss().backward()
        self._seen = self._moved = None
        return first.detach()

    def _hook(self, module: Any, arguments: Any, embedded: Tensor) -> Tensor:
        if not self._model.training:
            return embedded
        if self._settings.neftune:
            embedded = embedded + self._noise(embedded)
        if STEPS[self._settings.adversarial]:
            embedded = embedded if embedded.requires_grad else embedded.requires_grad_()
            embedded.retain_grad()
            self._seen = embedded
            if self._moved is not None:
                return embedded + self._moved
        return embedded

    def _noise(self, embedded: Tensor) -> Tensor:
        """Uniform, of a length that does not depend on the text's: size / sqrt(tokens * dimension)."""
        tokens = torch.tensor(self._lengths, device=embedded.device).repeat_interleave(
            torch.tensor(self._lengths, device=embedded.device)
        )
        size = self._settings.neftune / (tokens * embedded.shape[-1]).sqrt()
        return torch.empty_like(embedded).uniform_(-1, 1) * size[None, :, None].to(embedded.dtype)

    def _against(self, own: Tensor, moved: Tensor, gradient: Tensor, step: float) -> Tensor:
        """`moved` by one step up the gradient; steps and the whole are parts of the length of a text's embeddings."""
        parts = []
        for one, so_far, up in zip(*(each[0].split(self._lengths) for each in (own, moved, gradient)), strict=True):
            length = one.float().norm()
            there = so_far.float() + step * length * up.float() / up.float().norm().clamp_min(1e-12)
            limit = self._settings.adversarial_size * length
            parts.append((there * (limit / there.norm().clamp_min(1e-12)).clamp_max(1.0)).to(own.dtype))
        return torch.cat(parts)[None]
