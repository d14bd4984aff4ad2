"""How good a model's answers are on a library's own questions, measured once and kept.

A model is measured as the gate measures: every question asked, each guarded figure kept a question. Runs of `pincite
evaluate` in which the same model phrased count too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UsageError
from finetune.models.registry import FOLDER, Model, read_json, sha256
from rag.assistant import Assistant
from rag.evaluation.folder import MANIFEST, QUESTIONS
from rag.evaluation.gate import GUARDED, Measured, measured, read_baseline, write_baseline
from rag.evaluation.made import made_with
from rag.evaluation.places import check_gold
from rag.evaluation.present import measure
from rag.evaluation.questions import QuestionSet, read_questions
from rag.evaluation.ranking import DEPTH
from rag.evaluation.run import FIGURES, Run
from rag.evaluation.statistics import Interval, mean_interval
from rag.evaluation.subject import Subject

_KEPT = "measured"
_RUNS = "evaluations"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one model: each guarded figure's mean with its 95 % interval, over `questions` questions.

    `at` is when, in seconds since 1970. Figures with the same `conditions` differ by the model alone.
    """

    figures: Mapping[str, Interval]
    questions: int
    at: float
    conditions: str


def questions_of(library: Path, file: Path | None) -> QuestionSet:
    """The questions in `file`, else those of the newest run of `pincite evaluate`.

    Raises UsageError where there are none.
    """
    if file is not None:
        return read_questions(file)
    runs = sorted((library / _RUNS).glob(f"*/{FIGURES}"), key=lambda path: path.stat().st_mtime)
    if not runs:
        raise UsageError(
            "Measuring a model: no questions of this library are known. Name some with --set QUESTIONS "
            "(`pincite evaluate --new questions.csv` drafts them), or switch unmeasured with --force."
        )
    return read_questions(runs[-1].parent / QUESTIONS)


def measured_model(
    library: Path,
    model: Model,
    assistant: Assistant,
    asked: QuestionSet,
    progress: Callable[[int, int], None] | None = None,
) -> Measured:
    """The guarded figures of `model`, which is the one that `assistant` answers with; asked only if not known yet.

    Its drafts are measured even where the settings show quotes alone. `progress` hears (questions asked, in all).
    Raises UsageError where the library lacks a gold place; EngineError, MissingDependency.
    """
    subject = Subject(assistant)
    subject = Subject(assistant, replace(subject.settings, draft=True))
    check_gold(asked, subject.documents(), subject.document)
    made = {**made_with(subject, asked.questions, "", DEPTH, True), "model": _identity(library, model)}
    if (known := _known(library, made)) is not None:
        return known
    found = replace(measure(subject, asked.questions, progress), made=made)
    path = library / FOLDER / _KEPT / f"{_hash([_key(made), conditions(made)])}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_baseline(path, found)
    return found


def known_figures(library: Path, models: Sequence[Model]) -> dict[str, Figures]:
    """The figures of each model that was measured, by its name: the newest of those that can be set beside the newest
    of all, else its newest."""
    held = [*_kept_figures(library), *_run_figures(library)]
    if not held:
        return {}
    names = {_key({"model": _identity(library, model)}): model.name for model in models}
    found: dict[str, list[Figures]] = {}
    for key, figures in held:
        if key in names:
            found.setdefault(names[key], []).append(figures)
    latest = max((each for those in found.values() for each in those), key=lambda each: each.at, default=None)
    return {
        name: max(those, key=lambda each: (latest is not None and each.conditions == latest.conditions, each.at))
        for name, those in found.items()
    }


def conditions(made: Mapping[str, Any]) -> str:
    """A hash of what a manifest says beside the model, as far as the guarded figures depend on it."""
    answer = {name: value for name, value in made["settings"]["answer"].items() if name != "draft"}
    library, settings = made["library"], made["settings"]
    return _hash(
        [
            *(made["code"]["sha256"], library["content"], library["made_with"], made["judge"]),
            *(answer, settings["retrieval"], settings["depth"], made["questions"]["sha256"]),
        ]
    )


def _known(library: Path, made: Mapping[str, Any]) -> Measured | None:
    """What was measured of the same model under the same conditions."""

    def alike(other: Mapping[str, Any]) -> bool:
        return _key(other) == _key(made) and conditions(other) == conditions(made)

    for path in (library / FOLDER / _KEPT).glob("*.json"):
        if alike((kept := read_baseline(path)).made):
            return kept
    for _, folder, manifest in _runs(library):
        if alike(manifest):
            run = Run.read(folder)
            return measured(run.questions, {key: record.scores for key, record in run.records.items()}, manifest)
    return None


def _kept_figures(library: Path) -> Iterator[tuple[tuple[Any, Any], Figures]]:
    for path in (library / FOLDER / _KEPT).glob("*.json"):
        kept = read_baseline(path)
        means = {name: mean_interval(list(of.values())) for name, of in kept.figures.items() if of}
        yield _key(kept.made), Figures(means, len(kept.questions), path.stat().st_mtime, conditions(kept.made))


def _run_figures(library: Path) -> Iterator[tuple[tuple[Any, Any], Figures]]:
    for at, folder, manifest in _runs(library):
        held = read_json(folder / FIGURES)
        means = {
            name: Interval(each["value"], each["low"], each["high"], 0.95, each["count"])
            for name, each in held["figures"].items()
            if name in GUARDED
        }
        yield _key(manifest), Figures(means, held["questions"], at, conditions(manifest))


def _runs(library: Path) -> Iterator[tuple[float, Path, Mapping[str, Any]]]:
    """The finished runs of `pincite evaluate` in which a model of a file phrased: when, their folder and manifest."""
    for path in (library / _RUNS).glob(f"*/{FIGURES}"):
        manifest = read_json(path.parent / MANIFEST)
        if manifest["model"] and manifest["model"]["sha256"]:
            yield path.stat().st_mtime, path.parent, manifest


def _identity(library: Path, model: Model) -> dict[str, str | None]:
    adapter = sha256(library, model.adapter) if model.adapter else None
    return {"name": model.name, "sha256": sha256(library, model.model), "adapter_sha256": adapter}


def _key(made: Mapping[str, Any]) -> tuple[str, str | None]:
    return made["model"]["sha256"], made["model"]["adapter_sha256"] or None


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
