"""The stages "merge", "export" and "parity" of a tuned model, by its recipe; each may be run again and goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from finetune.export.files import export
from finetune.export.merge import merge
from finetune.export.parity import prove
from finetune.export.texts import Conversation
from finetune.pairs.pair import messages, read_pairs
from finetune.training.recipe import Recipe

HELD_PAIRS = 8
"""Pairs of the hold-out that parity is also measured on."""


def run_merge(recipe: Recipe, run: Path) -> dict[str, Any]:
    """RUN/adapter into RUN/merged; see merge."""
    return merge(recipe.base, run)


def run_export(recipe: Recipe, run: Path) -> dict[str, Any]:
    """RUN/merged, or RUN/model, into RUN/gguf, in the forms of the recipe; see export."""
    return export(recipe.base, run, recipe.name, recipe.export.quantisations)


def run_parity(recipe: Recipe, run: Path) -> dict[str, Any]:
    """RUN/parity.json, on conversations of the hold-out too where there are any; see prove."""
    return prove(recipe.base, run, _held(recipe, run))


def _held(recipe: Recipe, run: Path) -> list[Conversation]:
    folder = Path(recipe.pairs.folder).expanduser() if recipe.pairs.folder else run / "pairs"
    path = folder / "held.jsonl"
    pairs = read_pairs(path) if path.is_file() else []
    asked = [pair for pair in pairs if pair.kind != "text"][:HELD_PAIRS]
    return [[*messages(pair), {"role": "assistant", "content": pair.answer}] for pair in asked]
