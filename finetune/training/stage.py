"""The stage "train" of a tuned model: RUN/pairs becomes RUN/adapter or RUN/model, with RUN/training beside it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from core.errors import SettingsError, UsageError
from core.settings import threads
from core.weights import sha256_of
from finetune.export import manifest
from finetune.pairs.pair import read_pairs
from finetune.training import allocator, loop, memory, storage, strategies
from finetune.training.base import base_sha256, open_config, open_model, open_tokenizer, reading_bytes
from finetune.training.batches import Step
from finetune.training.curves import picture
from finetune.training.encoding import EncodedPairs, Encoder, encode_all
from finetune.training.recipe import ADAPTERS, Recipe, as_table

STAGE = "train"


def train(recipe: Recipe, run: Path, progress: loop.Progress | None = None) -> dict[str, Any]:
    """Trains by the recipe on RUN/pairs, or on the folder that it names; gives what the manifest says of it.

    A training that is finished is left as it is; one that was killed goes on. Raises UsageError (no pairs, too little
    memory, a folder with another training, a disk that is full), WeightsError, MissingDependency.
    """
    pairs_folder = Path(recipe.pairs.folder).expanduser() if recipe.pairs.folder else run / "pairs"
    inputs = _inputs(recipe, pairs_folder)
    outcome = run / ("adapter" if recipe.train.strategy in ADAPTERS else "model")
    said = manifest.read(run).get(STAGE)
    if said and said["inputs"] == inputs and outcome.is_dir():
        return dict(said)
    _claim(run, inputs, said)
    strategies.check_possible(recipe.train)
    torch.set_num_threads(threads())
    tokenizer = open_tokenizer(recipe.base)
    pairs, held = _encoded(recipe, Encoder(tokenizer, recipe.base), pairs_folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    expected = _fitting(recipe, loop.plan(pairs.encoded, recipe.train, recipe.seed), device)
    model, teacher = _opened(recipe, tokenizer, device)
    training = loop.Training(model, recipe.train, recipe.seed, pairs.encoded, held.encoded, run / "training", teacher)

    def told(said: loop.Said) -> None:
        if said.measured:
            _draw(run, recipe.name)
        if progress:
            progress(said)

    training.run(told)
    _draw(run, recipe.name)
    storage.kept(outcome, lambda at: strategies.save(training.model, tokenizer, recipe.train, recipe.base, at))
    said = {
        "inputs": inputs,
        "base": recipe.base,
        "base_sha256": inputs["base_sha256"],
        "template_sha256": Encoder(tokenizer, recipe.base).template_sha256,
        "seed": recipe.seed,
        "recipe": as_table(recipe),
        "machine": {
            "device": device,
            "threads": threads(),
            "precision": loop.precision(recipe.train, device),
            "allocator": allocator.name(),
        },
        "versions": _versions(),
        "figures": _figures(training, pairs, expected),
    }
    manifest.record(run, STAGE, said)
    for name in (loop.CHECKPOINT, loop.BEST, loop.REFERENCE):
        (run / "training" / name).unlink(missing_ok=True)
    return said


def _inputs(recipe: Recipe, pairs: Path) -> dict[str, Any]:
    """What the outcome depends on."""
    held = pairs / "held.jsonl"
    return {
        "base_sha256": base_sha256(recipe.base),
        "teacher_sha256": base_sha256(recipe.train.teacher) if recipe.train.teacher else None,
        "pairs_sha256": _sha256(pairs / "train.jsonl"),
        "held_sha256": _sha256(held) if held.exists() else None,
        "seed": recipe.seed,
        "train": asdict(recipe.train),
    }


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise UsageError(f"Reading pairs from {path}: {error.strerror}. `pincite pairs` makes them.") from error


def _claim(run: Path, inputs: dict[str, Any], said: dict[str, Any] | None) -> None:
    """Writes down what the folder's training is made of. Raises UsageError where it holds another one."""
    path = run / "training" / "inputs.json"
    before = said["inputs"] if said else (storage.lines(path) or [inputs])[0]
    if before != inputs:
        other = [key for key in inputs if before.get(key) != inputs[key]]
        raise UsageError(
            f"Training into {run}: it holds a training with another {', another '.join(other)}. Give another folder "
            f"with --run, or remove {run / 'training'} and {run / 'manifest.json'}."
        )
    storage.kept_text(path, storage.line(inputs))


def _encoded(recipe: Recipe, encoder: Encoder, folder: Path) -> tuple[EncodedPairs, EncodedPairs]:
    limit, preference = recipe.train.sequence_length, recipe.train.objective == "preference"
    train = encode_all(encoder, read_pairs(folder / "train.jsonl"), limit, preference, str(folder / "train.jsonl"))
    if not (folder / "held.jsonl").exists():
        if recipe.train.patience:
            raise UsageError(
                f"Training with patience {recipe.train.patience}: {folder} has no held.jsonl to measure on."
            )
        return train, EncodedPairs([], 0)
    return train, encode_all(encoder, read_pairs(folder / "held.jsonl"), limit, preference, str(folder / "held.jsonl"))


def _fitting(recipe: Recipe, steps: list[Step], device: str) -> memory.Estimate:
    """What the training will take. Raises UsageError where it does not fit."""
    bf16 = loop.precision(recipe.train, device) == "bf16"
    shape = memory.Shape(
        open_config(recipe.base),
        recipe.train,
        memory.largest([read for step in steps for read in step]),
        bf16,
        reading_bytes(recipe.base, strategies.halved(recipe.train, bf16)),
        open_config(recipe.train.teacher) if recipe.train.teacher else None,
        any(len(step) > 1 for step in steps),
    )
    free_here = memory.free_memory("cpu")
    return memory.check_fits(shape, memory.free_memory(device) if device == "cuda" else free_here, free_here)


def _opened(recipe: Recipe, tokenizer: Any, device: str) -> tuple[Any, Any]:
    """The model with what learns in it, and the teacher if there is one. Raises SettingsError, WeightsError."""
    bf16 = loop.precision(recipe.train, device) == "bf16"
    teacher = None
    if recipe.train.teacher:
        _check_teacher(recipe, tokenizer)
        teacher = strategies.packed(open_model(recipe.train.teacher, half=bf16)).requires_grad_(False).eval()
        teacher = strategies.halve_frozen(teacher, bf16).to(device)
    torch.manual_seed(recipe.seed)
    model = strategies.prepared(strategies.open_for(recipe.base, recipe.train, bf16), recipe.train)
    model = strategies.halve_frozen(model, strategies.halved(recipe.train, bf16))
    return model if model.device.type == device else model.to(device), teacher


def _check_teacher(recipe: Recipe, tokenizer: Any) -> None:
    assert recipe.train.teacher
    if open_tokenizer(recipe.train.teacher).get_vocab() != tokenizer.get_vocab():
        raise SettingsError(
            f"The teacher {recipe.train.teacher} and the base {recipe.base} have different vocabularies, so that their "
            "probabilities are about different tokens. Let the teacher write the answers instead: `pincite pairs` with "
            "the teacher as the writer, and a recipe without teacher."
        )


def _draw(run: Path, name: str) -> None:
    told = storage.lines(run / "training" / loop.LOG)
    learnt = [(line["tokens"], line["loss"]) for line in told]
    held = [(line["tokens"], line["held_loss"]) for line in told if "held_loss" in line]
    storage.kept_text(run / "training" / "curves.svg", picture(name, learnt, held))


def _figures(training: loop.Training, pairs: EncodedPairs, expected: memory.Estimate) -> dict[str, Any]:
    return {
        "pairs": len(pairs.encoded),
        "left_out": pairs.left_out,
        "steps": training.step,
        "of_steps": len(training.plan),
        "tokens": training.tokens,
        "seconds": round(training.seconds, 1),
        "loss": training.loss,
        "held_loss": training.held_loss,
        "best_held_loss": training.best if training.held_loss is not None else None,
        "learning": sum(one.numel() for one in strategies.learning(training.model).values()),
        "memory_estimate": expected.most,
    }


def _versions() -> dict[str, str]:
    return manifest.versions("torch", "transformers", "peft", "tokenizers", "safetensors")
