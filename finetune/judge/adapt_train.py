"""Trains a judge further on a few rows, without letting it forget what it knew.

A row says something about one head. Of the other heads the judge is held to what it said before: else the encoder,
which all heads share, would move under them.
"""

from __future__ import annotations

import copy
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from core.settings import threads
from core.weights import sha256_of
from finetune.judge.adapt_base import from_onnx
from finetune.judge.encoding import IGNORED, Batch, Encoded, batches, encode, open_tokenizer
from finetune.judge.examples import Example
from finetune.judge.export import export, parity
from finetune.judge.model import JudgeModel, Logits
from finetune.judge.recipe import Recipe
from finetune.judge.strategies import merged, prepared
from finetune.judge.train import losses
from rag.judge.judge import Judge
from rag.judge.open import FOLDER

CHECKPOINT_S = 30
"""Seconds between checkpoints: what a kill costs at most."""
COMPARED = 100
"""Rows on which the exported integers are held against what was trained."""
CHECKPOINT = "checkpoint.pt"
REMEMBER = 0.5
"""What a head counts that a row has no label for, beside one that it has."""

Progress = Callable[[int, int], None]
Sets = Mapping[Path, Sequence[Example]]


def train_all(base: Judge, sets: Sets, recipe: Recipe, progress: Progress | None = None) -> None:
    """Trains a judge for each folder, on its rows, and lays it there as a library keeps its own, with the base's
    profile. What is there stays; what was begun is gone on with.

    `progress` hears (rows read, of so many) over all. Raises WeightsMismatch for a base that cannot be read, or where
    the integers do not say what was trained.
    """
    model_file, tokenizer_file = base._paths
    tokenizer = open_tokenizer(tokenizer_file)
    encoded = {folder: labelled(tokenizer, rows) for folder, rows in sets.items()}
    total, done = sum(rows_seen(each, recipe) for each in encoded.values()), 0
    for folder, each in encoded.items():
        judge = folder / FOLDER / f"judge-{base.language}.onnx"
        if not judge.exists():
            judge.parent.mkdir(parents=True, exist_ok=True)
            heard = _shifted(progress, done, total)
            model = on_the_grid(trained(from_onnx(model_file), each, recipe, folder, heard), recipe.seed)
            fresh = judge.with_suffix(".fresh")
            export(model, fresh)
            parity(model, fresh, each[:COMPARED])
            replace(base.profile, sha256=sha256_of(fresh)).write(judge.with_suffix(".json"))
            fresh.replace(judge)
            (folder / CHECKPOINT).unlink(missing_ok=True)
        done += rows_seen(each, recipe)
        if progress:
            progress(done, total)


def on_the_grid(model: JudgeModel, seed: int) -> JudgeModel:
    """The model with its matrices rounded as they are exported, up or down by chance, the nearer the likelier.

    What it began with lies on that grid, and what a short training adds is often less than half a step: rounded to the
    nearest, all of that would be lost. By chance, it is there at the mean.
    """
    dice = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                step = module.weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
                exact = module.weight / step
                chosen = torch.floor(exact + torch.rand(exact.shape, generator=dice))
                there = (exact - exact.round()).abs() < 1e-3
                module.weight.copy_(torch.where(there, exact.round(), chosen).clamp(-127, 127) * step)
    return model


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress of one training within that of all."""
    return (lambda seen, _: progress(before + seen, total)) if progress else None


def rows_seen(encoded: Sequence[Encoded], recipe: Recipe) -> int:
    """How many rows a training reads, each as often as it is read."""
    return int(len(encoded) * recipe.passes)


def labelled(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Encoded]:
    """The examples encoded, without those whose answer was cut off."""
    encoded = encode(tokenizer, examples)
    return [one for one in encoded if any(v != IGNORED for v in (one.relevance, one.answerable, one.entailment))]


def trained(
    model: JudgeModel, encoded: Sequence[Encoded], recipe: Recipe, folder: Path, progress: Progress | None = None
) -> JudgeModel:
    """`model` trained further as the recipe says, going on from the checkpoint in `folder` if there is one.

    `progress` hears (rows read, of so many). The model given is changed; use what comes back.
    """
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(threads())
    run = _Run(model, encoded, recipe, folder / CHECKPOINT)
    saved = time.monotonic()
    try:
        for seen in run.steps():
            if progress:
                progress(min(seen, run.total), run.total)
            if time.monotonic() - saved > CHECKPOINT_S:
                run.save()
                saved = time.monotonic()
    except KeyboardInterrupt:
        run.save()
        raise
    trained: JudgeModel = merged(run.model).cpu().eval()
    return trained


class _Run:
    """A training under way."""

    def __init__(self, model: JudgeModel, encoded: Sequence[Encoded], recipe: Recipe, checkpoint: Path) -> None:
        self.before = copy.deepcopy(model).eval()
        self.model, self.encoded, self.recipe, self.checkpoint = prepared(model, recipe), encoded, recipe, checkpoint
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.halves = self.device == "cuda" or torch.cpu._is_avx512_bf16_supported()
        for one in (self.before, self.model):
            one.to(self.device)
        changing = [(name, one) for name, one in self.model.named_parameters() if one.requires_grad]
        groups = [
            {"params": [one for name, one in changing if name.startswith("encoder") == inside], "rate": rate}
            for inside, rate in ((True, recipe.learning_rate), (False, recipe.head_rate))
        ]
        self.optimizer = torch.optim.AdamW([group for group in groups if group["params"]], weight_decay=0.0)
        self.total = rows_seen(encoded, recipe)
        self.seen, self.done = 0, 0
        if checkpoint.exists():
            self._resume()

    def steps(self) -> Iterator[int]:
        """The number of rows read, after each step that was not taken before."""
        for number, batch in enumerate(self._batches()):
            if number < self.done:
                continue
            self._step(batch)
            self.seen, self.done = self.seen + len(batch.input_ids), number + 1
            yield self.seen

    def save(self) -> None:
        """Writes what is needed to go on, whole or not at all."""
        changing = {name: one for name, one in self.model.named_parameters() if one.requires_grad}
        state = {"changed": changing, "optimizer": self.optimizer.state_dict(), "at": [self.seen, self.done]}
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def _batches(self) -> Iterator[Batch]:
        seen, turn = 0, 0
        while seen < self.total:
            for batch in batches(self.encoded, self.recipe.batch_tokens, random.Random(f"{self.recipe.seed}-{turn}")):
                yield batch
                seen += len(batch.input_ids)
                if seen >= self.total:
                    return
            turn += 1

    def _step(self, batch: Batch) -> None:
        self.model.train()
        progress = self.seen / self.total
        rising = min(1.0, progress / self.recipe.warmup) if self.recipe.warmup else 1.0
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * max(1e-3, min(rising, (1 - progress) / (1 - self.recipe.warmup)))
        inputs = [one.to(self.device) for one in (batch.input_ids, batch.attention_mask, batch.token_type_ids)]
        labels = {name: label.to(self.device) for name, label in batch.labels.items()}
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.halves):
            with torch.no_grad():
                known: Logits = self.before(*inputs)
            said: Logits = self.model(*inputs)
        learned = sum(self.recipe.weigh.get(name, 1.0) * part for name, part in losses(said, labels).items())
        loss = learned + REMEMBER * forgotten(said, known, labels)
        assert isinstance(loss, Tensor)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["changed"], strict=False)
        self.optimizer.load_state_dict(state["optimizer"])
        self.seen, self.done = state["at"]


def forgotten(said: Logits, known: Logits, labels: dict[str, Tensor]) -> Tensor:
    """How far the heads have moved from what they said before, on the rows that have no label for them: the
    divergence, a sum over the heads of the mean over the batch's rows."""
    size = len(labels["answerable"])
    parts = [said.relevance.new_zeros(())]
    for name in ("relevance", "answerable", "start", "end", "entailment"):
        free = labels[name] == IGNORED
        if name in ("start", "end"):
            free = free & (labels["answerable"] != 0)  # where nothing answers, there is nothing to point at
        if not free.any():
            continue
        now, then = getattr(said, name).float()[free], getattr(known, name).float()[free]
        if now.dim() == 1:
            now, then = (functional.pad(one.unsqueeze(-1), (0, 1)) for one in (now, then))
        each = functional.kl_div(now.log_softmax(-1), then.log_softmax(-1), log_target=True, reduction="none").sum(-1)
        parts.append(each.sum() / size)
    return torch.stack(parts).sum()
