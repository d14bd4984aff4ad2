"""`pincite pairs`: what a model is trained on, made of documents, support history and feedback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import Json, Session, session_of
from ui.cli.progress import shown
from ui.cli.terminal import Terminal

if TYPE_CHECKING:
    from rag.engines.base import Generator

EPILOG = """
pincite pairs /tmp/pairs

pincite pairs /tmp/pairs faq.csv tickets.jsonl --keep-out questions.csv

pincite pairs /tmp/pairs --from passages --from text --model /models/qwen2.5-7b-instruct-q4_k_m.gguf

pincite pairs /tmp/pairs --model http://127.0.0.1:8080/v1 --endpoint-model qwen2.5-32b
"""


def register(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    app.command("pairs", epilog=EPILOG)(pairs)


def pairs(
    context: typer.Context,
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="The folder that the pairs go to, or go on in.", show_default=False)
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="FAQ, tickets, chats as .csv, .jsonl, .json.", show_default=False),
    ] = None,
    sources: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            metavar="WHAT",
            help="What of the library is used: passages, approved (answers with a thumb up), text (raw); may be "
            "repeated. Else passages and approved, or with a FILE nothing.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option("--form", metavar="FORM", help="faq, ticket, alpaca, sharegpt or squad; else found out."),
    ] = None,
    keep_out: Annotated[
        list[Path] | None,
        typer.Option("--keep-out", metavar="QUESTIONS", help="A question set to measure with; may be repeated."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Let this model write too: a GGUF file, a name, or a URL."),
    ] = None,
    endpoint_model: Annotated[
        str | None, typer.Option("--endpoint-model", metavar="NAME", help="The model's name at that URL.")
    ] = None,
    unanswerable: Annotated[
        float, typer.Option("--unanswerable", metavar="SHARE", help="Share of questions that are to be refused.")
    ] = 0.25,
    distractors: Annotated[
        float, typer.Option("--distractors", metavar="SHARE", help="Share of answers among quotes of other passages.")
    ] = 0.15,
    most: Annotated[
        int | None, typer.Option("--most", metavar="N", help="Questions made of passages, at most.")
    ] = None,
    held: Annotated[float, typer.Option("--held", metavar="SHARE", help="Share held out, by document.")] = 0.1,
    folds: Annotated[int, typer.Option("--folds", metavar="K", help="Also K parts for cross-validation.")] = 0,
    balance: Annotated[
        str, typer.Option("--balance", metavar="HOW", help="natural, under, over or temperature, among kinds.")
    ] = "natural",
    temperature: Annotated[
        float, typer.Option("--temperature", metavar="T", help="Of that balance: 1 as it is, larger is evener.")
    ] = 2.0,
    augment: Annotated[
        float, typer.Option("--augment", metavar="SHARE", help="Share of pairs whose question is also put otherwise.")
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="What chance begins with.")] = 0,
    as_json: Json = False,
) -> int:
    """Make training pairs: questions with the evidence that the service shows, and what to answer or refuse.

    Without a model they are made by rules: headings, definitions, tables and codes become questions, and the answer is
    a span. Each is filtered: answered by its passage alone, found by retrieval, passing the service's check, asked
    once, and not in the test split. A run that was broken off goes on where it stopped.
    """
    session = session_of(context)
    from finetune.pairs.build import make
    from finetune.pairs.settings import PairSettings

    chosen = sources if sources is not None else ([] if files else ["passages", "approved"])
    settings = PairSettings(
        sources=tuple(chosen),  # type: ignore[arg-type]
        files=tuple(files or ()),
        form=form,
        keep_out=tuple(keep_out or ()),
        unanswerable=unanswerable,
        distractors=distractors,
        most=most,
        held=held,
        folds=folds,
        balance=balance,  # type: ignore[arg-type]
        temperature=temperature,
        augment=augment,
        seed=seed,
    )
    with ExitStack() as closing:
        writer = _writer(model, endpoint_model, closing)
        count = _counter(session, closing)
        try:
            with shown(session.terminal, "drafts") as progress:
                manifest = make(settings, session.folder if chosen else None, out, count, writer, progress)
        except KeyboardInterrupt:
            session.terminal.err.print("The same command goes on where this one stopped.", style="yellow")
            raise
    _say(session.terminal, out, manifest)
    return 0


def _writer(model: str | None, endpoint_model: str | None, closing: ExitStack) -> Generator | None:
    """The model that writes questions. Raises WeightsError, ModelUnloadable, SettingsError."""
    if model is None:
        return None
    from finetune.pairs.written import open_writer

    writer = open_writer(model, endpoint_model)
    closing.callback(writer.close)
    return writer


def _counter(session: Session, closing: ExitStack) -> Callable[[str], int]:
    """Counts tokens by the library's model, which is loaded when something is to be counted."""
    from core.settings import read_section
    from rag.engines.base import EngineSettings
    from rag.engines.open import open_generator

    opened: list[Generator] = []

    def count(text: str) -> int:
        if not opened:
            opened.append(open_generator(read_section(session.folder, "engine", EngineSettings)))
            closing.callback(opened[0].close)
        return opened[0].count_tokens(text)

    return count


def _say(terminal: Terminal, out: Path, manifest: Mapping[str, Any]) -> None:
    if terminal.as_json:
        terminal.emit({"out": str(out), **manifest})
        return
    from rich.table import Table

    counts = manifest["counts"]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("kind", no_wrap=True)
    for name in counts:
        table.add_column(name, justify="right", no_wrap=True)
    kinds = sorted({kind for counted in counts.values() for kind in counted["kinds"]})
    for kind in kinds:
        table.add_row(kind, *(str(counted["kinds"].get(kind, 0)) for counted in counts.values()))
    table.add_row("in all", *(str(counted["pairs"]) for counted in counts.values()), style="bold")
    terminal.out.print(table)
    for reason, count in manifest["left_out"].items():
        terminal.tell(f"left out: {count}, {reason}")
    for note in manifest["notes"]:
        terminal.err.print(note, style="yellow", soft_wrap=True)
    terminal.tell(f"pairs: {out}, of {manifest['documents']} documents")
