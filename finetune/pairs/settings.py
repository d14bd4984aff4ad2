"""What pairs are made of and how they are mixed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from core.errors import SettingsError
from finetune.pairs.mixing import Balance

Source: TypeAlias = Literal["passages", "approved", "text"]
SOURCES: tuple[Source, ...] = get_args(Source)
"""What pairs are made of in a library: its passages, the answers that were approved, its raw text."""


@dataclass(frozen=True, slots=True)
class PairSettings:
    """What is made, and how it is mixed.

    `sources` of the library are used; `files` in the form `form`, found out where None. Questions of the files
    `keep_out` are left out. `unanswerable` is the share of questions to refuse, `distractors` that of answers among
    other passages' quotes, of all that are made of passages; at most `most` questions are made of
    those, and a model writes of at most as many. `held` is
    the share held out by document, and `folds` the number of parts for cross-validation beside it, 0 for none.
    `balance` and `temperature` are those of `finetune.pairs.mixing`; `augment` is the share of pairs that a reworded
    one goes beside. Only what is trained on is balanced and reworded.
    """

    sources: tuple[Source, ...] = ("passages", "approved")
    files: tuple[Path, ...] = ()
    form: str | None = None
    keep_out: tuple[Path, ...] = ()
    unanswerable: float = 0.25
    distractors: float = 0.15
    most: int | None = None
    held: float = 0.1
    folds: int = 0
    balance: Balance = "natural"
    temperature: float = 2.0
    augment: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, below in (("unanswerable", 0.9), ("distractors", 0.9), ("held", 0.9), ("augment", 1.0)):
            if not 0 <= getattr(self, name) <= below:
                raise SettingsError(f"Making pairs: {name} is {getattr(self, name)}; it takes 0 to {below}.")
        if self.folds < 0 or self.folds == 1:
            raise SettingsError(f"Making pairs: folds is {self.folds}; it takes 0 for none, or 2 or more.")
        if self.balance not in get_args(Balance):
            raise SettingsError(f"Making pairs: balance is {self.balance!r}; valid are {', '.join(get_args(Balance))}.")
        if self.temperature <= 0 or (self.most is not None and self.most < 1):
            raise SettingsError("Making pairs: temperature and most take numbers over 0.")
        if wrong := [source for source in self.sources if source not in SOURCES]:
            raise SettingsError(f"Making pairs from {wrong[0]!r}: valid are {', '.join(SOURCES)}.")
