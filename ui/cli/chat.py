"""`pincite chat`: a conversation on the terminal."""

from __future__ import annotations

import contextlib
import re
import sys

import typer

from core.errors import EngineError, UsageError
from core.types import Answer, Filters, Turn
from rag.assistant import Assistant
from ui.cli import options
from ui.cli.options import session_of
from ui.cli.terminal import Terminal, printable

EPILOG = """
pincite chat

pincite chat --collection manuals --since 2025-01-01
"""
PROMPT = "> "
HINT = (
    "Ask about your documents; a later question may lean on an earlier one. /new starts afresh, /quit or Ctrl-D ends."
)
_COMMAND = re.compile(r"/[a-z]*", re.IGNORECASE)
REMEMBERED = 10  # exchanges; a question leans on the last few


def register(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    app.command("chat", epilog=EPILOG)(chat)


def chat(
    context: typer.Context,
    collection: options.Collection = None,
    document: options.DocumentName = None,
    media_type: options.MediaType = None,
    where: options.Where = None,
    since: options.Since = None,
    until: options.Until = None,
) -> int:
    """Ask one question after another; follow-up questions are understood from the conversation."""
    session = session_of(context)
    if session.terminal.as_json:
        raise UsageError("chat is for people. For programs there is `pincite --json ask QUESTION`.")
    filters = options.filters(collection, document, media_type, where, since, until)
    with session.open() as assistant:
        session.terminal.err.print(HINT, style="dim")
        _converse(session.terminal, assistant, filters)
    return 0


def _converse(terminal: Terminal, assistant: Assistant, filters: Filters) -> None:
    history: list[Turn] = []
    while (said := _read_line(terminal)) not in (None, "/quit", "/exit"):
        if said == "/new":
            history.clear()
            terminal.err.print("A new conversation.", style="dim")
        elif said and _COMMAND.fullmatch(said):
            terminal.err.print(HINT, style="dim")
        elif said and (given := _answer(terminal, assistant, said, history, filters)):
            history = [*history, Turn(said, given.text)][-REMEMBERED:]


def _answer(
    terminal: Terminal, assistant: Assistant, question: str, history: list[Turn], filters: Filters
) -> Answer | None:
    """Shows the answer and gives it; None when it was broken off, or the model failed at this one."""
    from ui.cli import live, render

    try:
        given = live.answer(terminal, assistant, question, history, filters)
    except KeyboardInterrupt:
        terminal.err.print("Broken off.", style="yellow")
        return None
    except (EngineError, UsageError) as error:
        terminal.err.print(printable(str(error)), style="red", soft_wrap=True)
        return None
    terminal.out.print(render.answer(given))
    terminal.out.print()
    return given


def _read_line(terminal: Terminal) -> str | None:
    """What the user types, without blanks around it; None at the end of input."""
    if terminal.out.is_terminal and sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # arrow keys and history in input()
    try:
        return input(PROMPT if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        terminal.err.print()
        return None
