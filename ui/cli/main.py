"""`pincite`: the commands, and what happens around every one of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from core.errors import PinciteError
from ui.cli import adding, asking, chat, doctor, evaluating, failure, gating, holdings, models, pairing, serving, tuning
from ui.cli.options import Json, Session

EPILOG = """
Start with `pincite add FOLDER`, then `pincite ask "QUESTION"`.

Exit status: 0 done, 1 some input failed, 2 bad usage or settings.
"""

app = typer.Typer(
    name="pincite",
    help="Answers from your own documents, with a pincite (document, page, verbatim quote) behind every sentence.",
    epilog=EPILOG,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
for module in (adding, asking, chat, holdings, doctor, evaluating, gating, models, pairing, tuning, serving):
    module.register(app)


def _print_version(given: bool) -> None:
    if given:
        from importlib.metadata import version

        print(f"pincite {version('pincite')}")
        raise typer.Exit


@app.callback()
def start(
    context: typer.Context,
    library: Annotated[
        Path | None,
        typer.Option(
            "--library",
            metavar="DIR",
            help="The library's folder; else $PINCITE_LIBRARY, else pincite-library here.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What is said before the command's name."""
    session: Session = context.obj
    session.given_library = library
    session.terminal.as_json = as_json or session.terminal.as_json


def run(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status. Errors become a sentence."""
    session = Session()
    session.terminal.as_json = "--json" in arguments  # so that an error before the option is read is JSON too
    try:
        return app(list(arguments), prog_name="pincite", standalone_mode=False, obj=session) or 0
    except PinciteError as error:
        return failure.expected(session.terminal, error)
    except typer.TyperException as error:
        return failure.usage(session.terminal, error)
    except BrokenPipeError:
        return failure.broken_pipe()
    except (KeyboardInterrupt, typer.Abort):
        return failure.stopped(session.terminal)
    except Exception as error:
        return failure.unexpected(session.terminal, error)


def main() -> None:
    """The command `pincite`."""
    if "tune" in sys.argv[1:]:
        from finetune.training import allocator

        allocator.preload()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
