"""The ruled lines of a page, which tables are drawn with."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Place: TypeAlias = Callable[[float, float, float, float], Rectangle]

_OBJECTS = 20_000
"""Drawn objects looked at on one page in search of ruled lines; a drawing of more is no table."""


class Rules(NamedTuple):
    """The ruled lines of a page: horizontals as (y, left, right), verticals as (x, bottom, top)."""

    across: list[tuple[float, float, float]]
    upright: list[tuple[float, float, float]]


def unchecked(function: Any, result: Any, *arguments: Any) -> Any:
    """PDFium's function of a handle and these, called by addresses: to check its pointers took a third of each call."""
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    return ctypes.CFUNCTYPE(result, ctypes.c_void_p, *arguments)(address)


def rules_of(page: Any, place: Place | None) -> Rules:
    """The ruled lines among the page's drawn objects: thin strokes, thin fills, and the sides of stroked boxes."""
    import pypdfium2.raw as pdfium

    rules = Rules([], [])
    raw = page.raw
    count = pdfium.FPDFPage_CountObjects(raw)
    if count > _OBJECTS:
        return rules
    address = ctypes.cast(raw, ctypes.c_void_p).value
    get = unchecked(pdfium.FPDFPage_GetObject, ctypes.c_void_p, ctypes.c_int)
    kind = unchecked(pdfium.FPDFPageObj_GetType, ctypes.c_int)
    path = pdfium.FPDF_PAGEOBJ_PATH
    bounds = [ctypes.c_float() for _ in range(4)]
    for index in [index for index in range(count) if kind(get(address, index)) == path]:
        item = pdfium.FPDFPage_GetObject(raw, index)
        if pdfium.FPDFPageObj_GetBounds(item, *bounds):
            box = tuple(value.value for value in bounds)
            left, bottom, right, top = place(*box) if place else box
            if right - left > 3 and top - bottom > 3 and not _stroked(pdfium, item):
                continue
            _add_rule(rules, left, bottom, right, top)
    return rules


def _add_rule(rules: Rules, left: float, bottom: float, right: float, top: float) -> None:
    if top - bottom <= 3 and right - left >= 6:
        rules.across.append(((top + bottom) / 2, left, right))
    elif right - left <= 3 and top - bottom >= 6:
        rules.upright.append(((left + right) / 2, bottom, top))
    elif right - left > 3 and top - bottom > 3:
        rules.across.extend(((bottom, left, right), (top, left, right)))
        rules.upright.extend(((left, bottom, top), (right, bottom, top)))


def _stroked(pdfium: Any, path: Any) -> bool:
    """Whether the path is one stroked box."""
    if pdfium.FPDFPath_CountSegments(path) > 5:
        return False
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(path, fill, stroke) and stroke.value)
