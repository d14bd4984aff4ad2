"""What this machine can carry, as text for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from ui.cli import render
from ui.cli.terminal import printable

if TYPE_CHECKING:
    from finetune.models.fit import Fit
    from finetune.models.machine import Machine

_SPOKEN = {"en": "English", "zh": "Chinese", "mixed": "English and Chinese"}


def machine(found: Machine) -> str:
    """The machine in one line."""
    memory = "memory unknown" if found.memory is None else f"{render.size(found.memory)} of memory free"
    instructions = ", ".join(found.instructions) or "no vector instructions that are known"
    gpus = ", ".join(f"{gpu.name} with {render.size(gpu.memory)}" for gpu in found.gpus) or "no GPU"
    return f"{found.processor}: {found.cores} cores, {instructions}; {memory}; {gpus}"


def fits(found: Sequence[Fit]) -> Table:
    """A line a model; what speaks against it last."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("model", overflow="fold")
    for title in ("", "form", "memory", "context", "en", "zh", "prompt", "first word", "tokens/s"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for each in found:
        cuts = (f"{each.model.tokens_per_character[language]:.2f}" for language in ("en", "zh"))
        table.add_row(
            printable(each.model.name),
            "measured" if each.here else "predicted",
            each.quantisation,
            render.size(each.memory),
            str(each.context or ""),
            *cuts,
            str(each.prompt_tokens),
            f"{each.first_token_s:.1f} s",
            f"{each.tokens_per_s:.1f}",
            each.why,
            style=None if each.fits else "dim",
        )
    return table


def advice(best: Fit | None, language: str) -> str:
    """What to take, in a sentence."""
    library = f"for a library in {_SPOKEN[language]}"
    if best is None:
        return f"Nothing fits here {library}. Quotes alone need no model: set draft = false under [answer]."
    how = "it lies here" if best.here else "once you have it, `pincite models add FILE`"
    taken = f"{best.model.name} as {best.quantisation}, context up to {best.context}"
    return f"The largest that fits {library}: {taken}; {how}."
