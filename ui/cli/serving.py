"""`pincite up`: the API and the pages together."""

from __future__ import annotations

from typing import Annotated

import typer

from core.errors import UsageError
from ui import launch
from ui.cli.options import session_of

EPILOG = """
pincite up

pincite --library /srv/contracts up --api-port 8010 --pages-port 8511

pincite up --no-pages
"""


def register(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    app.command("up", epilog=EPILOG)(up)


def up(
    context: typer.Context,
    api_port: Annotated[int, typer.Option("--api-port", metavar="PORT", min=1, max=65535)] = launch.PORTS["api"],
    pages_port: Annotated[int, typer.Option("--pages-port", metavar="PORT", min=1, max=65535)] = launch.PORTS["pages"],
    no_pages: Annotated[bool, typer.Option("--no-pages", help="Serve the API alone.")] = False,
) -> int:
    """Serve the API and the pages on this machine, until Ctrl-C; a library is made where there is none."""
    session = session_of(context)
    if session.terminal.as_json:
        raise UsageError(
            "up serves until it is stopped and prints no JSON. For figures there is `pincite --json status`."
        )
    shown_port = None if no_pages else pages_port
    with session.open(create=True) as assistant:
        launch.up(assistant, api_port, shown_port, session.terminal.tell)
    session.terminal.err.print("Stopped.")
    return 0
