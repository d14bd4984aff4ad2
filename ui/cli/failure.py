"""How a command ends when something went wrong: a sentence, an exit status, never a traceback."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

import typer

from core.errors import PinciteError
from ui import jsonform
from ui.cli.terminal import Terminal, printable

STOPPED = 130
STOPPED_SENTENCE = "Stopped. The library is sound."


def expected(terminal: Terminal, error: PinciteError) -> int:
    """An error of our own: its sentence and its exit status."""
    return _say(terminal, jsonform.error_kind(error), str(error), error.exit_status)


def usage(terminal: Terminal, error: typer.TyperException) -> int:
    """A command that typer could not read."""
    message = error.format_message().replace("Value error, ", "")  # pydantic's own prefix
    if not message:  # nothing was said but `pincite`, and typer has shown the help
        return 2
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "pincite"
    return _say(terminal, "usage_error", f"{message.rstrip('.')}. See `{command} --help`.", 2)


def stopped(terminal: Terminal) -> int:
    """Ctrl-C."""
    return _say(terminal, "stopped", STOPPED_SENTENCE, STOPPED)


def unexpected(terminal: Terminal, error: Exception) -> int:
    """A defect of Pincite's: where its traceback was written."""
    with tempfile.NamedTemporaryFile("w", prefix="pincite-", suffix=".log", delete=False, errors="replace") as log:
        log.write("".join(traceback.format_exception(error)))
    message = f"Pincite itself failed ({type(error).__name__}); the details are in {log.name}. Please report it."
    return _say(terminal, "unexpected", message, 1)


def broken_pipe() -> int:
    """Whoever read the output has had enough. What is still buffered goes nowhere, so that Python ends in silence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _say(terminal: Terminal, kind: str, message: str, status: int) -> int:
    if terminal.as_json:
        terminal.emit({"error": message, "kind": kind})
    terminal.err.print(f"pincite: {printable(message)}", style="red", soft_wrap=True)
    return status
