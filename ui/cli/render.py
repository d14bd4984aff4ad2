"""Answers, passages and documents as text for a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from core.types import Answer, Citation, Hit, Sentence
from ui.cli.terminal import printable

if TYPE_CHECKING:
    from rag.library.rows import DocumentInfo

SNIPPET = 320  # characters of a passage shown in a list of passages
WIDE = 70  # columns from which a list of documents has room for all it says
NO_HITS = "Nothing found. `pincite documents` shows what is in the library."
NOT_FOUND = "No answer was found in the documents."
NEAREST = "The nearest passages, which may not answer the question:"


def answer(given: Answer) -> Group:
    """The sentences with numbered pincites, and under them document, page and quote of each."""
    if given.status == "not_found":
        nearest = Group(Text(f"\n{NEAREST}\n", style="dim"), hits(given.hits[:3])) if given.hits else Group()
        return Group(Text(NOT_FOUND, style="bold"), nearest, *_notes(given.notes))
    return Group(sentences(given.sentences), *_notes(given.notes), _footer(given))


def sentences(said: Sequence[Sentence]) -> Group:
    """Sentences, each with its pincites under it, numbered in the order they are first cited.

    The quote is repeated only where the sentence is not the quote itself.
    """
    numbers: dict[Citation, int] = {}
    lines: list[RenderableType] = []
    for sentence in said:
        verbatim = sentence.support == "verbatim"
        text = Text(printable(_one_line(sentence.text)), style="bold" if verbatim else "")
        new = [cited for cited in dict.fromkeys(sentence.citations) if cited not in numbers]
        for cited in sentence.citations:
            number = numbers.setdefault(cited, len(numbers) + 1)
            text.append(f" [{number}]", style="not bold cyan")
        lines.append(text)
        for cited in new:
            lines += _pincite(numbers[cited], cited, quoted=not verbatim)
    return Group(*lines)


def hits(found: Sequence[Hit]) -> Group:
    """Passages, best first, each with its place and its beginning."""
    return Group(*(_hit(rank, hit) for rank, hit in enumerate(found, 1)))


def documents(infos: Iterable[DocumentInfo], width: int) -> Table:
    """The list of documents, for a terminal of so many columns: a narrow one gets less said of each."""
    wide = width >= WIDE
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("document", overflow="fold")
    table.add_column("pages", justify="right", no_wrap=True)
    table.add_column("passages", justify="right", no_wrap=True)
    if wide:
        table.add_column("added", no_wrap=True)
        table.add_column("collection", overflow="fold")
    for info in infos:
        pages = "" if info.pages is None else str(info.pages)
        more = [info.added_at[:10], printable(info.collection)] if wide else []
        table.add_row(printable(info.name), pages, str(info.passages), *more)
    return table


def figures(pairs: Iterable[tuple[str, str]]) -> Table:
    """Names and values, one a line."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(name, printable(value))
    return table


def size(amount: int) -> str:
    """Bytes as a person reads them: 1.2 MB."""
    if amount < 1000:
        return f"{amount} bytes"
    value, units = amount / 1000, ["kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.1f} {units[0]}"


def place(document: str, page: int | None) -> Text:
    """A document, and the page where it has pages."""
    text = Text(printable(document), style="green")
    return text if page is None else text.append(f", page {page}", style="default")


def _pincite(number: int, cited: Citation, quoted: bool) -> list[RenderableType]:
    head = Text(f"[{number}] ", style="cyan").append_text(place(cited.document, cited.page))
    quote = Text(f"“{printable(_one_line(cited.quote))}”", style="italic")
    return [_Indented(line) for line in ((head, quote) if quoted else (head,))]


def _hit(rank: int, hit: Hit) -> Group:
    passage = hit.passage
    head = Text(f"{rank:>2}. ", style="cyan").append_text(place(hit.document, passage.page))
    head.append(f"  {hit.score:.3f}", style="dim")
    lines = [head]
    if passage.heading:
        lines.append(Text(printable(" > ".join(passage.heading)), style="dim"))
    text = _one_line(passage.text)
    lines.append(Text(printable(text if len(text) <= SNIPPET else text[:SNIPPET].rstrip() + " …")))
    return Group(lines[0], *map(_Indented, lines[1:]))


class _Indented:
    """Text four columns in, on every line it takes; rich's own padding would fill each line up with blanks."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self._text.wrap(console, max(options.max_width - 4, 1)):
            yield Text("    ").append_text(line)


def _notes(notes: Iterable[str]) -> list[Text]:
    return [Text(printable(note), style="yellow") for note in notes]


def _footer(given: Answer) -> Text:
    model = given.model.name if given.model else "quoted, no model asked"
    if given.model and given.model.adapter:
        model += f" with {given.model.adapter}"
    return Text(f"\n{given.timings.total_s:.1f} s · {printable(model)}", style="dim")


def _one_line(text: str) -> str:
    return " ".join(text.split())
