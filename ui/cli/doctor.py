"""`pincite doctor`: is everything here that a cited answer needs?

The machine is looked at here; the library, the weights and the engine by the assistant.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import typer

from core.errors import PinciteError
from core.settings import offline, threads
from ui import launch
from ui.cli import options
from ui.cli.options import Session, session_of
from ui.cli.terminal import printable

State: TypeAlias = Literal["ok", "warn", "fail"]
STYLE: dict[State, str] = {"ok": "green", "warn": "yellow", "fail": "red"}
DISK_NEEDED = 2 * 10**9  # bytes: weights, index and a library of some thousand pages
MEMORY_NEEDED = 2 * 10**9  # bytes: embedder, embedded model and index


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and a sentence; with the remedy, unless it is ok."""

    name: str
    state: State
    message: str


def register(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    app.command(epilog="pincite doctor\n\npincite --library /srv/contracts doctor --json")(doctor)


def doctor(context: typer.Context, as_json: options.Json = False) -> int:
    """Check machine, library, weights and engine; what is not well comes with its remedy."""
    session = session_of(context)
    findings = [*machine(session.folder), *_library(session)]
    failed = any(finding.state == "fail" for finding in findings)
    if session.terminal.as_json:
        checks = [{"name": each.name, "state": each.state, "message": each.message} for each in findings]
        session.terminal.emit({"ok": not failed, "checks": checks})
        return int(failed)
    from rich.text import Text

    for each in findings:
        line = Text(f"{each.state:>4}", style=STYLE[each.state]).append(f"  {each.name}: ", style="bold")
        session.terminal.out.print(line.append(printable(each.message), style="default"), soft_wrap=True)
    return int(failed)


def machine(folder: Path) -> list[Finding]:
    """Python, disk, memory, cores, offline mode and ports."""
    return [_python(), _disk(folder), _memory(), _cores(), _offline(), *(_port(*each) for each in launch.PORTS.items())]


def _library(session: Session) -> list[Finding]:
    try:
        with session.open() as assistant:
            checks = assistant.doctor()
    except PinciteError as error:
        return [Finding("library", "fail", str(error))]
    return [Finding(check.name, "ok" if check.ok else "fail", check.message) for check in checks]


def _python() -> Finding:
    found = platform.python_version()
    if (3, 11) <= sys.version_info < (3, 14):
        return Finding("python", "ok", found)
    return Finding(
        "python", "fail", f"{found}; Pincite runs on 3.11 to 3.13. Install one of them and run `make install`."
    )


def _disk(folder: Path) -> Finding:
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:.1f} GB free at {there}"
    if not os.access(there, os.W_OK):
        return Finding("disk", "fail", f"{there} cannot be written to. Give another folder with --library.")
    if free < DISK_NEEDED:
        return Finding("disk", "warn", f"{said}; {DISK_NEEDED / 1e9:.0f} GB are a good start. Free some space.")
    return Finding("disk", "ok", said)


def _memory() -> Finding:
    free = _available_memory()
    if free is None:
        return Finding("memory", "warn", "this system does not say how much is free; 2 GB are needed.")
    said = f"{free / 1e9:.1f} GB free"
    if free < MEMORY_NEEDED:
        return Finding("memory", "warn", f"{said}; {MEMORY_NEEDED / 1e9:.0f} GB are needed. Close other programs.")
    return Finding("memory", "ok", said)


def _available_memory() -> int | None:
    """Bytes, as Linux says; None elsewhere."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = {name: int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
    return kilobytes["MemAvailable"] * 1024


def _cores() -> Finding:
    try:
        return Finding("processor", "ok", f"{threads()} threads to compute with")
    except PinciteError as error:
        return Finding("processor", "fail", str(error))


def _offline() -> Finding:
    if offline():
        return Finding("offline", "ok", "on: nothing is fetched")
    return Finding(
        "offline", "warn", "off: models named hf:… are fetched from the hub. Unset PINCITE_OFFLINE to end that."
    )


def _port(name: str, port: int) -> Finding:
    if launch.port_is_free(port):
        return Finding(f"port {port}", "ok", f"free for the {name}")
    remedy = f"taken; `pincite up` may be running already, or give it --{name}-port another number."
    return Finding(f"port {port}", "warn", remedy)
