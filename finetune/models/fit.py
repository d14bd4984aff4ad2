"""Which model, quantisation and context this machine can carry, and how long its answers would take.

What lies here is measured. From the largest of that, what does not is predicted: reading a prompt takes as many
multiplications as the model has weights, writing a token takes fetching all of them from memory once. Larger models
use a processor better, up to a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import EngineError, WeightsError
from core.settings import read_section
from finetune.models.catalogue import BITS, LISTED, READS, SPEAKS, Listed
from finetune.models.header import Header
from finetune.models.machine import Machine
from finetune.models.registry import Model
from finetune.models.speed import TEXTS, Speed, measured_speed, tokens_per_character
from rag.engines.base import EngineSettings
from rag.engines.open import open_generator

BUFFERS = 300 * 10**6
"""Bytes that the engine takes beside weights and KV cache."""
SPARE = 0.9
"""Share of the available memory that a model may take."""
CONTEXTS = (32768, 16384, 8192, 4096, 2048, 1024)
"""Tokens; the last is the least that an answer with its evidence takes."""
WAIT_S = 10.0
"""Seconds to the first word that a reader waits, at most."""
PACE = 4.0
"""Tokens a second that are about as fast as one reads."""


READ_GROWTH, READ_GROWN = 0.57, 0.36e9
"""How much better: weights read in a second grow by this power of those that a prompt goes through, up to so many of
them. Fitted to the embedded model and ones of 0.5, 1.5 and 7 thousand million weights as Q4_0, on AVX-512."""
WRITTEN_GROWTH, WRITTEN_GROWN = 0.19, 1.5e9
"""The same of weights fetched in a second. Fitted to 0.5 and 1.5 thousand million beside the embedded model."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One model on this machine.

    `here` says that it lies here and was measured; else it is predicted. `memory` is bytes with a context of `context`
    tokens, which is 0 where not even the least fits. `prompt_tokens` are those of the sample text in the library's
    language, of its languages the one that takes more; `first_token_s` the seconds to the first word of an answer to
    it. `why` says what speaks against the model, "" where nothing does.
    """

    model: Listed
    here: bool
    quantisation: str
    bytes: int
    memory: int
    context: int
    prompt_tokens: int
    first_token_s: float
    tokens_per_s: float
    why: str

    @property
    def fits(self) -> bool:
        """Whether it can be carried, is fast enough, and was trained for the language as far as that is known."""
        return not self.why


@dataclass(frozen=True, slots=True)
class Measured:
    """A model that lies here, with its speed."""

    model: Model
    header: Header
    bytes: int
    speed: Speed
    tokens_per_character: Mapping[str, float]


def measure_here(
    library: Path, models: Sequence[Model], machine: Machine, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Measured], list[str]]:
    """Each model's speed, some seconds each; and a sentence for each that could not be measured. Of models that share a
    file, as adapters do with theirs, one is measured. `progress` hears (models measured, in all)."""
    found, failed, seen = [], [], set()
    for done, model in enumerate(models, 1):
        try:
            header, size = model.header, model.bytes
            least = size + header.cache_bytes(CONTEXTS[-1]) + BUFFERS
            if model.model in seen:
                continue
            seen.add(model.model)
            if machine.memory is not None and least > SPARE * machine.memory:
                failed.append(f"{model.name} was not measured: it takes {least / 1e9:.1f} GB of memory.")
                continue
            found.append(_measured(library, model, header, size))
        except (WeightsError, EngineError) as error:
            failed.append(f"{model.name} was not measured: {error}")
        if progress:
            progress(done, len(models))
    return found, failed


def fits(measured: Sequence[Measured], machine: Machine, languages: Sequence[str]) -> list[Fit]:
    """Every model that lies here or is listed, for a library in these languages; the largest that fits first, then
    what does not fit. Of the listed, the most precise quantisation that fits."""
    found = [_here(each, machine, languages) for each in measured]
    if measured:
        largest = max(measured, key=lambda each: each.header.read_per_token)
        here = {_plain(each.model.name) for each in measured}
        for listed in LISTED:
            if not any(name.startswith(_plain(listed.name)) for name in here):
                tried = list(_predicted(listed, largest, machine, languages))
                found.append(next((fit for fit in tried if fit.fits), tried[-1]))
    return sorted(found, key=lambda fit: (not fit.fits, -fit.model.parameters))


def best(found: Sequence[Fit]) -> Fit | None:
    """The largest model that fits, of those that lie here or can be had."""
    return next((fit for fit in found if fit.fits), None)


def spoken(language: str) -> tuple[str, ...]:
    """The languages of a library whose manifest says `language`."""
    return ("en", "zh") if language == "mixed" else (language,)


def _measured(library: Path, model: Model, header: Header, size: int) -> Measured:
    settings = replace(read_section(library, "engine", EngineSettings), endpoint=None, context=2048)
    generator = open_generator(replace(settings, model=model.model, adapter=model.adapter or ""))
    try:
        return Measured(model, header, size, measured_speed(generator), tokens_per_character(generator))
    finally:
        generator.close()


def _here(measured: Measured, machine: Machine, languages: Sequence[str]) -> Fit:
    name, header = measured.model.name, measured.header
    as_listed = Listed(
        name,
        header.parameters,
        header.read_per_token,
        header.output,
        header.layers,
        header.key_value_width,
        header.trained_context,
        measured.tokens_per_character,
        next((speaks for family, speaks in SPEAKS.items() if _plain(name).startswith(family)), ()),
    )
    return _fit(as_listed, True, header.quantisation, measured.bytes, measured.speed, machine, languages)


def _predicted(listed: Listed, by: Measured, machine: Machine, languages: Sequence[str]) -> Iterator[Fit]:
    """The listed model in each quantisation, the most precise first."""
    here, there = by.header.read_per_token - by.header.output, listed.read_per_token - listed.output
    read_better = (min(there, READ_GROWN) / min(here, READ_GROWN)) ** READ_GROWTH
    sizes = by.header.read_per_token, listed.read_per_token
    written_better = (min(sizes[1], WRITTEN_GROWN) / min(sizes[0], WRITTEN_GROWN)) ** WRITTEN_GROWTH
    fetched_here = by.bytes * by.header.read_per_token / by.header.parameters
    for quantisation, bits in BITS.items():
        if quantisation == "Q4_K_M" and not listed.cut_in_256:
            continue
        size = int(listed.parameters * bits / 8)
        fetched = size * listed.read_per_token / listed.parameters
        form = READS[quantisation] / READS.get(by.header.quantisation, 1.0)
        read = by.speed.read * here / there * form * read_better
        written = by.speed.written * fetched_here / fetched * written_better
        yield _fit(listed, False, quantisation, size, Speed(read, written), machine, languages)


def _fit(
    model: Listed,
    here: bool,
    quantisation: str,
    size: int,
    speed: Speed,
    machine: Machine,
    languages: Sequence[str],
) -> Fit:
    context, memory = _room(model, size, machine)
    tokens = max(round(len(TEXTS[each]) * model.tokens_per_character[each]) for each in languages)
    first = tokens / speed.read
    silent = [_LANGUAGES[each] for each in languages if model.speaks and each not in model.speaks]
    why = ""
    if not context:
        why = f"takes {memory / 1e9:.1f} GB of memory"
    elif silent:
        why = f"was not trained for {' and '.join(silent)}"
    elif first > WAIT_S:
        why = f"{first:.0f} s to the first word"
    elif speed.written < PACE:
        why = f"writes {speed.written:.1f} tokens a second"
    return Fit(model, here, quantisation, size, memory, context, tokens, first, speed.written, why)


def _room(model: Listed, size: int, machine: Machine) -> tuple[int, int]:
    """The longest context that fits, 0 where none does, and the memory that it, or the least, takes."""
    places = [each.memory for each in machine.gpus] + ([] if machine.memory is None else [machine.memory])
    needed = 0
    for context in CONTEXTS:
        if context <= model.trained_context:
            needed = size + model.cache_bytes(context) + BUFFERS
            if not places or needed <= SPARE * max(places):
                return context, needed
    return 0, needed


def _plain(name: str) -> str:
    """A name as it is compared: without case, hyphens and dots."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


_LANGUAGES = {"en": "English", "zh": "Chinese"}
