"""What is printed on every page and belongs to none: running headers, footers and page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from ingestion.readers.pdf_layout import Item, Page
from ingestion.readers.pdf_rows import Table

_EDGE = 3
"""Items at the top and at the bottom of a page that may be furniture."""
_NEAR = 6.0
"""Points by which the same header may stand higher or lower from page to page."""
_PAGE_NUMBER = re.compile(
    r"^[\W_]*(?:page|seite|p\.|第)?\s*[A-Z]?[-–.]?(\d{1,4}|[ivxlc]{1,7})\s*(?:(?:of|/|共)\s*\d{1,4})?\s*页?[\W_]*$",
    re.IGNORECASE,
)
_ANYWHERE = -1e9
"""Stands for a height: the very first or last on its page, wherever that ends."""
_DIGITS = re.compile(r"\d+")


def without_furniture(pages: list[Page]) -> list[Page]:
    """The pages without what recurs at the same height at their edges, digits aside, and without page numbers.

    What recurs on a third of the pages, or on three in a row, is furniture; of two pages, only what both hold. What
    is set in the body of a page is never touched, however often it recurs, and no page is left without anything.
    """
    recurring = _recurring(pages)
    numbers = _numbered(pages)
    kept: list[Page] = []
    for index, page in enumerate(pages):
        drop = {at for at in _edges(page) if _known(said(page.items[at]), _height(page.items[at]), recurring)}
        drop |= {at for at in _edges(page, 1 + len(drop)) if index in numbers and _number(page.items[at]) is not None}
        if len(drop) == len(page.items):
            drop = set()
        kept.append(page._replace(items=[item for at, item in enumerate(page.items) if at not in drop]))
    return kept


def said(item: Item) -> str:
    """All that an item says, cells parted by a space."""
    if isinstance(item, Table):
        return " ".join(piece.text for row in item.rows for cell in row for piece in cell)
    return " ".join(piece.text for piece in item)


def _edges(page: Page, count: int = _EDGE) -> list[int]:
    """Which items stand highest and lowest, by place and not by order: a footer may be drawn first."""
    order = sorted(range(len(page.items)), key=lambda at: -_height(page.items[at]))
    return sorted({*order[:count], *order[-count:]})


def _height(item: Item) -> float:
    return item.top if isinstance(item, Table) else item[0].bottom


def _key(text: str) -> str:
    return _DIGITS.sub("#", text.casefold())


def _recurring(pages: list[Page]) -> dict[str, list[float]]:
    """What recurs at the edges, and at which heights."""
    seen: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, page in enumerate(pages):
        outermost = _edges(page, 1)
        for at in _edges(page):
            text = said(page.items[at])
            if any(letter.isalnum() for letter in text) and len(text) < 400:
                seen[_key(text)].append((number, _height(page.items[at])))
                if at in outermost:
                    seen[_key(text)].append((number, _ANYWHERE))
    found: dict[str, list[float]] = {}
    for key, places in seen.items():
        heights = {height for _, height in places if _often(height, places, len(pages))}
        if heights:
            found[key] = sorted(heights)
    return found


def _often(height: float, places: list[tuple[int, float]], pages: int) -> bool:
    numbers = sorted({number for number, other in places if abs(other - height) <= _NEAR})
    if pages < 3:
        return pages == 2 and len(numbers) == 2
    in_a_row = any(third - first <= 4 for first, third in zip(numbers, numbers[2:], strict=False))
    return len(numbers) >= 3 and (in_a_row or len(numbers) * 3 >= pages)


def _known(text: str, height: float, recurring: dict[str, list[float]]) -> bool:
    return any(other == _ANYWHERE or abs(height - other) <= _NEAR for other in recurring.get(_key(text), ()))


def _number(item: Item) -> int | None:
    """The page number that an item is and nothing else; 0 for a Roman one."""
    match = None if isinstance(item, Table) else _PAGE_NUMBER.match(said(item))
    return None if match is None else int(match[1]) if match[1].isdigit() else 0


def _counted(item: Item, number: int, pages: int) -> bool:
    """Whether an item says "2 of 9" on the second page of nine."""
    return not isinstance(item, Table) and [int(digits) for digits in _DIGITS.findall(said(item))] == [number, pages]


def _numbered(pages: list[Page]) -> set[int]:
    """The pages whose edge holds a number that runs on with the pages."""
    shifts: Counter[int] = Counter()
    found: dict[int, set[int]] = {}
    for index, page in enumerate(pages):
        numbers = {_number(page.items[at]) for at in _edges(page)} - {None}
        found[index] = {(number or 0) - index for number in numbers if number} | ({10**6} if 0 in numbers else set())
        shifts.update(found[index])
        if any(_counted(page.items[at], index + 1, len(pages)) for at in _edges(page, 1)):
            shifts.update({shift: 3 for shift in found[index]})
    running = {shift for shift, count in shifts.items() if count >= min(3, max(2, len(pages)))}
    return {index for index, shifted in found.items() if shifted & running}
