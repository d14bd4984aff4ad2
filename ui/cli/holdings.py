"""`pincite documents`, `remove`, `reindex` and `status`: what is in the library."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from ui import jsonform
from ui.cli import options, verdicts
from ui.cli.options import Session, session_of
from ui.cli.progress import shown
from ui.cli.terminal import printable


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.command(epilog="pincite documents\n\npincite documents --collection contracts --type application/pdf")(
        documents
    )
    app.command(epilog='pincite remove manual.pdf\n\npincite remove "drafts/*"')(remove)
    app.command(epilog="pincite reindex\n\npincite reindex --set questions.csv")(reindex)
    app.command(epilog="pincite status\n\npincite --library /srv/contracts status --json")(status)


def documents(
    context: typer.Context,
    collection: options.Collection = None,
    document: options.DocumentName = None,
    media_type: options.MediaType = None,
    where: options.Where = None,
    since: options.Since = None,
    until: options.Until = None,
    as_json: options.Json = False,
) -> None:
    """List the documents."""
    session = session_of(context)
    filters = options.filters(collection, document, media_type, where, since, until)
    with session.open() as assistant:
        infos = assistant.documents(filters)
    if session.terminal.as_json:
        session.terminal.emit({"documents": [jsonform.document_info(info) for info in infos]})
        return
    from ui.cli import render

    out = session.terminal.out
    out.print(render.documents(infos, out.width) if infos else "No documents. `pincite add PATH` adds some.")


def remove(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="As `pincite documents` shows them, or globs.")],
    as_json: options.Json = False,
) -> None:
    """Remove documents; all of the names, or none."""
    session = session_of(context)
    with session.open() as assistant:
        removed = assistant.remove(names)
    if session.terminal.as_json:
        session.terminal.emit({"removed": removed})
        return
    for name in removed:
        session.terminal.out.print(f"removed  {printable(name)}", soft_wrap=True)


def reindex(
    context: typer.Context,
    questions: Annotated[
        Path | None,
        typer.Option(
            "--set",
            metavar="QUESTIONS",
            help="Ask these of the old index and the new, and change over only if no guarded figure is worse.",
            show_default=False,
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Split and embed every document anew, after the settings in pincite.toml have changed.

    This works from the text that the library holds. Where `pincite status` says so, `pincite add` reads files again.

    With --set, exit status 1 where the answers would be worse: then the library keeps the index that it has.
    """
    session = session_of(context)
    terminal, began = session.terminal, time.monotonic()
    if questions is not None:
        return _reindex_if_no_worse(session, questions, began)
    with session.open(anew=True) as assistant, shown(terminal, "documents") as progress:
        passages = assistant.reindex(progress)
    seconds = jsonform.seconds(time.monotonic() - began)
    if terminal.as_json:
        terminal.emit({"passages": passages, "seconds": seconds})
        return 0
    terminal.out.print(f"{passages} passages, in {seconds:.1f} s")
    verdicts.say_next(terminal, session.folder)
    return 0


def _reindex_if_no_worse(session: Session, questions: Path, began: float) -> int:
    from rag.evaluation.questions import read_questions
    from rag.evaluation.reindexed import reindex_if_no_worse

    terminal, asked = session.terminal, read_questions(questions)
    with session.open(anew=True) as assistant, shown(terminal, "steps") as progress:
        made = reindex_if_no_worse(assistant, asked, progress)
    seconds, done = jsonform.seconds(time.monotonic() - began), made.passages is not None
    if terminal.as_json:
        held = {"done": done, "sentence": made.sentence, "figures": verdicts.figures(made.verdict)}
        terminal.emit({"passages": made.passages, "seconds": seconds, **held})
    else:
        verdicts.say(terminal, made.verdict)
        terminal.tell(made.sentence)
        if done:
            terminal.out.print(f"{made.passages} passages, in {seconds:.1f} s")
    return 0 if done else 1


def status(context: typer.Context, as_json: options.Json = False) -> None:
    """Show figures about the library."""
    session = session_of(context)
    with session.open() as assistant:
        found = assistant.status()
    if session.terminal.as_json:
        session.terminal.emit(jsonform.library_status(found))
        return
    from ui.cli import render

    pairs = [
        ("library", found.folder),
        ("documents", f"{found.documents:,}"),
        ("passages", f"{found.passages:,}"),
        ("collections", ", ".join(filter(None, found.collections)) or "none"),
        ("language", found.language),
        ("embedder", f"{found.embedder}, {found.dimension} dimensions"),
        ("model", found.model),
        ("questions", f"{found.questions:,} asked so far"),
        ("on disk", render.size(found.bytes)),
    ]
    if found.outdated:
        pairs.append(
            ("outdated", f"files that are read better now: {found.outdated:,}; `pincite add` reads them again")
        )
    session.terminal.out.print(render.figures(pairs))
