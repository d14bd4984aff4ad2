"""What the guides point to is there: files by relative links, commands with their options, examples by their paths."""

import re
import shlex
from pathlib import Path

import pytest
import typer

from ui.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "examples" / "README.md"]
PINCITE = typer.main.get_command(app)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [PAGES[0], PAGES[-1]], ids=["README.md", "examples/README.md"])
def test_every_command_shown_is_one(page):
    lines = re.findall(r"^(?:\.venv/bin/)?pincite (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) >= 3
    for words in map(shlex.split, lines):
        command = next(PINCITE.commands[word] for word in words if word in PINCITE.commands)
        known = {option for one in (PINCITE, command) for parameter in one.params for option in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= known
        assert all((ROOT / word).exists() for word in words if word.startswith("examples/"))
