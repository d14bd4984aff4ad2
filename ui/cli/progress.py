"""How far a long command is: a bar on standard error, where a person looks at it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from ui.cli.terminal import Terminal


class Progress(Protocol):
    """Moves a bar."""

    def __call__(self, done: int, total: int, rate: float | None = None) -> None:
        """Says how far it is; `rate`, units a second, where the caller knows it better than since the bar came."""


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
    )
    began = time.monotonic()
    with bars.Progress(*columns, console=terminal.err, transient=True) as bar:
        task = bar.add_task(f"looking for {unit}", total=None, rate="")

        def advance(done: int, total: int, rate: float | None = None) -> None:
            rate = done / max(time.monotonic() - began, 0.001) if rate is None else rate
            said = f"{rate:.1f} {unit}/s{more()}"
            if rate:  # rich's own estimate forgets what is older than half a minute, which one step may take
                said += f", {timedelta(seconds=round((total - done) / rate))} left"
            bar.update(task, description=f"{done}/{total} {unit}", completed=done, total=total, rate=said)

        yield advance
