"""`pincite models`: what there is, with figures; switching, rolling back, and what this machine can carry."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import PinciteError
from ui.cli import options
from ui.cli.options import session_of
from ui.cli.progress import shown
from ui.cli.terminal import Terminal, printable
from ui.jsonform import Json

if TYPE_CHECKING:
    from rich.table import Table

FIGURES = ("right", "rightly cited", "wrongly refused", "wrongly answered", "draft kept")
"""Those of the measured figures that a list of models shows."""
POLL_S = 0.3

EPILOG = """
pincite models

pincite models add /srv/models/qwen2.5-1.5b-instruct-q4_0.gguf

pincite models use manuals-Q4_0 --set questions.csv

pincite models rollback

pincite models fit
"""


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    group = typer.Typer(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
    group.callback(epilog=EPILOG)(models)
    group.command("use", epilog="pincite models use manuals-Q4_0\n\npincite models use manuals-Q4_0 --force")(use)
    group.command("rollback", epilog="pincite models rollback")(rollback)
    group.command("add", epilog="pincite models add model.gguf\n\npincite models add style.gguf --base model.gguf")(add)
    group.command("fit", epilog="pincite models fit")(fit)
    app.add_typer(group, name="models")


def models(context: typer.Context, as_json: options.Json = False) -> None:
    """List the language models there are, with what was measured of them; `models COMMAND` does more.

    Models that `pincite tune` made in LIBRARY/models are there by themselves.
    """
    if context.invoked_subcommand:
        return
    from ui import modelform

    session = session_of(context)
    with session.open():  # a list of models without a library would be of no use
        held = modelform.listing(session.folder)
    if session.terminal.as_json:
        session.terminal.emit(held)
        return
    session.terminal.out.print(_table(held["models"]))
    for each in held["models"]:
        if each["error"]:
            session.terminal.err.print(printable(f"{each['name']}: {each['error']}"), style="yellow", soft_wrap=True)
    if held["in_use"] is None:
        session.terminal.tell("An endpoint phrases the answers; [engine] in pincite.toml names it.")


def use(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `pincite models` shows it.", show_default=False)],
    questions: Annotated[
        Path | None,
        typer.Option(
            "--set",
            metavar="QUESTIONS",
            help="Questions to measure by, as .jsonl, .csv or .xlsx; else those of the newest `pincite evaluate`.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Switch unmeasured, or though it measures worse.")] = False,
    as_json: options.Json = False,
) -> int:
    """Let another model phrase the answers; exit status 1, and no switch, if it measures worse than the present one.

    Both are asked the same questions; a loss counts when chance does not explain it. A running `pincite up` of this
    library switches without a restart; it is looked for where $PINCITE_API says, else on port 8000.
    """
    session = session_of(context)
    from finetune.models import switch
    from ui import modelform
    from ui.pages import client

    served = _is_served(session.folder)
    with session.open() as assistant, _shown(session.terminal) as progress:
        tried = switch.tried(assistant, name, questions, progress) if served and not force else None
        if not served:
            outcome = modelform.switch(switch.use(assistant, name, questions, progress, force=force))
        elif tried is not None and not tried.may_be_used:
            outcome = modelform.switch(tried)
        else:
            outcome = _followed(lambda: client.use_model(name, force=True))
            if tried is not None:  # measured here, so that the service was not to measure again
                outcome = modelform.switch(replace(tried, done=outcome["done"]))
    return _say(session.terminal, outcome, served)


def rollback(context: typer.Context, as_json: options.Json = False) -> int:
    """Let the model phrase that did so before the present one: unmeasured, and without a restart, as `use` does."""
    session = session_of(context)
    from finetune.models import switch
    from ui import modelform
    from ui.pages import client

    if _is_served(session.folder):
        return _say(session.terminal, _followed(client.roll_back_model), True)
    with session.open() as assistant:
        outcome = modelform.switch(switch.rollback(assistant))
    return _say(session.terminal, outcome, False)


def add(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A GGUF file, or a tuned model's folder.")],
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="MODEL", help="The model that an adapter belongs to: a known name or a path."),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Put a GGUF file, or the folder of a tuned model, among this library's models; it stays where it is."""
    session = session_of(context)
    from finetune.models.registry import add as added

    with session.open():
        found = [each.name for each in added(session.folder, path, base)]
    if session.terminal.as_json:
        session.terminal.emit({"added": found})
        return
    for name in found:
        session.terminal.tell(f"added  {name}")


def fit(context: typer.Context, as_json: options.Json = False) -> None:
    """Say which model, quantisation and context this machine can carry, and how fast it would answer.

    The models that lie here are measured, some seconds each; end other programs first. The others are predicted.
    """
    session = session_of(context)
    from finetune.models import fit as fitting
    from finetune.models.machine import look
    from finetune.models.registry import models as there
    from ui import modelform

    with session.open() as assistant:
        language = assistant.status().language
    machine = look()
    with shown(session.terminal, "models") as progress:
        measured, failed = fitting.measure_here(session.folder, there(session.folder), machine, progress)
    found = fitting.fits(measured, machine, fitting.spoken(language))
    if session.terminal.as_json:
        session.terminal.emit(modelform.fits(machine, language, found))
        return
    from ui.cli import fit_table

    session.terminal.tell(fit_table.machine(machine))
    session.terminal.out.print(fit_table.fits(found))
    if machine.is_busy:
        failed.append(
            "Other programs are computing, so all of this is slower than the machine is. End them for a rerun."
        )
    for sentence in failed:
        session.terminal.err.print(printable(sentence), style="yellow", soft_wrap=True)
    session.terminal.tell(fit_table.advice(fitting.best(found), language))


def _is_served(library: Path) -> bool:
    """Whether a running service answers from this library."""
    from ui.pages import client

    try:
        return Path(client.status()["library"]).resolve() == library.resolve()
    except client.ApiError:
        return False


def _followed(begin: Callable[[], Json]) -> Json:
    """What came of the service's switch, once it is through. Raises PinciteError for one that was refused or failed."""
    from ui.pages import client

    try:
        switching = begin()
        while switching["state"] == "running":
            time.sleep(POLL_S)
            switching = client.switching()
    except client.ApiError as error:
        raise PinciteError(str(error)) from error
    if switching["state"] == "failed":
        raise PinciteError(switching["error"])
    outcome: Json = switching["outcome"]
    return outcome


@contextmanager
def _shown(terminal: Terminal) -> Iterator[Callable[[str, int, int], None] | None]:
    """The progress of measuring, where a person looks."""
    stage = ""
    with shown(terminal, "questions", lambda: f", {stage}") as advance:
        if advance is None:
            yield None
            return

        def heard(what: str, done: int, total: int) -> None:
            nonlocal stage
            stage = what
            if total:
                advance(done, total)

        yield heard


def _say(terminal: Terminal, outcome: Json, served: bool) -> int:
    status = 0 if outcome["done"] else 1
    if terminal.as_json:
        terminal.emit({**outcome, "served": served})
        return status
    terminal.tell(outcome["sentence"])
    if outcome["done"] and not served:
        from ui.pages import client

        terminal.tell(
            f"No service of this library answers at {client.ADDRESS}: what is set holds from its next start on."
        )
    return status


def _table(held: list[Json]) -> Table:
    from rich.table import Table

    from ui.cli import render

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    table.add_column("model", overflow="fold")
    table.add_column("made", no_wrap=True)
    table.add_column("size", justify="right")
    for title in (*FIGURES, "questions"):
        table.add_column("\n".join(title.split()), justify="right", min_width=5)  # of two lines, for room for the names
    for each in held:
        size = "" if each["bytes"] is None else f"{render.size(each['bytes'])} {each['quantisation']}"
        figures = [f"{each['figures'][name]['value']:.3f}" if name in each["figures"] else "" for name in FIGURES]
        mark = "" if each["comparable"] or not each["questions"] else " other"
        questions = f"{each['questions']}{mark}" if each["questions"] else ""
        style = "bold" if each["in_use"] else None
        name = printable(each["name"])
        table.add_row("*" if each["in_use"] else "", name, each["kind"], size, *figures, questions, style=style)
    return table
