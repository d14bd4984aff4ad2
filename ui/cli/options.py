"""Options that several commands share, and what a command is given: the terminal and the library's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from core.errors import UsageError
from core.settings import library_folder
from core.types import Filters
from rag.assistant import Assistant
from ui.cli.terminal import Terminal


@dataclass
class Session:
    """One run of `pincite`: where it writes, and which library it works on."""

    terminal: Terminal = field(default_factory=Terminal)
    given_library: Path | None = None

    @property
    def folder(self) -> Path:
        """The library's folder."""
        return library_folder(self.given_library)

    def open(self, *, create: bool = False, language: str | None = None, anew: bool = False) -> Assistant:
        """The library, opened. Raises NotALibrary, unless it may be created; see Assistant.open for `anew`."""
        return Assistant.open(self.folder, create=create, language=language, anew=anew)


def session_of(context: typer.Context) -> Session:
    """The session of this run."""
    session: Session = context.obj
    return session


def _note_json(context: typer.Context, given: bool) -> bool:
    if given and isinstance(context.obj, Session):
        context.obj.terminal.as_json = True
    return given


Json = Annotated[
    bool, typer.Option("--json", callback=_note_json, help="Print JSON on standard output and nothing else.")
]
Collection = Annotated[
    list[str] | None,
    typer.Option("--collection", metavar="NAME", help="Look in this collection only; may be repeated."),
]
DocumentName = Annotated[
    list[str] | None,
    typer.Option("--document", metavar="NAME", help="Look in this document only, a name or a glob; may be repeated."),
]
MediaType = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Look in documents of this media type only, as in application/pdf; may be repeated.",
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="KEY=VALUE", help="Look where the metadata says so; may be repeated."),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="DAY", help="Documents of this day or later: 2026-01-31.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="Documents of this day or earlier.")]


def filters(
    collections: Sequence[str] | None,
    documents: Sequence[str] | None,
    media_types: Sequence[str] | None,
    where: Sequence[str] | None,
    since: str | None,
    until: str | None,
) -> Filters:
    """The options above as filters. Raises UsageError."""
    pairs = []
    for each in where or ():
        key, equals, value = each.partition("=")
        if not key or not equals:
            raise UsageError(f"--where is {each!r}; it takes KEY=VALUE, as in --where department=Legal.")
        pairs.append((key, value))
    return Filters(
        collections=tuple(collections or ()),
        documents=tuple(documents or ()),
        media_types=tuple(media_types or ()),
        metadata=tuple(pairs),
        since=_day("--since", since),
        until=_day("--until", until),
    )


def _day(option: str, value: str | None) -> str | None:
    from datetime import date

    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise UsageError(f"{option} is {value!r}; it takes a day, as in {option} 2026-01-31.") from error
