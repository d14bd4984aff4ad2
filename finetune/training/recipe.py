"""A recipe: all that a tuned model depends on, in one YAML file that is kept beside what came of it.

name: manuals
base: smollm2-135m-instruct
seed: 0
pairs: {folder: /tmp/pairs}
train: {strategy: lora, rank: 16, passes: 2}
export: {quantisations: [Q8_0, Q4_0]}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

import yaml

from core.errors import SettingsError
from finetune.pairs.settings import PairSettings, Source

Strategy: TypeAlias = Literal["lora", "qlora", "full", "freeze", "prompt", "prefix", "ia3"]
Objective: TypeAlias = Literal["answer", "preference"]
Adversary: TypeAlias = Literal["none", "fgm", "pgd"]
Precision: TypeAlias = Literal["auto", "bf16", "fp32"]
Quantisation: TypeAlias = Literal["F16", "Q8_0", "Q4_K_M", "Q4_0"]

ADAPTERS: tuple[Strategy, ...] = ("lora", "qlora", "prompt", "prefix", "ia3")
"""Strategies that leave every weight of the base as it is and put an adapter beside it; the others change weights."""
MERGEABLE: tuple[Strategy, ...] = ("lora", "qlora", "ia3", "full", "freeze")
"""Strategies whose outcome is one set of weights; prompts and prefixes stay beside the model and are not exported."""
RECIPES = Path(__file__).parent / "recipes"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PairsSettings(PairSettings):
    """Where the training pairs come from: `folder`, as `pincite pairs` leaves it (train.jsonl, held.jsonl); or else
    they are made, as PairSettings says.

    `sources` are of the library; none given are none where there are `files`, and PairSettings' own where there are no
    files. `model` writes questions, a GGUF or, as `endpoint_model`, the endpoint of that address. `seed` 0 is the
    recipe's.
    """

    sources: tuple[Source, ...] = ()
    folder: str | None = None
    model: str | None = None
    endpoint_model: str | None = None


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How a model is trained.

    What changes: `strategy`. Of "lora" and "qlora" `rank` is the adapter's width and `alpha` its weight (2 * rank
    when None), `rank_stabilised` divides by the root of the rank, `weight_decomposed` learns length and direction
    apart. "freeze" trains the last `layers` layers, "prompt" and "prefix" `virtual_tokens` that stand before the text.

    What is learnt: `objective` "answer" is the pair's answer, "preference" that it is better than `rejected`, with
    `beta` as the price of leaving the base. `teacher` names a larger model of the same vocabulary, whose probabilities
    count for `teacher_share` of the loss. `mixing_temperature` 1 draws the kinds of pairs as often as they are, larger
    ones evener; None takes every pair once a pass.

    How long: `passes` over the pairs; the rate rises over the first `warmup` of the run and then falls. The hold-out
    is measured `measured` times a pass; after `patience` times without a better loss training ends (0: never).

    How much at once: pairs of more than `sequence_length` tokens are left out; a step reads up to `batch_tokens`, at
    most `read_tokens` of them at a time. `checkpointing` computes activations twice to keep fewer.

    `neftune` is the size of the noise on embeddings; `adversarial` moves them against the model by
    `adversarial_size` of their length, at once ("fgm") or in three steps ("pgd").
    """

    strategy: Strategy = "lora"
    rank: int = 16
    alpha: float | None = None
    rank_stabilised: bool = False
    weight_decomposed: bool = False
    layers: int = 2
    virtual_tokens: int = 16
    objective: Objective = "answer"
    beta: float = 0.1
    teacher: str | None = None
    teacher_share: float = 0.5
    mixing_temperature: float | None = None
    passes: float = 2.0
    learning_rate: float = 2e-4
    warmup: float = 0.03
    weight_decay: float = 0.0
    measured: int = 4
    patience: int = 0
    sequence_length: int = 1024
    batch_tokens: int = 8192
    read_tokens: int = 4096
    checkpointing: bool = False
    precision: Precision = "auto"
    neftune: float = 0.0
    adversarial: Adversary = "none"
    adversarial_size: float = 0.02

    def __post_init__(self) -> None:
        over_zero = ("rank", "layers", "virtual_tokens", "passes", "learning_rate", "sequence_length", "batch_tokens")
        for name in (*over_zero, "read_tokens", "measured", "beta", "adversarial_size"):
            _at_least(name, getattr(self, name), over=0)
        for name in ("alpha", "mixing_temperature"):
            if getattr(self, name) is not None:
                _at_least(name, getattr(self, name), over=0)
        for name in ("weight_decay", "patience", "neftune"):
            _at_least(name, getattr(self, name))
        for name in ("warmup", "teacher_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise SettingsError(f"{name} is {getattr(self, name)}; it takes a number from 0 to 1.")
        if self.read_tokens < self.sequence_length:
            raise SettingsError(
                f"read_tokens is {self.read_tokens}, less than sequence_length, {self.sequence_length}: the longest "
                "pair must be read at once. Raise the one or lower the other."
            )
        if self.strategy in ("prompt", "prefix") and (self.neftune or self.adversarial != "none"):
            raise SettingsError(f"strategy {self.strategy} leaves embeddings alone; drop neftune and adversarial.")
        if self.teacher is not None and self.objective != "answer":
            raise SettingsError('teacher is given and objective is "preference"; a teacher takes objective: answer.')


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """Which GGUF files are made of what was trained."""

    quantisations: tuple[Quantisation, ...] = ("Q4_0",)

    def __post_init__(self) -> None:
        if not self.quantisations:
            raise SettingsError(f"quantisations is empty; give one at least of {', '.join(get_args(Quantisation))}.")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One tuned model. `name` is that of its files; `base` a name as `core.weights.locate` takes it, a folder as
    transformers saves it, or a GGUF file. Raises SettingsError."""

    name: str
    base: str
    seed: int = 0
    pairs: PairsSettings = field(default_factory=PairsSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    export: ExportSettings = field(default_factory=ExportSettings)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", self.name):
            raise SettingsError(
                f"name is {self.name!r}; files are named by it: letters, digits, dot, hyphen and underscore."
            )
        _at_least("seed", self.seed)


def read_recipe(path: Path) -> Recipe:
    """The recipe in `path`. Raises SettingsError naming the file, the key, the value met and what is valid."""
    try:
        table: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"Reading the recipe {path}: {error}. Recipes that work lie in {RECIPES}.") from error
    try:
        return from_table(Recipe, table)
    except SettingsError as error:
        raise SettingsError(f"Reading the recipe {path}: {error} Recipes that work lie in {RECIPES}.") from error


def from_table(kind: type[T], table: Any, about: str = "recipe") -> T:
    """The dataclass `kind` out of a table as YAML gives it, tables inside it too; `about` names it in errors.

    Raises SettingsError for unknown keys, missing ones and values of another type.
    """
    valid = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    if not isinstance(table, Mapping):
        raise SettingsError(f"{about} is {table!r}; it must be a table of {', '.join(valid)}.")
    hints, values = get_type_hints(kind), {}
    for key, value in table.items():
        if key not in valid:
            raise SettingsError(f"{about} has no setting {key!r}; valid are {', '.join(valid)}.")
        values[key] = _value(str(key), value, hints[key])
    try:
        return kind(**values)
    except TypeError as error:
        raise SettingsError(f"{about} lacks a setting: {error}.") from error


def as_table(recipe: Recipe) -> dict[str, Any]:
    """The recipe as tables that JSON and YAML can hold; `from_table` reads it back."""
    tables = asdict(recipe)
    for key in ("files", "keep_out"):
        tables["pairs"][key] = [str(path) for path in tables["pairs"][key]]
    return tables


def _value(name: str, value: Any, hint: Any) -> Any:
    """`value` as the type `hint` wants it. Raises SettingsError."""
    if hasattr(hint, "__dataclass_fields__"):
        return from_table(hint, value, name)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise SettingsError(f"{name} is {value!r}; valid are {', '.join(get_args(hint))}.")
        return value
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise SettingsError(f"{name} is {value!r}; it takes a list.")
        return tuple(_value(name, each, get_args(hint)[0]) for each in value)
    kinds = get_args(hint) or (hint,)
    if Path in kinds and isinstance(value, str):
        return Path(value).expanduser()
    if float in kinds and isinstance(value, str) and re.fullmatch(r"[0-9.]+e[+-]?[0-9]+", value):
        value = float(value)  # YAML reads 2e-4, without a dot, as text
    fits = isinstance(value, kinds) or (float in kinds and isinstance(value, int))
    if not fits or (isinstance(value, bool) and bool not in kinds):
        spelled = " or ".join(_SPELLED.get(each, each.__name__) for each in kinds)
        raise SettingsError(f"{name} is {value!r}; it takes {spelled}.")
    return value


_SPELLED = {int: "a whole number", float: "a number", bool: "true or false", str: "text", type(None): "nothing"}


def _at_least(name: str, value: float, over: float | None = None) -> None:
    if value < 0 or (over is not None and value <= over):
        raise SettingsError(f"{name} is {value}; it takes a number {'over 0' if over is not None else 'from 0'}.")
