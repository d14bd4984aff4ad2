"""HTML made plain before it is partitioned: what is no part of the text goes, what browsers show stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NEVER_TEXT = frozenset(
    "script style noscript template svg canvas iframe object embed audio video map nav dialog button select input"
    " textarea".split()
)
_CHROME = re.compile(
    r"nav(bar|igation|header|footer|menu)?|menu(bar)?|bread-?crumbs?|side-?bar|(site|page)-?(header|footer)|"
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
_BLOCKS = {
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "tr",
    "td",
    "th",
    "table",
    "pre",
    "blockquote",
    "section",
}
_BLOCKS |= {f"h{level}" for level in range(1, 7)}


def parse(text: str) -> HtmlElement:
    """The tree of an HTML text, however badly written; comments and processing instructions are left out."""
    from lxml import html

    # As bytes, because lxml refuses a str that carries an encoding declaration.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)


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
    if element.tag in ("html", "body", "main", "article"):
        return False
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style", "")):
        return True
    names = (element.get("class", "") + " " + element.get("id", "")).split()
    if element.get("role") in _CHROME_ROLES or any(_CHROME.fullmatch(name) for name in names):
        return True
    if element.tag not in ("header", "footer"):
        return False
    return not element.xpath(".//h1") and not element.xpath("ancestor::article|ancestor::main|ancestor::blockquote")


def shape(tree: HtmlElement) -> list[list[list[str]]]:
    """Make the tree such that unstructured loses nothing of it, in place; hand back the cells of its tables.

    Each data table becomes a table of one cell that holds its number in the list, because unstructured forgets spans
    and parts words at inline tags inside cells. Tables that only lay out a page become boxes.
    """
    for element in tree.iter(*_AS_BOX):
        element.tag = _AS_BOX[element.tag]
    tables = list(tree.iter("table"))
    for table in reversed(tables):  # the inner ones first
        if not _is_data(table):
            for part in list(table.iter("table", "thead", "tbody", "tfoot", "tr", "td", "th")):
                part.tag = "div"
    grids: list[list[list[str]]] = []
    for table in [table for table in tables if table.tag == "table"]:
        rows = grid(table)
        for caption in table.xpath("./p"):  # what was its caption
            table.addprevious(caption)
        for child in list(table):
            table.remove(child)
        table.text = None
        cell = table.makeelement("td")
        cell.text = str(len(grids))
        row = table.makeelement("tr")
        row.append(cell)
        table.append(row)
        grids.append(rows)
    _keep_single_characters(tree)
    return grids


def _is_data(table: HtmlElement) -> bool:
    """Whether a table holds data: several columns, and in no cell a table, a heading or long prose."""
    rows = [row.xpath("./td|./th") for row in table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr")]
    if max(map(len, rows), default=0) < 2 or table.get("role") == "presentation":
        return False
    if table.xpath("./tr/th|./thead/tr/th|./tbody/tr/th") and len(rows) > 1:
        return True
    if table.xpath(".//table|.//h1|.//h2|.//h3"):
        return False
    return all(len(cell.text_content()) <= 2000 for row in rows for cell in row)


def grid(table: HtmlElement) -> list[list[str]]:
    """The rows of a table; a cell over several rows stands in each of them, one over several columns in its first."""
    rows: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    for row in table.xpath("./tr|./thead/tr|./tbody/tr|./tfoot/tr"):
        cells: list[str] = []
        for cell in row.xpath("./td|./th"):
            _drop_in(cells, hanging)
            text = cell_text(cell)
            columns, deep = _span(cell, "colspan"), _span(cell, "rowspan")
            for offset in range(columns):
                if deep > 1:
                    hanging[len(cells)] = (deep - 1, text if offset == 0 else "")
                cells.append(text if offset == 0 else "")
        _drop_in(cells, hanging)
        rows.append(cells)
    return rows


def _drop_in(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    while (left := hanging.pop(len(cells), None)) is not None:
        if left[0] > 1:
            hanging[len(cells)] = (left[0] - 1, left[1])
        cells.append(left[1])


def _span(cell: HtmlElement, name: str) -> int:
    value = cell.get(name, "1").strip()
    # Browsers stop at 1,000 columns; a hostile page asks for millions.
    return min(int(value), 1000) if value.isascii() and value.isdigit() and int(value) > 0 else 1


def cell_text(cell: HtmlElement) -> str:
    """The text of a cell as it reads: a space where a block begins or ends, none at inline tags."""
    parts: list[str] = []

    def walk(element: HtmlElement) -> None:
        blocks = element.tag in _BLOCKS
        parts.append((" " if blocks else "") + (element.text or ""))
        for child in element:
            walk(child)
            parts.append(child.tail or "")
        if blocks:
            parts.append(" ")

    walk(cell)
    return " ".join("".join(parts).split())


def _keep_single_characters(tree: HtmlElement) -> None:
    """A zero-width space, which cleaning removes, saves paragraphs of one character, which unstructured drops."""
    for element in tree.iter("p", "div", "dt", "dd", "section", "span", "body"):
        if element.text and len(element.text.strip()) == 1:
            element.text = element.text.strip() + "\u200b"
        if element.tail and len(element.tail.strip()) == 1 and element.tail.strip().isalnum():
            element.tail += "\u200b"
