"""Tables of contents go: they are every heading once more, with no text under it.

Left in, a page of contents looks like an answer to every question that names a heading.
"""

from __future__ import annotations

import re

from ingestion.readers.pdf_furniture import said
from ingestion.readers.pdf_layout import Item, Page
from ingestion.readers.pdf_rows import Table

_ENTRY = re.compile(r"^(?P<title>.*?[^\W_].*?)[\s.·…_—-]+(?P<page>\d{1,4}|[ivxlc]{1,6})$", re.IGNORECASE)
_NAMED = re.compile(r"^\W*(?:(?:table of )?contents|目\s*[录錄次])\W*$", re.IGNORECASE)
_FEWEST = 5
"""Entries of a page of contents, at the least."""
_SHARE = 0.6
"""Of what stands on a page of contents, this much is entries; of the entries, this much stands elsewhere as a line."""


def without_contents(pages: list[Page]) -> list[Page]:
    """The pages without the entries of a table of contents.

    A page is one of contents when most of its lines end in page numbers that never fall, and what comes before those
    numbers stands as a line of its own on other pages.
    """
    lines = [{_key(said(item)) for item in page.items} for page in pages]
    kept: list[Page] = []
    for number, page in enumerate(pages):
        entries = _entries(page)
        elsewhere = set().union(*lines[:number], *lines[number + 1 :]) if _looks_it(page, entries) else set()
        found = sum(title in elsewhere for title, _ in entries.values())
        if entries and found >= _SHARE * len(entries):
            items = [
                item for at, item in enumerate(page.items) if at not in entries and not _NAMED.match(said(item).strip())
            ]
            page = page._replace(items=items)
        kept.append(page)
    return kept


def _entries(page: Page) -> dict[int, tuple[str, int | None]]:
    """The items that end in a page number: place on the page -> (title, number; None for a Roman one)."""
    found: dict[int, tuple[str, int | None]] = {}
    for at, item in enumerate(page.items):
        match = None if isinstance(item, Table) else _ENTRY.match(_said(item))
        if match:
            number = match["page"]
            found[at] = (_key(match["title"]), int(number) if number.isdigit() else None)
    return found


def _looks_it(page: Page, entries: dict[int, tuple[str, int | None]]) -> bool:
    numbers = [number for _, number in entries.values() if number is not None]
    return len(entries) >= max(_FEWEST, _SHARE * len(page.items)) and numbers == sorted(numbers)


def _said(item: Item) -> str:
    return said(item).strip()


def _key(text: str) -> str:
    return "".join(text.casefold().split())
