"""How models are written as JSON, for the command line and the HTTP API alike. The keys are a contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import EngineError, WeightsError
from ui.jsonform import Json, number, seconds

if TYPE_CHECKING:
    from finetune.models.fit import Fit
    from finetune.models.machine import Machine
    from finetune.models.measured import Figures
    from finetune.models.registry import Model
    from finetune.models.switch import Switch
    from rag.evaluation.statistics import Interval


def listing(library: Path) -> Json:
    """Every model there is with its figures, which is in use, and which was before."""
    from finetune.models.measured import known_figures
    from finetune.models.registry import in_use, models
    from finetune.models.switch import previous

    there, present = models(library), in_use(library)
    figures = known_figures(library, there)
    beside = figures.get(present.name) if present else None
    return {
        "models": [{**_model(each, figures.get(each.name), beside), "in_use": each == present} for each in there],
        "in_use": present.name if present else None,
        "before": previous(library),
    }


def switch(outcome: Switch) -> Json:
    """What came of wanting another model."""
    verdict = outcome.verdict
    return {
        "before": outcome.before,
        "wanted": outcome.wanted,
        "done": outcome.done,
        "sentence": outcome.sentence,
        "figures": []
        if verdict is None
        else [
            {"figure": each.name, "before": number(each.before), "now": number(each.now), "lost": each.lost}
            for each in verdict.findings
        ],
    }


def fits(machine: Machine, language: str, found: Sequence[Fit]) -> Json:
    """What this machine can carry, for a library in that language."""
    largest = next((each.model.name for each in found if each.fits), None)
    return {"machine": asdict(machine), "language": language, "best": largest, "models": [_fit(each) for each in found]}


def _fit(fit: Fit) -> Json:
    return {
        "name": fit.model.name,
        "here": fit.here,
        "quantisation": fit.quantisation,
        "bytes": fit.bytes,
        "memory": fit.memory,
        "context": fit.context,
        "prompt_tokens": fit.prompt_tokens,
        "first_token_s": seconds(fit.first_token_s),
        "tokens_per_s": round(fit.tokens_per_s, 2),
        "tokens_per_character": dict(fit.model.tokens_per_character),
        "speaks": list(fit.model.speaks),
        "fits": fit.fits,
        "why": fit.why,
    }


def _model(model: Model, figures: Figures | None, beside: Figures | None) -> Json:
    return {
        "name": model.name,
        "kind": model.kind,
        "model": model.model,
        "adapter": model.adapter,
        **_file(model),
        "figures": {} if figures is None else {name: _interval(each) for name, each in figures.figures.items()},
        "questions": 0 if figures is None else figures.questions,
        "measured": None if figures is None else datetime.fromtimestamp(figures.at, UTC).isoformat(timespec="seconds"),
        "comparable": figures is not None and beside is not None and figures.conditions == beside.conditions,
        "training": {name: value for name, value in model.training.items() if value is not None},
        "curves": model.curves is not None,
    }


def _file(model: Model) -> Json:
    """What the file says of itself; of one that cannot be read, why."""
    try:
        header, size = model.header, model.bytes
    except (WeightsError, EngineError) as error:
        nothing = dict.fromkeys(("bytes", "quantisation", "parameters", "context"))
        return {**nothing, "error": str(error)}
    return {
        "bytes": size,
        "quantisation": header.quantisation,
        "parameters": header.parameters,
        "context": header.trained_context,
        "error": None,
    }


def _interval(interval: Interval) -> Json:
    return {
        "value": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "count": interval.count,
    }
