"""DOCX, PPTX, HTML, Markdown, RTF, ODT and EPUB through unstructured; the only module that imports it.

unstructured finds the paragraphs, headings, list items with their numbers, slides and notes. What it does badly is
done around it: pages are made plain first (`webpage`), Word files are flattened first (`wordfile`), because it skips
tracked insertions, content controls, text boxes and notes; cells of tables come from the tree, because it forgets
their spans. Spreadsheets go through openpyxl (`records`), because it drops number formats; XML and plain text have
readers of their own, because it throws tags away and takes every short line for a title.
Importing it costs 3 to 4 s and 150 MB, once a process; it then reads some 60 pages of Word a second.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from core.types import BlockKind, MetadataValue
from core.weights import sha256_of
from ingestion.readers import slides, sniff, webpage, wordfile
from ingestion.readers.properties import office_properties
from ingestion.readers.reading import Layout, Reading, described, translated
from ingestion.readers.text import paragraphs, read_decoded

_KINDS: dict[str, BlockKind] = {"Title": "heading", "ListItem": "item", "CodeSnippet": "code", "Table": "table"}
_SKIPPED = {"Header", "Footer", "PageBreak", "Image", "PageNumber"}
_SPOKEN = {sniff.HTML: "HTML", sniff.MD: "Markdown", sniff.RTF: "RTF", sniff.ODT: "ODT", sniff.EPUB: "EPUB"}
_TITLE_LENGTH = 120
_PANDOC = {sniff.RTF: "rtf", sniff.ODT: "odt", sniff.EPUB: "epub"}


@cache
def _partitioner(kind: str) -> Callable[..., list[Any]]:
    """`unstructured.partition.KIND.partition_KIND`, with its telemetry and its download of a model turned off."""
    for variable in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS", "UNSTRUCTURED_DISABLE_NOTICE"):
        os.environ[variable] = "1"
    from importlib import import_module

    # Of a broken RTF file pandoc says so in its exit status too.
    logging.getLogger("pypandoc").setLevel(logging.ERROR)
    import spacy
    from spacy.tokens import Doc
    from unstructured.nlp import tokenize

    # It wants a spaCy model, which it would download. The model only helps it to tell prose from titles, which is not
    # used here: words parted at spaces are enough, and cheap.
    plain = spacy.blank("en")
    plain.tokenizer = lambda text: Doc(plain.vocab, words=text.split())
    plain.add_pipe("sentencizer")
    plain.max_length = 10**9
    tokenize._get_nlp = lambda: plain
    partition: Callable[..., list[Any]] = getattr(import_module(f"unstructured.partition.{kind}"), f"partition_{kind}")
    return partition


def read_office(path: Path, name: str, media_type: str) -> Iterator[Reading]:
    """One DOCX, PPTX, HTML, Markdown, RTF, ODT or EPUB file as one document."""
    layout = Layout()
    metadata: dict[str, MetadataValue]
    if media_type == sniff.DOCX:
        metadata = _lay_word(layout, path, name)
    elif media_type == sniff.PPTX:
        metadata = _lay_slides(layout, path, name)
    else:
        with translated(name, _SPOKEN[media_type]):
            metadata = lay_html(layout, _as_html(path, name, media_type))
    yield Reading(layout.document(name, media_type, sha256_of(path), metadata))


def _as_html(path: Path, name: str, media_type: str) -> str:
    if media_type in _PANDOC:
        _partitioner("html")  # sets the environment before anything of unstructured is imported
        from unstructured.file_utils.file_conversion import convert_file_to_html_text_using_pandoc

        return str(convert_file_to_html_text_using_pandoc(_PANDOC[media_type], filename=str(path)))
    charset = None
    if media_type == sniff.HTML:
        with path.open("rb") as file:
            charset = webpage.declared_charset(file.read(4096))
    text = read_decoded(path, name, charset)
    if media_type == sniff.MD:
        from markdown_it import MarkdownIt

        # Line breaks are kept for now: `lay_html` joins the lines of paragraphs that were broken to fit a width.
        return str(MarkdownIt("commonmark", {"breaks": True}).enable("table").render(text))
    return text


def lay_html(layout: Layout, text: str) -> dict[str, MetadataValue]:
    """Append an HTML text to a layout; hand back its title, author and date. Raises what its libraries raise."""
    tree = webpage.parse(text)
    metadata = described(*webpage.properties(tree))
    webpage.remove_boilerplate(tree)
    tables = webpage.shape(tree)
    from lxml import html

    elements = _partitioner("html")(text=html.tostring(tree, encoding="unicode"), languages=[""])
    for element in elements:
        if element.category == "Table":
            layout.add_table(*tables[int(element.text)])
        else:
            _add(layout, element)
    return metadata


def _add(layout: Layout, element: Any) -> None:
    if element.category in _SKIPPED:
        return
    kind = _KINDS.get(element.category, "text")
    text = element.text.replace(webpage.BREAK, "\n")
    if kind == "heading" and text.count("\n") < 2:
        layout.add(kind, text, (element.metadata.category_depth or 0) + 1)
        return
    if kind == "heading":  # a Markdown paragraph above a line of dashes
        kind = "text"
    for number, line in enumerate([text] if kind == "code" else paragraphs(text)):
        layout.add("text" if number else kind, line)


def _lay_word(layout: Layout, path: Path, name: str) -> dict[str, MetadataValue]:
    with translated(name, "DOCX"):
        flat = wordfile.flattened(path)
        elements = _partitioner("docx")(file=flat, languages=[""], include_page_breaks=False)
        styled = any(element.category == "Title" for element in elements)
        for element in elements:
            if element.category == "Table":
                _add_table(layout, element)
            elif not styled and _is_bold_line(element):
                layout.add("heading", element.text, _depth(element.text))
            else:
                _add(layout, element)
        return office_properties(path)


def _is_bold_line(element: Any) -> bool:
    """Whether it is a short line all in bold: the headings of a contract whose author used no styles."""
    bold = "".join(element.metadata.emphasized_text_contents or ())
    if "b" not in (element.metadata.emphasized_text_tags or ()) or len(element.text) > _TITLE_LENGTH:
        return False
    letters, bold_letters = (sum(map(str.isalpha, text)) for text in (element.text, bold))
    return 0 < letters == bold_letters


def _depth(heading: str) -> int:
    """1 for "2." and for a heading without a number, 2 for "2.1"."""
    number = re.match(r"\d+(?:\.\d+)*", heading)
    return 1 + number[0].count(".") if number else 1


def _add_table(layout: Layout, element: Any) -> None:
    from lxml import html

    if element.metadata.text_as_html is None:  # a grid too wide to expand
        layout.add("text", element.text)
    else:
        layout.add_table(*webpage.grid(html.fragment_fromstring(element.metadata.text_as_html)))


def _lay_slides(layout: Layout, path: Path, name: str) -> dict[str, MetadataValue]:
    with translated(name, "PPTX"):
        shown: dict[int, list[Any]] = {}
        for element in _partitioner("pptx")(filename=str(path), languages=[""], include_page_breaks=False):
            shown.setdefault(element.metadata.page_number, []).append(element)
        for number, slide in enumerate(slides.slides_of(path), start=1):
            layout.start_page()
            _lay_slide(layout, shown.get(number, []))
            slides.add_rest(layout, slide)
        return office_properties(path)


def _lay_slide(layout: Layout, elements: list[Any]) -> None:
    """The title first; where a slide has none its first line is, so that no slide goes under another's title."""
    titles = [element for element in elements if element.category == "Title" and not element.metadata.category_depth]
    lines = [element for element in elements if element.category not in ("Table", "ListItem")]
    title = next(iter(titles or lines), None)
    if title is not None and len(title.text) <= _TITLE_LENGTH:
        layout.add("heading", title.text, 1)
        elements = [element for element in elements if element is not title]
    for element in elements:
        if element.category == "Table":
            _add_table(layout, element)
        else:
            layout.add("item" if element.category == "ListItem" else "text", element.text)
