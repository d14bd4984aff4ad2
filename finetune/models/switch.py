"""Another model for a library's answers: measured first, switched without a restart, and back again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from core.errors import UsageError
from core.settings import read_section
from finetune.models import registry
from finetune.models.measured import measured_model, questions_of
from finetune.models.registry import Model
from rag.assistant import Assistant
from rag.engines.base import EngineSettings
from rag.engines.open import open_generator
from rag.evaluation.gate import Verdict, compare
from rag.evaluation.settings_file import write_settings

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is, and how much there is in all; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Switch:
    """What came of wanting another model: the one before, the one wanted, and how that measures beside it; the verdict
    is None where it was not measured. `done` says whether it is in use now."""

    before: str
    wanted: str
    verdict: Verdict | None
    done: bool

    @property
    def may_be_used(self) -> bool:
        """Whether nothing that was measured speaks against it."""
        return self.verdict is None or self.verdict.passed

    @property
    def sentence(self) -> str:
        """What happened, for a person."""
        if self.before == self.wanted:
            return f"{self.wanted} is in use already."
        if self.verdict is not None and not self.verdict.passed:
            losses = ", ".join(each.told for each in self.verdict.lost)
            return (
                f"{self.wanted} is not used: it measures worse than {self.before}, {losses}. "
                f"`pincite models use {self.wanted} --force` uses it all the same."
            )
        measured = "" if self.verdict is None else ", and measures no worse"
        return f"{self.wanted} phrases the answers now, in place of {self.before}{measured}."


def use(
    assistant: Assistant, name: str, file: Path | None = None, progress: Progress | None = None, *, force: bool = False
) -> Switch:
    """Lets the model of that name phrase the answers from now on; without `force` only if `tried` finds it no worse.

    The assistant answers with it from the next question on, and the library's settings name it. Nothing has changed
    where this raises: as `tried` does, and WeightsError, ModelUnloadable, QueueFull.
    """
    library = Path(assistant.status().folder)
    present, wanted = _both(library, name)
    tryout = Switch(present.name, wanted.name, None, done=True) if force else tried(assistant, name, file, progress)
    if present == wanted or not tryout.may_be_used:
        return tryout
    if progress:
        progress(f"opening {wanted.name}", 0, 0)
    _put(assistant, library, wanted.model, wanted.adapter)
    registry.remember_before(library, [*registry.before(library), (present.model, present.adapter)])
    return replace(tryout, done=True)


def tried(assistant: Assistant, name: str, file: Path | None = None, progress: Progress | None = None) -> Switch:
    """How the model of that name measures beside the present one: on the questions in `file`, or else on those of the
    library's newest evaluation. Questions that were put to a model before are not put to it again.

    Raises UsageError for a name that is none, for a library that an endpoint answers, or without questions;
    WeightsError, ModelUnloadable for a file that cannot be used; EngineError, MissingDependency.
    """
    library = Path(assistant.status().folder)
    present, wanted = _both(library, name)
    if present == wanted:
        return Switch(present.name, wanted.name, None, done=True)
    asked = questions_of(library, file)

    def counted(model: Model) -> Callable[[int, int], None] | None:
        return progress and partial(progress, f"measuring {model.name}")

    now = measured_model(library, present, assistant, asked, counted(present))
    with _answering_with(assistant, library, wanted) as other:
        verdict = compare(now, measured_model(library, wanted, other, asked, counted(wanted)))
    return Switch(present.name, wanted.name, verdict, done=False)


def rollback(assistant: Assistant) -> Switch:
    """Back to the model that was in use before the present one. Raises UsageError where there was none, else as `use`
    does."""
    library = Path(assistant.status().folder)
    present, used = _present(library), _used(library)
    if not used:
        raise UsageError(
            f"Rolling back: no other model was in use before {present.name}. `pincite models` lists those there are."
        )
    *earlier, (model, adapter) = used
    _put(assistant, library, model, adapter)
    registry.remember_before(library, earlier)
    return Switch(present.name, _present(library).name, None, done=True)


def previous(library: Path) -> str | None:
    """The name of the model that `rollback` goes back to; None where there is none."""
    used = _used(library)
    return registry.name_of(library, *used[-1]) if used and registry.in_use(library) else None


def _used(library: Path) -> list[tuple[str, str | None]]:
    """What was in use before, the latest last, without what is the same as now."""
    present, used = registry.in_use(library), registry.before(library)
    while present and used and used[-1] == (present.model, present.adapter):
        used.pop()
    return used


def _both(library: Path, name: str) -> tuple[Model, Model]:
    return _present(library), registry.named(library, name)


@contextmanager
def _answering_with(assistant: Assistant, library: Path, model: Model) -> Iterator[Assistant]:
    """The library as it were with that model; its assistant goes on beside it as it is."""
    generator = open_generator(_settings(library, model.model, model.adapter))
    try:
        yield Assistant(assistant._library, generator)
    finally:
        generator.close()


def _put(assistant: Assistant, library: Path, model: str, adapter: str | None) -> None:
    """Into the assistant first, which refuses what cannot be opened, then into the settings."""
    present = read_section(library, "engine", EngineSettings)
    assistant.use_model(_settings(library, model, adapter))
    values: dict[tuple[str, str], Any] = {("engine", "model"): _Text(model)}
    if replace(present, model=model).adapter_used != adapter:
        values["engine", "adapter"] = _Text(adapter or "")
    try:
        write_settings(library, values)
    except BaseException:
        assistant.use_model(present)
        raise


def _settings(library: Path, model: str, adapter: str | None) -> EngineSettings:
    return replace(read_section(library, "engine", EngineSettings), model=model, adapter=adapter or "")


def _present(library: Path) -> Model:
    model = registry.in_use(library)
    if model is None:
        raise UsageError(
            f"Switching models: an endpoint answers for this library. Remove `endpoint` from [engine] in "
            f"{library / 'pincite.toml'} first."
        )
    return model


class _Text(str):
    """Text that is written into a settings file between quotation marks."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        return json.dumps(str(self), ensure_ascii=False)
