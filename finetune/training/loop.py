"""The loop: steps, checkpoints, the hold-out measured, and going on after a kill to the very same losses."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from core.errors import UsageError
from finetune.training import storage
from finetune.training.batches import Read, Row, Step, learnt_tokens, order, row, steps
from finetune.training.encoding import Encoded
from finetune.training.objectives import (
    answer_loss,
    answers_log_probabilities,
    distilled_loss,
    preference_loss,
    without_adapter,
)
from finetune.training.perturbation import Perturbation
from finetune.training.recipe import TrainSettings
from finetune.training.strategies import learning

CHECKPOINT_S = 120.0
"""Seconds between checkpoints: what a kill costs at most."""
LOG, CHECKPOINT, BEST, REFERENCE = "log.jsonl", "checkpoint.pt", "best.pt", "reference.pt"
FLOOR = 0.01
"""The learning rate never falls below this part of the recipe's."""


@dataclass(frozen=True, slots=True)
class Said:
    """How far a training is: steps and tokens done of how many, the last losses (nan before the first step), whether
    the hold-out was measured just now, and tokens a second since it began or went on."""

    step: int
    steps: int
    tokens: int
    all_tokens: int
    loss: float
    held_loss: float | None
    measured: bool
    rate: float


Progress: TypeAlias = Callable[[Said], None]


class Training:
    """A training under way. `plan` is every step of every pass; the same settings and pairs give the same plan.

    `folder` keeps log.jsonl and, while it runs, the checkpoint. `teacher` is a second model, for distillation.
    """

    def __init__(
        self,
        model: Any,
        settings: TrainSettings,
        seed: int,
        pairs: Sequence[Encoded],
        held: Sequence[Encoded],
        folder: Path,
        teacher: Any = None,
    ) -> None:
        self.model, self.settings, self.folder, self._teacher = model, settings, folder, teacher
        self.device = next(model.parameters()).device.type
        self.bf16 = precision(settings, self.device) == "bf16"
        self.plan = plan(pairs, settings, seed)
        self._held = [read for step in steps(held, range(len(held)), *_reads(settings)) for read in step]
        self._learning = learning(model)
        self._optimizer = torch.optim.AdamW(
            list(self._learning.values()), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        self._perturbation = Perturbation(model, settings)
        self._measured_at = measured_at(len(self.plan), settings)
        self.step, self.tokens, self.seconds = 0, 0, 0.0
        self.loss, self.held_loss = math.nan, None if not held else math.inf
        self.best, self.worse = math.inf, 0
        torch.manual_seed(seed)
        if (folder / CHECKPOINT).exists():
            self._resume()
        self._cut_log()
        self._reference: dict[Encoded, tuple[float, float]] = {}
        if settings.objective == "preference":
            self._reference = self._references([*pairs, *held])

    def run(self, progress: Progress | None = None) -> None:
        """Every step that is left, then the weights that were best on the hold-out, where there is one.

        `progress` is told at the beginning, after each read of a step, which may take minutes, and after the step.
        """
        total, saved, began, before = sum(map(_tokens, self.plan)), time.monotonic(), time.monotonic(), self.tokens
        spent = self.seconds

        def tell(more: int = 0, measured: bool = False) -> None:
            if progress:
                tokens, held = self.tokens + more, self._known_held()
                rate = (tokens - before) / max(1e-9, time.monotonic() - began)
                progress(Said(self.step, len(self.plan), tokens, total, self.loss, held, measured, rate))

        tell()
        while self.step < len(self.plan) and not self._given_up():
            self._learn(self.plan[self.step], tell)
            self.seconds = spent + time.monotonic() - began
            line: dict[str, Any] = {"step": self.step, "tokens": self.tokens, "loss": self.loss}
            if self.step in self._measured_at and self._held:
                self._measure()
                line["held_loss"] = self.held_loss
            storage.append(self.folder / LOG, {**line, "seconds": round(self.seconds, 3)})
            if time.monotonic() - saved > CHECKPOINT_S or "held_loss" in line:
                self._save()
                saved = time.monotonic()
            tell(measured="held_loss" in line)
        if (self.folder / BEST).exists():
            self._put(torch.load(self.folder / BEST, weights_only=True))

    def _learn(self, step: Step, tell: Callable[[int], None]) -> None:
        self.model.train()
        rate = self.settings.learning_rate * scheduled(self.step, len(self.plan), self.settings.warmup)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        share = self._share(step)
        total, done = 0.0, 0
        for read in step:
            there = row(read).to(self.device)
            total += float(self._perturbation.backward(there, partial(self._shared_loss, read, there, share)))
            done += sum(one.tokens for one in read)
            tell(done)
        if not math.isfinite(total):
            raise UsageError(
                f"Training: the loss of step {self.step + 1} is {total}. Lower learning_rate ({rate:.2g} here), raise "
                "warmup, or take precision: fp32; then remove the training folder and run again."
            )
        nn.utils.clip_grad_norm_(list(self._learning.values()), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.loss, self.step, self.tokens = total, self.step + 1, self.tokens + _tokens(step)

    def _share(self, reads: Sequence[Read]) -> int:
        """What a sum of losses is divided by: the tokens learnt, or of preferences the pairs."""
        preference = self.settings.objective == "preference"
        return sum(map(len, reads)) if preference else learnt_tokens(list(reads))

    def _shared_loss(self, read: Read, there: Row, share: int) -> Tensor:
        return self._loss(read, there) / share

    def _loss(self, read: Read, there: Row) -> Tensor:
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16):
            if self.settings.objective == "preference":
                return preference_loss(self.model, there, [self._reference[one] for one in read], self.settings.beta)
            if self._teacher is not None:
                return distilled_loss(self.model, self._teacher, self.settings.teacher_share, there)
            return answer_loss(self.model, there)

    def _measure(self) -> None:
        """The loss of the hold-out; weights that do better than any before are kept."""
        self.model.eval()
        with torch.no_grad():
            total = sum(float(self._loss(read, row(read).to(self.device))) for read in self._held)
        self.held_loss = total / self._share(self._held)
        if self.held_loss < self.best:
            self.best, self.worse = self.held_loss, 0
            self._write(BEST, {name: one.detach() for name, one in self._learning.items()})
        else:
            self.worse += 1

    def _given_up(self) -> bool:
        return bool(self.settings.patience) and self.worse >= self.settings.patience

    def _known_held(self) -> float | None:
        return self.held_loss if self.held_loss is not None and math.isfinite(self.held_loss) else None

    def _references(self, pairs: Sequence[Encoded]) -> dict[Encoded, tuple[float, float]]:
        """What the model says of both answers of each pair before it learns: computed once, then read."""
        path = self.folder / REFERENCE
        if not path.exists():
            self.model.eval()
            reads = [read for step in steps(pairs, range(len(pairs)), *_reads(self.settings)) for read in step]
            on = torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.bf16)
            with torch.no_grad(), without_adapter(self.model), on:
                rows = (row(read).to(self.device) for read in reads)
                found = [answers_log_probabilities(self.model, one).view(-1, 2).cpu() for one in rows]
            self._write(REFERENCE, {"reference": torch.cat(found)})
        held = torch.load(path, weights_only=True)["reference"].tolist()
        return {pair: (one, other) for pair, (one, other) in zip(pairs, held, strict=True)}

    def _save(self) -> None:
        chance = [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if self.device == "cuda" else [])]
        state = {
            "learning": {name: one.detach() for name, one in self._learning.items()},
            "optimizer": self._optimizer.state_dict(),
            "chance": chance,
            "at": [self.step, self.tokens, self.seconds, self.loss, self.held_loss, self.best, self.worse],
        }
        self._write(CHECKPOINT, state)

    def _write(self, name: str, state: dict[str, Any]) -> None:
        storage.kept(self.folder / name, partial(torch.save, state))

    def _resume(self) -> None:
        state = torch.load(self.folder / CHECKPOINT, weights_only=True, map_location=self.device)
        self._put(state["learning"])
        self._optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["chance"][0].cpu())
        if self.device == "cuda":
            torch.cuda.set_rng_state_all([one.cpu() for one in state["chance"][1:]])
        self.step, self.tokens, self.seconds, self.loss, self.held_loss, self.best, self.worse = state["at"]

    def _put(self, weights: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, one in self._learning.items():
                one.copy_(weights[name])

    def _cut_log(self) -> None:
        """Drops what a killed run wrote after its last checkpoint, since these steps come again."""
        path = self.folder / LOG
        kept = "".join(storage.line(one) for one in storage.lines(path) if one["step"] <= self.step)
        storage.kept_text(path, kept)


def plan(pairs: Sequence[Encoded], settings: TrainSettings, seed: int) -> list[Step]:
    """Every step of every pass; the last pass may be a part of one."""
    found: list[Step] = []
    left, number = max(1, round(len(pairs) * settings.passes)), 0
    while left > 0:
        places = order(pairs, seed, number, settings.mixing_temperature)[:left]
        found += steps(pairs, places, *_reads(settings))
        left, number = left - len(places), number + 1
    return found


def precision(settings: TrainSettings, device: str) -> str:
    """ "bf16" where the recipe says so, or where it says "auto" and the processor has it; else "fp32"."""
    if settings.precision != "auto":
        return settings.precision
    has = torch.cuda.is_bf16_supported() if device == "cuda" else torch.cpu._is_avx512_bf16_supported()
    return "bf16" if has else "fp32"


def scheduled(step: int, total: int, warmup: float) -> float:
    """The part of the learning rate at a step, counted from 0: rising to 1, then falling in a straight line."""
    rising = max(1, round(total * warmup)) if warmup else 0
    if step < rising:
        return (step + 1) / rising
    return max(FLOOR, (total - step) / max(1, total - rising))


def measured_at(total: int, settings: TrainSettings) -> set[int]:
    """After which steps the hold-out is measured; always after the last."""
    times = max(1, round(settings.passes * settings.measured))
    return {math.ceil(total * (at + 1) / times) for at in range(times)}


def _reads(settings: TrainSettings) -> tuple[int, int]:
    return settings.batch_tokens, min(settings.read_tokens, settings.batch_tokens)


def _tokens(step: Step) -> int:
    return sum(one.tokens for read in step for one in read)
