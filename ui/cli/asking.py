"""`pincite search` and `pincite ask`, one question or a file of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from core.errors import UsageError
from rag.assistant import Assistant
from ui import jsonform
from ui.cli import batches, options
from ui.cli.options import session_of

SEARCH_EPILOG = """
pincite search "notice period" -k 5

pincite search "error E-204" --document "manual*" --type application/pdf

pincite --json search "termination" --collection contracts --since 2025-01-01

pincite search --batch questions.jsonl --out found.jsonl
"""
ASK_EPILOG = """
pincite ask "What is the notice period?"

pincite ask "How do I reset the pump?" --collection manuals --where model=X200

pincite --json ask "Who signed the amendment?"

pincite ask --batch questions.jsonl --out answers.jsonl
"""

Question = Annotated[str | None, typer.Argument(metavar="QUESTION", help="In English or Chinese.", show_default=False)]
Batch = Annotated[
    Path | None,
    typer.Option("--batch", metavar="IN.jsonl", help='A file of questions, {"id", "question"} a line, instead of one.'),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="OUT.jsonl", help="Where their results go, one a line.")]
Resume = Annotated[bool, typer.Option("--resume", help="Keep what is in OUT.jsonl and do the rest.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.command("search", epilog=SEARCH_EPILOG)(search)
    app.command("ask", epilog=ASK_EPILOG)(ask)


def search(
    context: typer.Context,
    question: Question = None,
    k: Annotated[int, typer.Option("-k", metavar="N", help="How many passages.")] = 10,
    batch: Batch = None,
    out: Out = None,
    resume: Resume = False,
    collection: options.Collection = None,
    document: options.DocumentName = None,
    media_type: options.MediaType = None,
    where: options.Where = None,
    since: options.Since = None,
    until: options.Until = None,
    as_json: options.Json = False,
) -> int:
    """Find the best passages for a question; no model is asked."""
    session = session_of(context)
    filters = options.filters(collection, document, media_type, where, since, until)

    def found(assistant: Assistant, asked: str) -> jsonform.Json:
        began = time.monotonic()
        hits = assistant.search(asked, k, filters)
        return {"hits": jsonform.hits(hits), "seconds": jsonform.seconds(time.monotonic() - began)}

    if batch or out or resume:
        return batches.run(session, question, batch, out, resume, found)
    asked = _required(question)
    with session.open() as assistant:
        if session.terminal.as_json:
            session.terminal.emit(found(assistant, asked))
            return 0
        from ui.cli import render

        hits = assistant.search(asked, k, filters)
        session.terminal.out.print(render.hits(hits) if hits else render.NO_HITS)
    return 0


def ask(
    context: typer.Context,
    question: Question = None,
    batch: Batch = None,
    out: Out = None,
    resume: Resume = False,
    collection: options.Collection = None,
    document: options.DocumentName = None,
    media_type: options.MediaType = None,
    where: options.Where = None,
    since: options.Since = None,
    until: options.Until = None,
    as_json: options.Json = False,
) -> int:
    """Answer a question, each sentence with its pincite: document, page, quote."""
    session = session_of(context)
    filters = options.filters(collection, document, media_type, where, since, until)

    def answered(assistant: Assistant, asked: str) -> jsonform.Json:
        return jsonform.answer(assistant.ask(asked, filters=filters))

    if batch or out or resume:
        return batches.run(session, question, batch, out, resume, answered)
    asked = _required(question)
    with session.open() as assistant:
        if session.terminal.as_json:
            session.terminal.emit(answered(assistant, asked))
            return 0
        from ui.cli import live, render

        session.terminal.out.print(render.answer(live.answer(session.terminal, assistant, asked, (), filters)))
    return 0


def _required(question: str | None) -> str:
    if question is None:
        raise UsageError('There is no question. Give one, as in pincite ask "What is the notice period?"')
    return question
