"""What was measured about a judge, kept as JSON beside its weights: what its figures mean, and what they promise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import SettingsError, WeightsMismatch, WeightsMissing


@dataclass(frozen=True, slots=True)
class Risk:
    """A promise: with the confidence `threshold`, at most the share `wrong` of all questions was answered wrongly, at
    the price that the share `refused` of the answerable ones was not answered."""

    wrong: float
    threshold: float
    refused: float


@dataclass(frozen=True, slots=True)
class Profile:
    """All figures that belong to one judge's weights, whose SHA-256 is `sha256`.

    `scale` and `bias` turn the answerability head's logit into calibrated log odds. `intercept` and `weights`, by the
    features' names, make the confidence that an answer is right (rag.answer.confidence). `risks` are what a threshold
    on that promises, the smallest share of wrong answers first. `quote_weight` is what the judge's pointing counts
    for when sentences are chosen. From `contradicted_from` on a drafted sentence counts as contradicted, from
    `entailed_from` on as supported though it is no whole clause; None is never.
    """

    language: str
    sha256: str
    scale: float
    bias: float
    intercept: float
    weights: Mapping[str, float]
    risks: tuple[Risk, ...]
    quote_weight: float
    contradicted_from: float | None = None
    entailed_from: float | None = None

    def risk(self, wrong_at_most: float) -> Risk:
        """The promise nearest below: at most this share of questions is answered wrongly.

        Raises SettingsError where less was asked for than was ever measured.
        """
        kept = [risk for risk in self.risks if risk.wrong <= wrong_at_most]
        if not kept:
            least = min((risk.wrong for risk in self.risks), default=1.0)
            raise SettingsError(
                f"[answer] wrong_at_most is {wrong_at_most}; the judge for {self.language!r} can promise {least} at "
                "the least. Set that or more, or set [answer] threshold, a confidence from 0 to 1, yourself."
            )
        return max(kept, key=lambda risk: risk.wrong)

    def threshold(self, wrong_at_most: float) -> float:
        """The confidence from which to answer so that the promise is kept. Raises SettingsError as `risk` does."""
        return self.risk(wrong_at_most).threshold

    def write(self, path: Path) -> None:
        """Writes it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def read_profile(path: Path) -> Profile:
    """The profile in `path`. Raises WeightsMissing, or WeightsMismatch for a file that is none."""
    try:
        table: Any = json.loads(path.read_text(encoding="utf-8"))
        table["risks"] = tuple(Risk(**risk) for risk in table["risks"])
        return Profile(**table)
    except FileNotFoundError as error:
        raise WeightsMissing(
            f"Opening a judge: {path}, which says what its figures mean, is not there. Remove the judge's folder to "
            "use the one that Pincite ships, or make it again."
        ) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        names = ", ".join(field.name for field in fields(Profile))
        raise WeightsMismatch(f"Opening a judge: {path} is not its profile ({error!r}); that holds {names}.") from error
