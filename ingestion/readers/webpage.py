"""HTML made plain before it is partitioned: what is no part of the text goes, what browsers show stays."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from core.errors import LimitExceeded

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Table: TypeAlias = tuple[list[list[str]], int | None]
"""The cells of a table row by row, and the number of header rows, None where nobody said."""

BREAK = "\ue000"
"""Stands for a line break while text goes through unstructured, which makes one space of every white space."""

_NEVER_TEXT = frozenset(
    "script style noscript template svg canvas iframe object embed audio video map nav dialog button select input"
    " textarea".split()
)
_CHROME = re.compile(
    r"nav(bar|igation|header|footer|menu)?|menu(bar)?|toc|catlinks|bread-?crumbs?|side-?bar|(site|page)-?(header|footer)|"
    r"skip-?(link|nav|to-content)|social(-share|-links)?|share(-buttons)?|(.*[-_])?(cookies?|gdpr)([-_].*)?|"
    r"consent([-_](banner|bar|popup|dialog|manager))?|cookie(bar|banner|notice|consent)|mw-editsection|toc-?toggle",
    re.IGNORECASE,
)
_CHROME_ROLES = {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar"}
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(px|pt|em|rem|%)?\s*(;|!|$)", re.IGNORECASE
)
# unstructured drops these with all they hold; to a browser they are ordinary boxes.
_AS_BOX = {"details": "div", "summary": "p", "figure": "div", "figcaption": "p", "form": "div", "fieldset": "div"}
_AS_BOX |= {"legend": "p", "caption": "p", "label": "span"}
_BLOCKS = frozenset(
    "p div li ul ol dl dt dd tr td th table thead tbody pre blockquote section h1 h2 h3 h4 h5 h6".split()
)
_ROWS = "./tr|./thead/tr|./tbody/tr|./tfoot/tr"
# Browsers stop at 1,000 columns; a hostile page asks for millions.
_SPAN_LIMIT = 1000
_MENU_LINKS = 8
# lxml, when unstructured calls it, silently drops what is deeper than 255.
_DEPTH_LIMIT = 200
# Longer than this is a column of a page and no cell of a table, unless the table has header cells.
_CELL_LENGTH = 1000
# No tree takes these, as characters or as references.
_CONTROL = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF])
_CONTROL_REFERENCE = re.compile(
    r"&#(0*(1[124-9]|2\d|3[01]|[0-8])(?!\d)|[xX]0*(1[\da-fA-F]|[0-8bcefBCEF])(?![\da-fA-F]));?"
)
RAISED = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")


def parse(text: str) -> HtmlElement:
    """The tree of an HTML text, however badly written; comments and processing instructions are left out."""
    from lxml import html

    text = _CONTROL_REFERENCE.sub("", text.translate(_CONTROL))
    # As bytes, because lxml refuses a str that carries an encoding declaration.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    tree = html.document_fromstring(text.encode("utf-8", "replace") or b"<html></html>", parser=parser)
    if any("depth" in entry.message for entry in parser.error_log):
        raise LimitExceeded("its elements are nested more than 2,000 deep. Save it anew in a simpler form.")
    _flatten(tree)
    return tree


def _flatten(tree: HtmlElement) -> None:
    """Take the tags off what is nested too deeply for a reader that recurses; its text stays."""
    from lxml import etree

    depth = 0
    deep = []
    for event, element in etree.iterwalk(tree, ("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > _DEPTH_LIMIT:
            deep.append(element)
    for element in reversed(deep):
        element.drop_tag()


def properties(tree: HtmlElement) -> tuple[str, str, str]:
    """Title, author and date as the page's head says them, "" where it does not."""
    title = tree.xpath("string(//title)")
    author = tree.xpath("string(//meta[@name='author' or @name='Author']/@content)")
    day = tree.xpath(
        "string(//meta[@name='date' or @name='dcterms.date' or @property='article:published_time']/@content)"
    )
    return str(title), str(author), str(day)


def remove_boilerplate(tree: HtmlElement) -> None:
    """Take out scripts, navigation, page headers and footers, cookie bars and what is hidden, in place.

    An element that holds more than half of the page's text is kept whatever it is called, and so is a header that
    carries the page's heading.
    """
    total = len(tree.text_content())
    for element in list(tree.iter()):
        if element.getparent() is None or not isinstance(element.tag, str):
            continue
        if element.tag in _NEVER_TEXT or (_is_chrome(element) and len(element.text_content()) * 2 <= total):
            element.drop_tree()


def _is_chrome(element: HtmlElement) -> bool:
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style", "")):
        return True
    if element.tag in ("html", "body", "main", "article") or element.find(".//h1") is not None:
        return False
    if element.tag in ("ul", "ol", "dl"):
        return _is_menu(element)
    names = (element.get("class", "") + " " + element.get("id", "")).split()
    if element.get("role") in _CHROME_ROLES or any(_CHROME.fullmatch(name) for name in names):
        return True
    return element.tag in ("header", "footer") and not element.xpath(
        "ancestor::article|ancestor::main|ancestor::blockquote"
    )


def _is_menu(element: HtmlElement) -> bool:
    """Whether a list is nothing but links: a menu, a list of languages, a table of contents."""
    links = [len(link.text_content().strip()) for link in element.iter("a")]
    # A dot, a comma, a number or a little word may stand between two links.
    return len(links) >= _MENU_LINKS and len("".join(element.text_content().split())) <= sum(links) + 3 * len(links)


def shape(tree: HtmlElement) -> list[Table]:
    """Make the tree such that unstructured loses nothing of it, in place; hand back its tables.

    Each data table becomes a table of one cell that holds its number in the list, because unstructured forgets spans
    and parts words at inline tags inside cells. Tables that only lay out a page become boxes. Line breaks become
    BREAK, items of numbered lists get their numbers, raised figures become superscript characters.
    """
    for element in tree.iter(*_AS_BOX):
        element.tag = _AS_BOX[element.tag]
    _spell_out(tree)
    for table in list(tree.iter("table")):
        if not _is_data(table):
            for part in table.xpath("./*|./*/tr|./tr/*|./*/tr/*"):
                part.tag = "p" if part.tag == "p" else "div"
            table.tag = "div"
    tables: list[Table] = []
    for table in list(tree.iter("table")):
        if next(table.iterancestors("table"), None) is None:
            tables.append(_taken_out(table, len(tables)))
    for element in tree.iter("p", "div", "dt", "dd", "section", "body"):
        # unstructured drops paragraphs of one character; cleaning removes the zero-width space that saves them
        if element.text and len(element.text.strip()) == 1:
            element.text += "\u200b"
    return tables


def _taken_out(table: HtmlElement, number: int) -> Table:
    """The rows of a table, which is left holding only a number; its caption moves before it."""
    found = grid(table)
    for child in list(table):
        if child.tag == "p":  # what was its caption
            table.addprevious(child)
        else:
            table.remove(child)
    table.text = None
    cell = table.makeelement("td")
    cell.text = str(number)
    row = table.makeelement("tr")
    row.append(cell)
    table.append(row)
    return found


def _spell_out(tree: HtmlElement) -> None:
    """Write into the text what a browser draws: line breaks, numbers of items, raised figures."""
    for line_break in list(tree.iter("br")):
        line_break.tail = BREAK + (line_break.tail or "")
        line_break.drop_tree()
    for raised in list(tree.iter("sup")):
        if (
            len(raised) == 0
            and (raised.text or "").strip()
            and not (raised.text or "").strip().translate(dict.fromkeys(RAISED))
        ):
            raised.text = (raised.text or "").strip().translate(RAISED)
            raised.drop_tag()
    for numbered in tree.iter("ol"):
        number = _whole(numbered.get("start"), 1)
        for item in numbered.iterchildren("li"):
            number = _whole(item.get("value"), number)
            first = item[0] if len(item) and not (item.text or "").strip() else None
            inner = first if first is not None and first.tag in ("p", "div") else item
            inner.text = f"{_numeral(number, numbered.get('type', '1'))}. {(inner.text or '').lstrip()}"
            number += 1


def _numeral(number: int, kind: str) -> str:
    if kind in "aA" and 1 <= number <= 26:
        return chr(ord(kind) + number - 1)
    if kind in "iI" and 1 <= number <= 20:
        roman = "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]
        return roman if kind == "I" else roman.lower()
    return str(number)


def _whole(value: str | None, otherwise: int) -> int:
    return int(value) if value and re.fullmatch(r"-?[0-9]{1,6}", value.strip()) else otherwise


def _is_data(table: HtmlElement) -> bool:
    """Whether a table holds data: two rows of several cells, and in no cell a table, a heading or long prose."""
    rows = [row.xpath("./td|./th") for row in table.xpath(_ROWS)]
    if table.get("role") == "presentation" or max(map(len, rows), default=0) < 2:
        return False
    if len(rows) > 1 and any(cell.tag == "th" for row in rows for cell in row):
        return True
    if table.xpath(".//table|.//h1|.//h2|.//h3"):
        return False
    lengths = [[len(cell.text_content().strip()) for cell in row] for row in rows]
    return sum(sum(map(bool, row)) > 1 for row in lengths) > 1 and max(map(max, filter(None, lengths))) <= _CELL_LENGTH


def grid(table: HtmlElement) -> Table:
    """The rows of a table, and how many of them are its header, None where the tags do not say.

    A cell over several rows stands in each of them, one over several columns in the first.
    """
    rows: list[list[str]] = []
    headers: list[bool] = []
    hanging: dict[int, tuple[int, str]] = {}
    for row in table.xpath(_ROWS):
        cells: list[str] = []
        parts = row.xpath("./td|./th")
        for cell in parts:
            _drop_in(cells, hanging)
            text = cell_text(cell)
            columns, deep = min(_whole(cell.get("colspan"), 1), _SPAN_LIMIT), _whole(cell.get("rowspan"), 1)
            for offset in range(max(1, columns)):
                if deep > 1:
                    hanging[len(cells)] = (deep - 1, "" if offset else text)
                cells.append("" if offset else text)
        _drop_in(cells, hanging)
        if any(cells):
            rows.append(cells)
            headers.append(bool(parts) and all(cell.tag == "th" for cell in parts))
    above = next((at for at, header in enumerate(headers) if not header), len(headers))
    return rows, above if any(headers) else None


def _drop_in(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Continue the cells that hang down from rows above at the place reached."""
    while (left := hanging.pop(len(cells), None)) is not None:
        if left[0] > 1:
            hanging[len(cells)] = (left[0] - 1, left[1])
        cells.append(left[1])


def cell_text(cell: HtmlElement) -> str:
    """The text of a cell as it reads: a space where a block begins or ends, none at inline tags."""
    parts = [cell.text or ""]
    for event, element in _walk(cell):
        space = " " if element.tag in _BLOCKS else ""
        parts.append(space + ((element.text if event == "start" else element.tail) or ""))
    return " ".join("".join(parts).replace(BREAK, " ").split())


def _walk(cell: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    from lxml import etree

    return ((event, element) for event, element in etree.iterwalk(cell, ("start", "end")) if element is not cell)


def declared_charset(head: bytes) -> str | None:
    """The encoding that a page's first bytes declare, by Python's name; None where they declare none that is known."""
    found = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]+)", head, re.IGNORECASE)
    if not found:
        return None
    name = found[1].decode("ascii", "replace").lower()
    try:
        return codecs.lookup(
            "gb18030" if name in ("gb2312", "gbk") else "cp1252" if name == "iso-8859-1" else name
        ).name
    except LookupError:
        return None
