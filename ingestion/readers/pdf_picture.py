"""A page as a picture, with quotes highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from core.errors import DamagedFile
from core.types import Box
from ingestion.readers.ocr import frames_of
from ingestion.readers.pdf import open_pdf

_LARGEST = 4000
"""Pixels on the longer side, whatever scale is asked for."""
_YELLOW = (255, 214, 0, 100)
_MARGIN = 1.0
"""Points around a box that are highlighted with it."""


def page_picture(path: Path, page: int, boxes: Sequence[Box] = (), scale: float = 2.0) -> bytes:
    """PNG of one page, from 1, of a PDF or an image, with those of the boxes that lie on it highlighted.

    `scale` is in pixels a point; for an image, in pixels a pixel of its own. Raises DamagedFile where there is no such
    page, and whatever opening the file raises.
    """
    from PIL import Image, ImageDraw

    picture, scale = _pdf_page(path, page, scale) if _is_pdf(path) else _frame(path, page, scale)
    marks = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(marks)
    for box in boxes:
        if box.page == page:
            left, right = (box.left - _MARGIN) * scale, (box.right + _MARGIN) * scale
            top, bottom = picture.height - (box.top + _MARGIN) * scale, picture.height - (box.bottom - _MARGIN) * scale
            draw.rectangle((left, top, max(left, right), max(top, bottom)), fill=_YELLOW)
    png = BytesIO()
    Image.alpha_composite(picture.convert("RGBA"), marks).convert("RGB").save(png, "PNG")
    return png.getvalue()


def _is_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def _pdf_page(path: Path, number: int, scale: float) -> tuple[Any, float]:
    pdf = open_pdf(path, path.name)
    try:
        if not 1 <= number <= len(pdf):
            raise _no_such_page(path, number, len(pdf))
        if pdf.get_formtype():
            pdf.init_forms()
        page = pdf[number - 1]
        try:
            scale = min(scale, _LARGEST / max(*page.get_size(), 1.0))
            return page.render(scale=scale).to_pil(), scale
        finally:
            page.close()
    finally:
        pdf.close()


def _frame(path: Path, number: int, scale: float) -> tuple[Any, float]:
    count = 0
    for count, frame in enumerate(frames_of(path, path.name), start=1):
        if count == number:
            scale = min(scale, _LARGEST / max(frame.size))
            return frame.resize((max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))), scale
    raise _no_such_page(path, number, count)


def _no_such_page(path: Path, number: int, count: int) -> DamagedFile:
    return DamagedFile(
        f"Drawing page {number} of {path.name}: it has {count} pages now. Add the file again, since it has changed."
    )
