"""A page as a picture, with the quote highlighted."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from core.errors import DamagedFile
from core.types import Box
from ingestion.readers.ocr import frames_of
from ingestion.readers.pdf import open_pdf

LARGEST = 4000
"""Pixels on the longer side, whatever scale was asked for."""
_YELLOW = (255, 221, 0)


def page_picture(path: Path, page: int, boxes: Sequence[Box] = (), scale: float = 2.0) -> bytes:
    """PNG of one page, from 1, of a PDF or an image, with the boxes that lie on it highlighted.

    `scale` is in pixels a point (a pixel of an image is a point). Raises DamagedFile where there is no such page.
    """
    from PIL import Image, ImageChops

    picture, scale = _pdf_page(path, page, scale) if _is_pdf(path) else _frame(path, page, scale)
    marks = Image.new("RGB", picture.size, "white")
    for box in boxes:
        if box.page == page:
            marks.paste(
                _YELLOW,
                (
                    round(box.left * scale) - 1,
                    round(picture.height - box.top * scale) - 1,
                    round(box.right * scale) + 1,
                    round(picture.height - box.bottom * scale) + 1,
                ),
            )
    out = BytesIO()
    ImageChops.multiply(picture, marks).save(out, "PNG")
    return out.getvalue()


def _is_pdf(path: Path) -> bool:
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)


def _pdf_page(path: Path, number: int, scale: float) -> tuple[Any, float]:
    pdf = open_pdf(path, path.name)
    try:
        if not 1 <= number <= len(pdf):
            raise DamagedFile(f"Drawing page {number} of {path.name}: it has {len(pdf)} pages. Add the file again.")
        page = pdf[number - 1]
        scale = min(scale, LARGEST / max(*page.get_size(), 1))
        return page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB"), scale
    finally:
        pdf.close()


def _frame(path: Path, number: int, scale: float) -> tuple[Any, float]:
    for index, frame in enumerate(frames_of(path, path.name), start=1):
        if index == number:
            scale = min(scale, LARGEST / max(frame.size))
            return frame.resize((max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))), scale
    raise DamagedFile(f"Drawing page {number} of {path.name}: it has no such page. Add the file again.")
