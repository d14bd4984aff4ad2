"""PDF files: text in reading order with its place on the page, headings, tables; scanned pages through OCR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.errors import DamagedFile, EmptyFile, EncryptedFile
from core.types import Document
from core.weights import sha256_of
from ingestion.readers.pdf_layout import Page, page_of
from ingestion.readers.pdf_text import compose
from ingestion.readers.pdf_words import pieces_of
from ingestion.readers.reading import Reading

MEDIA_TYPE = "application/pdf"

_TEXT_LAYER = 20
"""A page with fewer characters than this and a picture on it is a scan."""


def read_pdf(path: Path, name: str) -> Iterator[Reading]:
    """The one document that a PDF is.

    Raises EncryptedFile, DamagedFile, or EmptyFile where it has no pages or no text on any.
    """
    pdf = open_pdf(path)
    try:
        if len(pdf) == 0:
            raise EmptyFile(f"Reading {name}: the PDF has no pages.")
        pages, scanned = zip(*(_page(pdf, number) for number in range(len(pdf))), strict=True)
        text, starts, blocks, boxes = compose(list(pages))
        if not text:
            raise EmptyFile(f"Reading {name}: none of its {len(pdf)} pages holds any text.")
        document = Document(name, MEDIA_TYPE, text, sha256_of(path), starts, blocks, boxes, _metadata(pdf))
        yield Reading(document, _notes(scanned))
    finally:
        pdf.close()


def open_pdf(path: Path) -> Any:
    """The PDF as a pypdfium2 PdfDocument; close it. Raises EncryptedFile, DamagedFile."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise EncryptedFile(
                f"Reading {path.name}: a password stands before it. Save a copy without one and add that."
            ) from error
        raise DamagedFile(
            f"Reading {path.name}: this is no PDF that can be opened ({error}). It may be cut short; fetch it again."
        ) from error


def _page(pdf: Any, number: int) -> tuple[Page, bool]:
    page = pdf[number]
    try:
        pieces = pieces_of(page)
        if sum(len(piece.text) for piece in pieces) >= _TEXT_LAYER or not has_picture(page):
            return page_of(pieces, *page.get_size()), False
        from ingestion.readers.ocr import LONGEST_SIDE, read_picture

        width, height = page.get_size()
        scale = LONGEST_SIDE / max(width, height, 1)
        picture = page.render(scale=scale, grayscale=True).to_pil()
        return read_picture(picture, width, height), True
    finally:
        page.close()


def has_picture(page: Any) -> bool:
    """Whether an image lies on the page."""
    import pypdfium2.raw as pdfium

    return next(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None


def _notes(scanned: Sequence[bool]) -> tuple[str, ...]:
    numbers = [number for number, by_ocr in enumerate(scanned, start=1) if by_ocr]
    return (f"{spell_pages(numbers)} read by OCR.",) if numbers else ()


def spell_pages(numbers: list[int]) -> str:
    """ "page 4 was" or "pages 1-3, 7 were"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    spelt = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"page {spelt} was" if len(numbers) == 1 else f"pages {spelt} were"


def _metadata(pdf: Any) -> dict[str, str | int | float | bool | None]:
    found = pdf.get_metadata_dict(skip_empty=True)
    return {key.lower(): value for key, value in found.items() if key in ("Title", "Author", "Subject")}
