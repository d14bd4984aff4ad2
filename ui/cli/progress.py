"""How far a long command is: a bar on standard error, where a person looks at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from ui.cli.terminal import Terminal

Progress: TypeAlias = Callable[[int, int], None]


@contextmanager
def shown(terminal: Terminal, unit: str, more: Callable[[], str] = str) -> Iterator[Progress | None]:
    """A bar with the rate, the time that remains, and what `more` says; None where nobody looks."""
    if not terminal.err.is_terminal:
        yield None
        return
    from rich import progress as bars

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(bar_width=None),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(),
    )
    began = time.monotonic()
    with bars.Progress(*columns, console=terminal.err, transient=True) as bar:
        task = bar.add_task(f"looking for {unit}", total=None, rate="")

        def advance(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - began, 0.001)
            said = f"{rate:.1f} {unit}/s{more()}"
            bar.update(task, description=f"{done}/{total} {unit}", completed=done, total=total, rate=said)

        yield advance
