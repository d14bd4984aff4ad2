"""`pincite add`: files, folders, records and database tables into the library."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from core.types import FileResult, FileStatus
from ui import jsonform
from ui.cli import failure
from ui.cli.options import Json, session_of
from ui.cli.progress import shown
from ui.cli.terminal import Terminal, printable

EPILOG = """
pincite add contracts/ manual.pdf

pincite add faq.csv --id-field number --text-field answer --collection support

pincite add "sqlite:///tickets.db#tickets" --title-field subject

pincite add contracts/ --prune
"""
STYLE: dict[FileStatus, str] = {"partial": "yellow", "skipped": "yellow", "failed": "red"}


def register(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    app.command("add", epilog=EPILOG)(add)


def add(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Files, folders, or DATABASE-URL#TABLE.")],
    collection: Annotated[
        str, typer.Option("--collection", metavar="NAME", help="Put them into this collection.")
    ] = "",
    prune: Annotated[bool, typer.Option("--prune", help="Remove documents whose files are gone from PATH.")] = False,
    id_field: Annotated[
        str | None, typer.Option("--id-field", metavar="FIELD", help="The field of records that names them.")
    ] = None,
    title_field: Annotated[
        str | None, typer.Option("--title-field", metavar="FIELD", help="The field with their title.")
    ] = None,
    text_field: Annotated[
        str | None, typer.Option("--text-field", metavar="FIELD", help="The field with their text.")
    ] = None,
    language: Annotated[
        Literal["en", "zh"] | None, typer.Option("--language", help="Of a new library; both unless it is said.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Read files and folders into the library; what has not changed is not read again.

    In .jsonl, .csv and .xlsx files, and in database tables, each row becomes a document of its own.
    """
    from ingestion.readers.reading import RecordFields

    session = session_of(context)
    fields = RecordFields(id_field, title_field, text_field)
    report = Report(session.terminal)
    with (
        session.open(create=True, language=language) as assistant,
        shown(session.terminal, "files", report.passages) as progress,
    ):
        results = assistant.add(
            [path if "://" in path else Path(path) for path in paths],
            collection=collection,
            prune=prune,
            fields=fields,
            progress=progress,
        )
        try:
            for result in results:
                report.take(result)
        except KeyboardInterrupt:
            results.close()
            report.stopped()
            return failure.STOPPED
    report.close()
    return 1 if report.counts["failed"] else 0


class Report:
    """What became of each file: as JSON a line each; for a person those that need attention, and a summary."""

    def __init__(self, terminal: Terminal) -> None:
        self.counts: Counter[FileStatus] = Counter()
        self._terminal = terminal
        self._gone = 0
        self._passages = 0
        self._began = time.monotonic()

    def passages(self) -> str:
        """How many are new, for the bar."""
        return f", {self._passages} passages"

    def take(self, result: FileResult) -> None:
        """Notes one result."""
        self.counts[result.status] += 1
        if result.status in ("added", "updated", "partial"):
            self._passages += result.passages
        if self._terminal.as_json:
            self._terminal.emit(jsonform.file_result(result))
        elif result.status == "skipped" and not os.path.lexists(result.path):
            self._gone += 1
        elif result.error or result.notes or result.status in STYLE:
            why = " ".join(part for part in (result.error, *result.notes) if part)
            line = f"{result.status:>9}  {printable(result.path)}" + (f": {printable(why)}" if why else "")
            self._terminal.out.print(line, style=STYLE.get(result.status), soft_wrap=True)

    def close(self) -> None:
        """The summary, and what to do about files that are gone."""
        if self._terminal.as_json:
            return
        parts = [f"{self.counts[status]} {status}" for status in get_args(FileStatus) if self.counts[status]]
        seconds = time.monotonic() - self._began
        what = ", ".join(parts) or "nothing to read there"
        self._terminal.out.print(f"{what}; {self._passages} new passages in {seconds:.1f} s", soft_wrap=True)
        if self._gone:
            gone = "1 file is gone; what it" if self._gone == 1 else f"{self._gone} files are gone; what they"
            offer = f"{gone} said is still in the library. Add the same again with --prune to take it out."
            self._terminal.out.print(offer, style="yellow", soft_wrap=True)

    def stopped(self) -> None:
        """What Ctrl-C leaves."""
        self.close()
        sentence = f"{failure.STOPPED_SENTENCE} Everything reported is in it; the same command goes on from here."
        self._terminal.err.print(sentence, style="yellow", soft_wrap=True)
