"""PDFs that are broken, hostile or only partly readable."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from core.errors import DamagedFile, DocumentError, EmptyFile
from ingestion.readers.pdf import read_pdf
from ingestion.readers.reading import Reading


def pdf_of(pages: list[str], extra: str = "", kids: str | None = None, box: str = "0 0 595 842") -> bytes:
    """A PDF whose pages have these content streams; a page given as "" has no page object of its own."""
    count = len(pages)
    listed = kids if kids is not None else " ".join(f"{10 + 2 * index} 0 R" for index in range(count))
    content = b"%PDF-1.4\n"
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {extra} >>",
        2: f"<< /Type /Pages /Kids [{listed}] /Count {count} >>",
        3: "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    for index, stream in enumerate(pages):
        if stream:
            objects[10 + 2 * index] = (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents {11 + 2 * index} 0 R"
                " /Resources << /Font << /F 3 0 R >> >> >>"
            )
            objects[11 + 2 * index] = f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"
    for number, body in objects.items():
        content += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    return content + b"trailer\n<< /Size 100 /Root 1 0 R >>\n%%EOF"


def line(text: str, y: int = 700) -> str:
    return f"BT /F 12 Tf 72 {y} Td ({text}) Tj ET"


def read(tmp_path: Path, content: bytes) -> Reading:
    path = tmp_path / "odd.pdf"
    path.write_bytes(content)
    (reading,) = read_pdf(path, "odd.pdf")
    return reading


def test_a_missing_table_of_objects_is_rebuilt(tmp_path: Path) -> None:
    reading = read(tmp_path, pdf_of([line("Read without an xref table.")]))
    assert reading.document.text == "Read without an xref table."
    assert not reading.partial


def test_a_page_that_fails_is_left_out_and_said(tmp_path: Path) -> None:
    reading = read(tmp_path, pdf_of([line("The first page is here."), "", line("The third page is here.")]))
    assert reading.partial
    assert reading.notes == ("Page 2 was damaged and left out.",)
    assert reading.document.text == "The first page is here.\n\nThe third page is here."
    assert reading.document.page_starts == (0, 25, 25)
    assert reading.document.page_at(25) == 3


def test_no_page_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="none of its 2 pages"):
        read(tmp_path, pdf_of(["", ""]))


def test_zero_pages(tmp_path: Path) -> None:
    import pypdfium2

    none = pypdfium2.PdfDocument.new()
    none.save(tmp_path / "none.pdf")
    with pytest.raises(EmptyFile, match="no pages"):
        read(tmp_path, (tmp_path / "none.pdf").read_bytes())


def test_the_first_half_of_a_file(tmp_path: Path) -> None:
    whole = pdf_of([line(f"This is page {number} of the report.") for number in range(1, 9)])
    path = tmp_path / "odd.pdf"
    path.write_bytes(whole[: len(whole) // 2])
    try:
        (reading,) = read_pdf(path, "odd.pdf")
    except DocumentError as error:
        assert "odd.pdf" in str(error)
    else:
        assert reading.partial
        assert reading.document.text.startswith("This is page 1 of the report.")


def test_an_outline_that_loops_ends(tmp_path: Path) -> None:
    loop = "/Outlines << /Type /Outlines /First 90 0 R /Last 90 0 R >>"
    content = pdf_of([line("A page with an outline that bites its tail.")], loop)
    item = b"90 0 obj\n<< /Title (Round) /Next 90 0 R /First 90 0 R /Dest [10 0 R /Fit] >>\nendobj\n"
    content = content.replace(b"trailer", item + b"trailer")
    assert read(tmp_path, content).document.text == "A page with an outline that bites its tail."


def test_pages_that_loop_end(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="odd.pdf"):
        read(tmp_path, pdf_of(["", ""], kids="2 0 R 2 0 R"))


@pytest.mark.parametrize("box", ["0 0 1000000 1000000", "0 0 0 0", "-300 -300 295 542"])
def test_odd_sizes_of_a_page(tmp_path: Path, box: str) -> None:
    reading = read(tmp_path, pdf_of([line("The size of a page says nothing about its text.", 200)], box=box))
    assert reading.document.text == "The size of a page says nothing about its text."


def test_thousands_of_tiny_objects(tmp_path: Path) -> None:
    dots = "\n".join(f"{number % 500} {number // 500} 1 1 re f" for number in range(60_000))
    letters = "\n".join(
        f"BT /F 2 Tf {20 + 3 * (number % 180)} {600 - 3 * (number // 180)} Td (x) Tj ET" for number in range(20_000)
    )
    start = time.process_time()
    text = read(tmp_path, pdf_of([dots + "\n" + letters + "\n" + line("The end.")])).document.text
    assert "The end." in text
    assert time.process_time() - start < 30


def test_control_characters_and_ligatures_are_cleaned_and_boxes_hold(tmp_path: Path) -> None:
    document = read(
        tmp_path, pdf_of([line("A \\001tidy\\002 \\256le") + "\n" + line("and the next line.", 686)])
    ).document
    for box in document.boxes:
        assert document.text[box.start : box.end].strip()
    assert not any(ord(letter) < 32 and letter != "\n" for letter in document.text)
    assert [document.text[box.start : box.end] for box in document.boxes][-1] == "and the next line."
