"""PDF files: text in reading order with its place on the page, headings, tables; scanned pages through OCR."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import DamagedFile, EmptyFile, EncryptedFile
from core.types import Document, MetadataValue
from core.weights import sha256_of
from ingestion.clean import one_line
from ingestion.readers.pdf_headings import OutlineEntry
from ingestion.readers.pdf_layout import Page, page_of
from ingestion.readers.pdf_text import compose
from ingestion.readers.pdf_words import Frame, Piece, words_of
from ingestion.readers.reading import Reading

MEDIA_TYPE = "application/pdf"

_HARDLY = 20
"""A page with fewer characters than this has no text layer."""
_LITTLE = 250
"""A page with fewer characters than this may be a scan with a stamp or a footer printed over it."""
_DRAWN = 100
"""Drawn objects on a page without text: letters turned into curves, perhaps."""
_GARBAGE = re.compile("[\ufffd\ue000-\uf0a6\uf0d9-\uf8ff\x00-\x08]")
_SCAN_SCALE = 3.0
"""Pixels a point, 216 to the inch: no scan needs more to be read."""
_DATE = re.compile(r"D:((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])")
_NO_PAGES = "Reading {}: the PDF has no pages. Export it again from where it was written."
_OUTLINE = 5_000
"""Entries of an outline that are read; some loop."""


def read_pdf(path: Path, name: str) -> Iterator[Reading]:
    """The one document that a PDF is.

    A page that fails is left out, and the reading is then partial. Raises EncryptedFile, DamagedFile, or EmptyFile
    where it has no pages or no text on any.
    """
    pdf = open_pdf(path, name)
    try:
        if len(pdf) == 0:
            raise EmptyFile(_NO_PAGES.format(name))
        if pdf.get_formtype():
            pdf.init_forms()
        pages, failed = _pages(pdf)
        if len(failed) == len(pdf):
            raise DamagedFile(f"Reading {name}: none of its {len(pdf)} pages can be read. Fetch the file again.")
        text = compose(pages, _outline(pdf))
        if not text.text:
            raise EmptyFile(f"Reading {name}: no text was found on its {_count(len(pdf))}, nor by OCR.")
        document = Document(
            name, MEDIA_TYPE, text.text, sha256_of(path), text.page_starts, text.blocks, text.boxes, _metadata(pdf)
        )
        scanned = [number for number, page in enumerate(pages, start=1) if page.scanned]
        notes = [f"{_spell(scanned)} read by OCR."] if scanned else []
        notes += [f"{_spell(failed)} damaged and left out."] if failed else []
        yield Reading(document, tuple(notes), partial=bool(failed))
    finally:
        pdf.close()


def open_pdf(path: Path, name: str) -> Any:
    """The PDF as a pypdfium2 PdfDocument; close it. Raises EncryptedFile, DamagedFile, EmptyFile."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    if path.stat().st_size == 0:
        raise EmptyFile(f"Reading {name}: the file is empty. Add it again once it holds something.")
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise EncryptedFile(
                f"Reading {name}: a password stands before it. Save a copy without one, and add that."
            ) from error
        if _without_pages(path):
            raise EmptyFile(_NO_PAGES.format(name)) from error
        raise DamagedFile(
            f"Reading {name}: it begins like a PDF and cannot be opened: {error} It may be cut short; copy it again."
        ) from error


def _without_pages(path: Path) -> bool:
    """Whether a PDF that PDFium does not open is whole and merely has no page; PDFium has no word for that."""
    with path.open("rb") as file:
        head = file.read(65_536)
    return b"%%EOF" in head and bool(re.search(rb"/Count\s+0\b", head)) and not re.search(rb"/Type\s*/Page\b", head)


def _pages(pdf: Any) -> tuple[list[Page], list[int]]:
    """The pages, and the numbers of those that failed, whose place is held by an empty page."""
    import pypdfium2

    pages: list[Page] = []
    failed: list[int] = []
    for index in range(len(pdf)):
        try:
            pages.append(_page(pdf, index))
        except pypdfium2.PdfiumError:
            failed.append(index + 1)
            pages.append(Page([], Frame(0, 0.0, 0.0)))
    return pages, failed


def _page(pdf: Any, index: int) -> Page:
    page = _filled_in(pdf, index) if pdf.formenv else pdf[index]
    try:
        pieces, rules, frame = words_of(page)
        pieces = [piece for piece in pieces if _on_page(piece, frame)]
        letters = sum(len(piece.text) for piece in pieces)
        garbage = sum(len(_GARBAGE.findall(piece.text)) for piece in pieces)
        if garbage < 0.3 * letters if letters >= _LITTLE else not _may_be_scan(page, letters, frame):
            return page_of(pieces, frame, rules)
        scan = _by_ocr(page, frame)
        # What is printed over a scan is in its picture too; where the picture says less, the layer is the text.
        return scan if garbage >= 0.3 * letters or _length(scan) > letters else page_of(pieces, frame, rules)
    finally:
        page.close()


def _filled_in(pdf: Any, index: int) -> Any:
    """A page of a form, with what was filled in as part of its text; in memory alone."""
    import pypdfium2.raw as pdfium

    page = pdf[index]
    if pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
        return page
    page.close()
    return pdf[index]  # the page must be loaded anew to have the text


def _on_page(piece: Piece, frame: Frame) -> bool:
    left, bottom, right, top = frame.shown(piece.left, piece.bottom, piece.right, piece.top)
    return right > 0 and top > 0 and left < frame.width and bottom < frame.height


def _may_be_scan(page: Any, letters: int, frame: Frame) -> bool:
    """Whether a page with hardly any text shows something, or one with little text a picture of half its size."""
    import pypdfium2.raw as pdfium

    area = frame.width * frame.height
    for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = thing.get_bounds()
        if (right - left) * (top - bottom) > (0.02 if letters < _HARDLY else 0.5) * area:
            return True
    return letters < _HARDLY and pdfium.FPDFPage_CountObjects(page.raw) > _DRAWN


def _by_ocr(page: Any, frame: Frame) -> Page:
    from ingestion.readers.ocr import LONGEST_SIDE, read_picture

    scale = min(_SCAN_SCALE, LONGEST_SIDE / max(frame.width, frame.height, 1.0))
    picture = page.render(scale=scale).to_pil().convert("RGB")
    return read_picture(picture, frame.width, frame.height)


def _length(page: Page) -> int:
    return sum(len(piece.text) for row in page.rows for piece in row)


def _outline(pdf: Any) -> list[OutlineEntry]:
    entries: list[OutlineEntry] = []
    for bookmark in pdf.get_toc(max_depth=8):
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        if index is not None and index >= 0:
            entries.append(OutlineEntry(bookmark.level + 1, one_line(bookmark.get_title()), index + 1))
        if len(entries) == _OUTLINE:
            break
    return entries


def _metadata(pdf: Any) -> dict[str, MetadataValue]:
    said = pdf.get_metadata_dict(skip_empty=True)
    found: dict[str, MetadataValue] = {}
    for key in ("Title", "Author", "Subject"):
        if value := one_line(said.get(key, "")):
            found[key.lower()] = value
    if date := _DATE.match(said.get("ModDate") or said.get("CreationDate", "")):
        found["date"] = "-".join(date.groups())
    return found


def _count(pages: int) -> str:
    return "one page" if pages == 1 else f"{pages} pages"


def _spell(numbers: list[int]) -> str:
    """ "Page 4 was" or "Pages 1-3 and 7 were"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    spelt = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    listed = spelt[0] if len(spelt) == 1 else ", ".join(spelt[:-1]) + " and " + spelt[-1]
    return f"Page {listed} was" if len(numbers) == 1 else f"Pages {listed} were"
