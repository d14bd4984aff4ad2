"""`pincite documents`, `remove`, `reindex` and `status`: what is in the library."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui import jsonform
from ui.cli import options
from ui.cli.options import session_of
from ui.cli.progress import shown
from ui.cli.terminal import printable


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.command(epilog="pincite documents\n\npincite documents --collection contracts --type application/pdf")(
        documents
    )
    app.command(epilog='pincite remove manual.pdf\n\npincite remove "drafts/*"')(remove)
    app.command(epilog="pincite reindex")(reindex)
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


def reindex(context: typer.Context, as_json: options.Json = False) -> None:
    """Split and embed every document anew, after the settings in pincite.toml have changed.

    This works from the text that the library holds. Where `pincite status` says so, `pincite add` reads files again.
    """
    session = session_of(context)
    began = time.monotonic()
    with session.open(anew=True) as assistant, shown(session.terminal, "documents") as progress:
        passages = assistant.reindex(progress)
    seconds = jsonform.seconds(time.monotonic() - began)
    if session.terminal.as_json:
        session.terminal.emit({"passages": passages, "seconds": seconds})
    else:
        session.terminal.out.print(f"{passages} passages, in {seconds:.1f} s")


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
