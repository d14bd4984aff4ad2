"""The stages of a tuned model in their order, each resumable: pairs, train, merge, export, parity."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeAlias

from core.errors import UsageError
from finetune.pairs.settings import PairSettings
from finetune.training.recipe import MERGEABLE, Recipe

Done: TypeAlias = dict[str, Any]
"""What RUN/manifest.json says of a stage."""
STAGES = ("pairs", "train", "merge", "export", "parity")


def stages_of(recipe: Recipe) -> tuple[str, ...]:
    """The stages of a recipe; those of prompts and prefixes, which are no part of the weights, end with training."""
    made = STAGES if recipe.pairs.folder is None else STAGES[1:]
    return made if recipe.train.strategy in MERGEABLE else made[: made.index("train") + 1]


def run_pairs(recipe: Recipe, run: Path, library: Path, progress: Callable[[int, int], None] | None = None) -> Done:
    """RUN/pairs as the recipe says, from the library's folder and the recipe's files; see finetune.pairs.build.make.

    Raises UsageError, NotALibrary, SettingsError, WeightsError.
    """
    from finetune.export import manifest
    from finetune.pairs.build import make
    from finetune.training.base import open_tokenizer

    held = recipe.pairs
    if held.folder is not None:
        raise UsageError(f"Recipe {recipe.name}: its pairs are those of {held.folder}, so none are made.")
    sources = held.sources or (() if held.files else PairSettings().sources)
    plain = PairSettings(**{one.name: getattr(held, one.name) for one in fields(PairSettings)})
    settings = replace(plain, sources=sources, seed=held.seed or recipe.seed)
    tokenizer = open_tokenizer(recipe.base)

    def count(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False).input_ids)

    with _writer(recipe) as writer:
        made = make(settings, library if sources else None, run / "pairs", count, writer, progress)
    said = {key: made[key] for key in ("inputs", "counts", "documents", "left_out", "outputs")}
    if manifest.read(run).get("pairs") != said:
        manifest.record(run, "pairs", said)
    return said


@contextmanager
def _writer(recipe: Recipe) -> Iterator[Any]:
    """The model that writes questions, if the recipe names one."""
    held = recipe.pairs
    if held.model is None:
        yield None
        return
    from finetune.pairs.written import open_writer

    writer = open_writer(held.model, held.endpoint_model)
    try:
        yield writer
    finally:
        writer.close()
