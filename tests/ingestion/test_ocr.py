"""Scans and pictures, read by the real OCR engine with the network off."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from fpdf import FPDF
from PIL import Image

from core.errors import DamagedFile, EmptyFile
from ingestion.readers.ocr import read_image
from ingestion.readers.pdf import read_pdf
from ingestion.readers.pdf_picture import page_picture

LINES = ("Warranty card of the water pump", "Serial number 48213", "Valid until 31 May 2027")


def picture(lines: tuple[str, ...] = LINES, size: tuple[float, float] = (300, 160)) -> Image.Image:
    """A picture of these lines in black on white, drawn from a PDF with PDFium, two pixels a point."""
    import pypdfium2

    pdf = FPDF(format=size, unit="pt")
    pdf.set_auto_page_break(False)
    pdf.add_page()
    pdf.set_font("Helvetica", "", 15)
    for number, text in enumerate(lines):
        pdf.text(20, 35 + 48 * number, text)
    return pypdfium2.PdfDocument(bytes(pdf.output()))[0].render(scale=2).to_pil().convert("RGB")


def scan(pictures: list[Image.Image], path: Path, stamp: str = "") -> Path:
    """A PDF whose pages are nothing but pictures, 300 by 160 points, and a stamp in real text."""
    pdf = FPDF(format=(300, 160), unit="pt")
    pdf.set_auto_page_break(False)
    for image in pictures:
        pdf.add_page()
        pdf.image(image, 0, 0, 300, 160)
        if stamp:
            pdf.set_font("Helvetica", "", 6)
            pdf.text(100, 155, stamp)
    pdf.output(str(path))
    return path


def test_a_scanned_page_between_others_is_read_where_it_stands(tmp_path: Path) -> None:
    pdf = FPDF(format=(300, 160), unit="pt")
    pdf.set_auto_page_break(False)
    pdf.set_font("Helvetica", "", 12)
    pdf.add_page()
    pdf.text(20, 40, "The first page has a text layer.")
    pdf.add_page()
    pdf.image(picture(), 0, 0, 300, 160)
    path = tmp_path / "mixed.pdf"
    pdf.output(str(path))
    (reading,) = read_pdf(path, "mixed.pdf")
    document = reading.document
    assert document.text == "The first page has a text layer.\n\n" + "\n\n".join(LINES)
    assert reading.notes == ("Page 2 was read by OCR.",)
    assert not reading.partial
    assert document.page_starts == (0, 34)
    serial = next(box for box in document.boxes if "48213" in document.text[box.start : box.end])
    assert serial.page == 2
    assert (serial.left, serial.bottom + serial.top) == (pytest.approx(20, abs=3), pytest.approx(2 * (160 - 78), abs=8))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_picture_on_its_side_or_upside_down(tmp_path: Path, turn: int) -> None:
    path = tmp_path / "turned.png"
    picture().rotate(turn, expand=True).save(path)
    (reading,) = read_image(path, "turned.png")
    assert reading.document.text == "\n\n".join(LINES)
    first = reading.document.boxes[0]
    edge = {90: first.bottom, 180: first.right, 270: first.top}[turn]
    assert edge == pytest.approx({90: 40, 180: 560, 270: 560}[turn], abs=12)
    assert reading.document.media_type == "image/png"


def test_a_tiff_has_a_page_for_each_frame(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    picture(("The first frame",)).save(path, save_all=True, append_images=[picture(("The second frame",))])
    (reading,) = read_image(path, "fax.tif")
    assert reading.document.text == "The first frame\n\nThe second frame"
    assert reading.document.page_starts == (0, 17)
    assert [box.page for box in reading.document.boxes] == [1, 2]
    assert reading.notes == ("The picture was read by OCR.",)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    ink = picture(("Ink on nothing",)).convert("L").point(lambda value: 255 - value)
    see_through = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    see_through.putalpha(ink)
    path = tmp_path / "ink.webp"
    see_through.save(path, lossless=True)
    (reading,) = read_image(path, "ink.webp")
    assert reading.document.text == "Ink on nothing"


def test_a_stamp_over_a_scan_does_not_hide_it(tmp_path: Path) -> None:
    path = scan([picture()], tmp_path / "stamped.pdf", "Received by the registry on 4 June 2024")
    (reading,) = read_pdf(path, "stamped.pdf")
    assert "Serial number 48213" in reading.document.text
    assert reading.notes == ("Page 1 was read by OCR.",)


def test_a_picture_without_text_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.new("RGB", (200, 200), "white").save(path)
    with pytest.raises(EmptyFile, match="white.png"):
        list(read_image(path, "white.png"))


def test_a_picture_cut_short_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    picture().save(path)
    path.write_bytes(path.read_bytes()[:800])
    with pytest.raises(DamagedFile, match="cut.png"):
        list(read_image(path, "cut.png"))


def test_a_picture_of_a_page_shows_the_quote_marked(tmp_path: Path) -> None:
    path = tmp_path / "card.png"
    picture().save(path)
    (reading,) = read_image(path, "card.png")
    box = reading.document.boxes[1]
    drawn = Image.open(BytesIO(page_picture(path, 1, [box], scale=0.5)))
    assert drawn.size == (300, 160)
    inside = drawn.getpixel((round(box.left / 2), 160 - round(box.top / 2)))
    assert inside == (255, 239, 155)
    assert drawn.getpixel((5, 5)) == (255, 255, 255)
    with pytest.raises(DamagedFile, match="it has 1 pages now"):
        page_picture(path, 2)


def test_a_picture_of_a_pdf_page_has_the_size_asked_for(tmp_path: Path) -> None:
    path = scan([picture(), picture()], tmp_path / "two.pdf")
    assert Image.open(BytesIO(page_picture(path, 2, scale=1.5))).size == (450, 240)
    assert max(Image.open(BytesIO(page_picture(path, 1, scale=99))).size) == 4000
