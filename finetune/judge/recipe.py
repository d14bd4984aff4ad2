"""A recipe: all that a judge's training depends on, in one YAML file that is kept beside what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import yaml

from core.errors import SettingsError

Strategy: TypeAlias = Literal["full", "lora", "heads"]
RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a judge is trained.

    `base` is a folder with an encoder as transformers saves it, or a name that `finetune.judge.bases` lays in place.
    `strategy` says what changes: every weight, low-rank additions of `rank` to the encoder, or the heads alone.
    `passes` is how often each example is seen; `repeat` multiplies that for single kinds, 0 leaves a kind out.
    `learning_rate` is the encoder's, `head_rate` the heads'; both rise over the first `warmup` of the run, then fall.
    `batch_tokens` bounds the tokens read at once. `weigh` multiplies the loss of single heads.
    """

    name: str
    base: str
    language: str
    strategy: Strategy = "full"
    passes: float = 2.0
    learning_rate: float = 8e-5
    head_rate: float = 8e-4
    warmup: float = 0.06
    weight_decay: float = 0.01
    batch_tokens: int = 6144
    rank: int = 16
    seed: int = 0
    repeat: Mapping[str, float] = field(default_factory=dict)
    weigh: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.strategy not in get_args(Strategy):
            raise SettingsError(
                f"Recipe {self.name}: strategy is {self.strategy!r}; valid are {', '.join(get_args(Strategy))}."
            )
        for name in ("passes", "learning_rate", "head_rate", "batch_tokens", "rank"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"Recipe {self.name}: {name} is {getattr(self, name)}; it takes a number over 0.")


def read_recipe(path: Path) -> Recipe:
    """The recipe in `path`. Raises SettingsError naming the file, the key and what is valid."""
    try:
        table: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"Reading the recipe {path}: {error}. Recipes that work lie in {RECIPES}.") from error
    valid = [one.name for one in fields(Recipe)]
    if not isinstance(table, dict):
        raise SettingsError(f"Reading the recipe {path}: it must be a table of settings, among {', '.join(valid)}.")
    for key in table:
        if key not in valid:
            raise SettingsError(f"Reading the recipe {path}: it has no setting {key!r}; valid are {', '.join(valid)}.")
    try:
        return Recipe(**table)
    except TypeError as error:
        raise SettingsError(f"Reading the recipe {path}: {error}. Recipes that work lie in {RECIPES}.") from error
