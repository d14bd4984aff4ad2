"""Trains a judge by its recipe: resumable, with its figures written down as it goes.

    python -m finetune.judge.train RECIPE.yaml --examples en.jsonl --held en-held.jsonl --out RUN

RUN holds log.jsonl (losses and held-out figures by examples seen), checkpoint.pt while it runs, and at the end the
model as `finetune.judge.model.load` reads it, with manifest.json. Run again after Ctrl-C or a kill, it goes on.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from core.settings import threads
from core.weights import sha256_of
from finetune.judge.bases import base_folder
from finetune.judge.encoding import IGNORED, Batch, Encoded, batches, encode, open_tokenizer
from finetune.judge.examples import Example, read
from finetune.judge.measure import figures
from finetune.judge.model import JudgeModel, Logits, from_base, save
from finetune.judge.recipe import Recipe, read_recipe
from finetune.judge.strategies import merged, prepared

CHECKPOINT_S = 180
"""Seconds between checkpoints: what a kill costs at most."""
MEASURED = 4
"""How often a run is measured on what is held out."""


def main() -> None:
    """Train as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--examples", type=Path, nargs="+", required=True)
    parser.add_argument("--held", type=Path, nargs="+", default=[], help="examples to measure on")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    train(read_recipe(asked.recipe), asked.examples, asked.held, asked.out)


def train(recipe: Recipe, examples: Sequence[Path], held: Sequence[Path], out: Path) -> Path:
    """Trains into the folder `out`, going on from its checkpoint if there is one; gives the folder.

    Raises UsageError for files that hold no examples, SettingsError, WeightsError.
    """
    if (out / "manifest.json").exists():
        print(f"{out} holds a finished model already", file=sys.stderr)
        return out
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(threads())
    base = base_folder(recipe.base)
    tokenizer = open_tokenizer(base / "tokenizer.json")
    rows = [example for path in examples for example in read(path)]
    encoded = [one for one in encode(tokenizer, _repeated(rows, recipe)) if _labelled(one)]
    kept = [example for path in held for example in read(path)]
    run = _Run(recipe, prepared(from_base(base), recipe), encoded, out)
    for seen, losses in run.steps():
        if seen is not None:
            said = {"seen": seen, **losses, **(figures(run.model, tokenizer, kept) if kept else {})}
            with (out / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(said) + "\n")
            print(said, file=sys.stderr, flush=True)
    save(merged(run.model), out)
    manifest = {
        "recipe": asdict(recipe),
        "examples": {path.name: sha256_of(path) for path in (*examples, *held)},
        "rows": len(rows),
        "seconds": round(run.seconds),
        "machine": f"{platform.machine()}, {threads()} threads, {run.precision}",
        "packages": {name: version(name) for name in ("torch", "transformers", "tokenizers")},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1, default=dict) + "\n", encoding="utf-8")
    (out / "checkpoint.pt").unlink(missing_ok=True)
    return out


def _repeated(rows: Sequence[Example], recipe: Recipe) -> list[Example]:
    """Each row as often as its kind is to be seen in one pass; a fraction is the chance of being seen."""
    dice = random.Random(recipe.seed)
    out: list[Example] = []
    for row in rows:
        times = recipe.repeat.get(row.kind, 1.0)
        out += [row] * (int(times) + (dice.random() < times - int(times)))
    return out


def _labelled(one: Encoded) -> bool:
    return any(label != IGNORED for label in (one.relevance, one.answerable, one.entailment))


class _Run:
    """A training under way: where it stands, and how to go on."""

    def __init__(self, recipe: Recipe, model: JudgeModel, encoded: list[Encoded], out: Path) -> None:
        self.recipe, self.model, self.encoded, self.out = recipe, model, encoded, out
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.precision = "bf16" if self.device == "cuda" or torch.cpu._is_avx512_bf16_supported() else "fp32"
        model.to(self.device)
        heads = [p for name, p in model.named_parameters() if p.requires_grad and not name.startswith("encoder")]
        body = [p for name, p in model.named_parameters() if p.requires_grad and name.startswith("encoder")]
        groups = [{"params": heads, "rate": recipe.head_rate}, {"params": body, "rate": recipe.learning_rate}]
        self.optimizer = torch.optim.AdamW(
            [group for group in groups if group["params"]], weight_decay=recipe.weight_decay, fused=True
        )
        self.total = int(len(encoded) * recipe.passes)
        self.seen, self.done, self.seconds = 0, 0, 0.0
        if (out / "checkpoint.pt").exists():
            self._resume()

    def steps(self) -> Iterator[tuple[int | None, dict[str, float]]]:
        """One step at a time; now and then with the number of examples seen and the mean losses since."""
        started, saved, sums, steps = time.monotonic() - self.seconds, time.monotonic(), dict[str, float](), 0
        first = self.seen
        measured_at = [int(self.total * (at + 1) / MEASURED) for at in range(MEASURED)]
        for number, batch in enumerate(self._all_batches()):
            if number < self.done:
                continue
            for name, value in self._step(batch).items():
                sums[name] = sums.get(name, 0.0) + value
            before, self.seen, self.done, steps = self.seen, self.seen + len(batch.input_ids), number + 1, steps + 1
            self.seconds = time.monotonic() - started
            if self.done % 20 == 0:
                self._say(first, {name: value / steps for name, value in sums.items()})
            if time.monotonic() - saved > CHECKPOINT_S:
                self._save()
                saved = time.monotonic()
            due = any(before < at <= self.seen for at in measured_at)
            yield (self.seen, {name: value / steps for name, value in sums.items()}) if due else (None, {})
            if due:
                sums, steps = {}, 0

    def _all_batches(self) -> Iterator[Batch]:
        seen, epoch = 0, 0
        while seen < self.total:
            dice = random.Random(f"{self.recipe.seed}-{epoch}")
            for batch in batches(self.encoded, self.recipe.batch_tokens, dice):
                yield batch
                seen += len(batch.input_ids)
                if seen >= self.total:
                    return
            epoch += 1

    def _step(self, batch: Batch) -> dict[str, float]:
        self.model.train()
        progress = self.seen / self.total
        rising = min(1.0, progress / self.recipe.warmup) if self.recipe.warmup else 1.0
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * max(1e-3, min(rising, (1 - progress) / (1 - self.recipe.warmup)))
        inputs = [one.to(self.device) for one in (batch.input_ids, batch.attention_mask, batch.token_type_ids)]
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.precision == "bf16"):
            logits: Logits = self.model(*inputs)
        parts = losses(logits, {name: label.to(self.device) for name, label in batch.labels.items()})
        loss = sum(self.recipe.weigh.get(name, 1.0) * part for name, part in parts.items())
        assert isinstance(loss, Tensor)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {name: float(part.detach()) for name, part in parts.items()}

    def _say(self, first: int, sums: dict[str, float]) -> None:
        rate = (self.seen - first) / max(1e-9, self.seconds) if not first else self.seen / self.seconds
        left = (self.total - self.seen) / rate / 60
        told = ", ".join(f"{name} {value:.3f}" for name, value in sums.items())
        print(
            f"\r{self.seen} of {self.total} examples, {rate:.1f}/s, {left:.0f} min left; {told}   ",
            end="",
            file=sys.stderr,
            flush=True,
        )

    def _save(self) -> None:
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "at": [self.seen, self.done, self.seconds, self.total],
        }
        partial = self.out / "checkpoint.partial"
        torch.save(state, partial)
        partial.replace(self.out / "checkpoint.pt")

    def _resume(self) -> None:
        state = torch.load(self.out / "checkpoint.pt", weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.seen, self.done, self.seconds, _ = state["at"]


def losses(logits: Logits, labels: dict[str, Tensor]) -> dict[str, Tensor]:
    """The loss of each head, a mean over the batch's examples that say something about it, times their share of the
    batch; a head that none speaks of has none."""
    found: dict[str, Tensor] = {}
    size = len(labels["answerable"])
    for name in ("relevance", "answerable", "start", "end", "entailment"):
        there = labels[name] != IGNORED
        if not there.any():
            continue
        said, meant = getattr(logits, name).float()[there], labels[name][there]
        if name in ("relevance", "answerable"):
            part = functional.binary_cross_entropy_with_logits(said, meant.float(), reduction="sum")
        else:
            part = functional.cross_entropy(said, meant, reduction="sum")
        found[name] = part / size * (0.5 if name in ("start", "end") else 1.0)
    return found


if __name__ == "__main__":
    main()
