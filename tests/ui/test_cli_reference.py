"""The documents say what the command line does."""

from pathlib import Path

from ui.api.reference import reference as api_reference
from ui.cli.main import app
from ui.cli.reference import COMMANDS, reference

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_is_the_commands_own_help() -> None:
    written = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert written == reference(), "run `python -m ui.cli.reference > docs/cli.md`"


def test_every_command_is_in_it() -> None:
    assert {command.name or command.callback.__name__ for command in app.registered_commands} == set(COMMANDS)


def test_the_routes_are_in_the_api_s_document() -> None:
    written = (DOCS / "api.md").read_text(encoding="utf-8")
    assert written == api_reference(), "run `python -m ui.api.reference > docs/api.md`"
