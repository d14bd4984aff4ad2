"""PDFs made here, read back exactly."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from fpdf import FPDF

from core.errors import DamagedFile, EmptyFile, EncryptedFile
from core.types import Document
from ingestion.readers.pdf import read_pdf

LOREM = (
    "The pump must be drained before it is stored in a place where the temperature may fall below the freezing point. "
    "Open the valve at the bottom of the housing and wait until no more water comes out of it. Close the valve again. "
)


def new_pdf() -> FPDF:
    pdf = FPDF(format="A4", unit="pt")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    return pdf


def say(pdf: FPDF, x: float, y: float, text: str, size: float = 11, style: str = "", font: str = "Helvetica") -> None:
    """One line of text, its baseline y points below the top of the page."""
    pdf.set_font(font, style, size)
    pdf.text(x, y, text)


def saved(pdf: FPDF, folder: Path) -> Path:
    path = folder / "made.pdf"
    pdf.output(str(path))
    return path


def read(path: Path) -> Document:
    (reading,) = read_pdf(path, "made.pdf")
    assert not reading.partial
    return reading.document


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def wrapped(pdf: FPDF, x: float, y: float, text: str, width: float, size: float = 11) -> float:
    """Text broken into lines; returns where the next line would stand."""
    pdf.set_font("Helvetica", "", size)
    line = ""
    for word in [*text.split(), ""]:
        longer = f"{line} {word}".strip()
        if not word or pdf.get_string_width(longer) > width:
            pdf.text(x, y, line)
            y, line = y + 1.2 * size, word
        else:
            line = longer
    return y


def test_paragraphs_are_one_line_each_and_boxes_lie_where_the_lines_stand(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    say(pdf, 60, 100, "Draining the pump", 18, "B")
    y = wrapped(pdf, 60, 140, LOREM * 2, 400)
    wrapped(pdf, 60, y + 14, LOREM, 400)
    document = read(saved(pdf, tmp_path))
    assert blocks(document) == [
        ("heading", "Draining the pump"),
        ("text", (LOREM * 2).strip()),
        ("text", LOREM.strip()),
    ]
    assert document.text == "\n\n".join(text for _, text in blocks(document))
    assert document.outline == ((1, "Draining the pump", 1),)
    heading = document.boxes[0]
    assert document.text[heading.start : heading.end] == "Draining the pump"
    assert (heading.page, heading.left) == (1, pytest.approx(60, abs=2))
    assert heading.bottom < 842 - 100 < heading.top
    assert all(one.end <= other.start for one, other in pairwise(document.boxes))
    covered = "".join(document.text[box.start : box.end] for box in document.boxes)
    assert covered.replace(" ", "") == document.text.replace(" ", "").replace("\n", "")


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    say(pdf, 60, 80, "A heading that runs across both of the columns of this page", 16, "B")
    left = "The left column speaks of the engine. " * 12
    right = "The right column speaks of the brakes. " * 12
    wrapped(pdf, 60, 120, left, 220)
    wrapped(pdf, 320, 126, right, 220)
    assert blocks(read(saved(pdf, tmp_path))) == [
        ("heading", "A heading that runs across both of the columns of this page"),
        ("text", left.strip()),
        ("text", right.strip()),
    ]


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    pdf.set_font("Helvetica", "", 11)
    y = wrapped(pdf, 60, 80, LOREM, 450)
    rows = [("Code", "Meaning", "Action"), ("E01", "No water", "Open the tap"), ("E02", "Filter blocked", "Clean it")]
    for number, row in enumerate(rows):
        for x, cell in zip((60, 160, 320), row, strict=True):
            say(pdf, x, y + 20 + 16 * number, cell, 11, "B" if number == 0 else "")
    document = read(saved(pdf, tmp_path))
    assert blocks(document)[1] == (
        "table",
        "Code | Meaning | Action\nE01 | No water | Open the tap\nE02 | Filter blocked | Clean it",
    )
    assert document.blocks[1].header_rows == 1


def test_a_ruled_table_keeps_wrapped_and_empty_cells_together(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    for y in (100, 130, 170, 200):
        pdf.line(60, y, 460, y)
    for x in (60, 140, 300, 460):
        pdf.line(x, 100, x, 200)
    for x, cell in zip((64, 144, 304), ("Clause", "Duty", "Deadline"), strict=True):
        say(pdf, x, 120, cell, 10, "B")
    say(pdf, 64, 145, "4.1", 10)
    say(pdf, 144, 145, "The supplier reports", 10)
    say(pdf, 144, 158, "every incident", 10)
    say(pdf, 304, 145, "24 hours", 10)
    say(pdf, 64, 190, "4.2", 10)
    say(pdf, 304, 190, "30 days", 10)
    document = read(saved(pdf, tmp_path))
    assert blocks(document) == [
        ("table", "Clause | Duty | Deadline\n4.1 | The supplier reports every incident | 24 hours\n4.2 |  | 30 days")
    ]
    assert document.blocks[0].header_rows == 1


def test_figures_keep_their_currency_and_their_labels(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    lines = [("Revenue", "$", "1,200", "$", "1,100"), ("Cost of sales", "", "(300)", "", "(280)")]
    for number, (label, *cells) in enumerate(lines):
        say(pdf, 60, 100 + 14 * number, label)
        for x, cell in zip((300, 320, 400, 420), cells, strict=True):
            say(pdf, x, 100 + 14 * number, cell)
    assert blocks(read(saved(pdf, tmp_path))) == [("table", "Revenue | $1,200 | $1,100\nCost of sales | (300) | (280)")]


def test_running_headers_footers_and_page_numbers_go_and_sentences_run_on(tmp_path: Path) -> None:
    pdf = new_pdf()
    words = (LOREM * 12).split()
    for page in range(4):
        pdf.add_page()
        say(pdf, 60, 40, "Service manual, edition 7", 9)
        wrapped(pdf, 60, 90, " ".join(words[page * 100 : page * 100 + 100]), 420)
        say(pdf, 300, 810, f"{page + 12}", 9)
    document = read(saved(pdf, tmp_path))
    assert document.text == " ".join(words[:400])
    assert len(document.page_starts) == 4
    starts = [" ".join(words[: page * 100]) for page in range(4)]
    assert document.page_starts == tuple(len(start) + bool(start) for start in starts)
    assert document.page_at(document.page_starts[2]) == 3


def test_what_recurs_in_the_body_stays(tmp_path: Path) -> None:
    pdf = new_pdf()
    for page in range(4):
        pdf.add_page()
        for number in range(9):
            text = "Check the oil." if number == 4 else f"Step {'abcd'[page]}{'ihgfedcba'[number]} is done by a fitter."
            say(pdf, 60, 100 + 60 * number, text)
    assert read(saved(pdf, tmp_path)).text.count("Check the oil.") == 4


def test_pages_that_are_all_alike_are_not_taken_for_furniture(tmp_path: Path) -> None:
    pdf = new_pdf()
    for _ in range(3):
        pdf.add_page()
        say(pdf, 60, 100, "This page was left blank on purpose.")
    assert read(saved(pdf, tmp_path)).text.count("This page was left blank on purpose.") == 3


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("The unit is lubri-", "cated every month by the owner.", "The unit is lubricated every month by the owner."),
        ("It is a well-", "known fault of the unit.", "It is a well-known fault of the unit."),
        ("It was shipped by the Rolls-", "Royce works.", "It was shipped by the Rolls-Royce works."),
        ("The term of the lease is 5 -", "10 years from now.", "The term of the lease is 5 - 10 years from now."),
    ],
)
def test_words_parted_at_the_end_of_a_line(tmp_path: Path, first: str, second: str, joined: str) -> None:
    pdf = new_pdf()
    pdf.add_page()
    say(pdf, 60, 100, first)
    say(pdf, 60, 113, second)
    say(pdf, 60, 180, "Every part of it is well-known to us.")
    document = read(saved(pdf, tmp_path))
    assert blocks(document)[0] == ("text", joined)
    assert [document.text[box.start : box.end] for box in document.boxes][1] == second


def test_lists_keep_their_items_apart(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    say(pdf, 60, 100, "Before you begin, have these things at hand:")
    say(pdf, 70, 114, "1.")
    say(pdf, 90, 114, "a screwdriver with a long shaft, which reaches the")
    say(pdf, 90, 128, "screws behind the cover")
    say(pdf, 70, 142, "2.")
    say(pdf, 90, 142, "a bucket")
    assert blocks(read(saved(pdf, tmp_path))) == [
        ("text", "Before you begin, have these things at hand:"),
        ("item", "1. a screwdriver with a long shaft, which reaches the screws behind the cover"),
        ("item", "2. a bucket"),
    ]


def test_headings_by_number_weight_and_the_pdfs_own_outline(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    pdf.start_section("Safety", level=0)
    say(pdf, 60, 80, "Safety")
    y = wrapped(pdf, 60, 110, LOREM, 400)
    say(pdf, 60, y + 20, "1.2 Tools", 11, "B")
    y = wrapped(pdf, 60, y + 45, LOREM, 400)
    say(pdf, 60, y + 20, "Storage", 16)
    wrapped(pdf, 60, y + 45, LOREM, 400)
    assert read(saved(pdf, tmp_path)).outline == ((1, "Safety", 1), (2, "1.2 Tools", 1), (1, "Storage", 1))


def test_numbered_titles_of_a_contract_are_headings_and_numbered_sentences_are_not(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    y = 80.0
    for number, title in enumerate(("Term and Termination.", "The tenant pays the rent.", "Subject to the"), start=7):
        say(pdf, 60, y, f"{number}. {title}")
        y = wrapped(pdf, 60, y + 26, LOREM, 400) + 14
    assert read(saved(pdf, tmp_path)).outline == ((1, "7. Term and Termination.", 1),)


def test_code_keeps_its_lines_and_its_indentation(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    y = wrapped(pdf, 60, 80, LOREM * 2, 400)
    for number, line in enumerate(("if pressure > limit:", "    open(valve)", "close(tap)")):
        say(pdf, 60, y + 20 + 12 * number, line, 10, font="Courier")
    document = read(saved(pdf, tmp_path))
    assert blocks(document)[1] == ("code", "if pressure > limit:\n    open(valve)\nclose(tap)")


def test_a_contents_page_is_a_table_without_its_dots(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    for number, (title, page) in enumerate((("Safety", 3), ("Storage", 17), ("Disposal", 21))):
        pdf.set_font("Helvetica", "", 11)
        dots = f"{'.' * 80} {page}"
        say(pdf, 60, 100 + 15 * number, title)
        say(pdf, 500 - pdf.get_string_width(dots), 100 + 15 * number, dots)
    assert blocks(read(saved(pdf, tmp_path))) == [("table", "Safety | 3\nStorage | 17\nDisposal | 21")]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_reads_as_it_is_shown(tmp_path: Path, turn: int) -> None:
    """Boxes are on the page as shown, so text that was drawn upright on a turned page lies where it is seen."""
    import pypdfium2

    pdf = new_pdf()
    pdf.add_page()
    wrapped(pdf, 60, 100, LOREM, 300)
    path = saved(pdf, tmp_path)
    straight = read(path)
    opened = pypdfium2.PdfDocument(path)
    opened[0].set_rotation(turn)
    opened.save(tmp_path / "turned.pdf")
    turned = read(tmp_path / "turned.pdf")
    assert turned.text == straight.text
    one, other = straight.boxes[0], turned.boxes[0]
    width, height = 595.28, 841.89
    expected = {
        90: (one.bottom, width - one.right, one.top, width - one.left),
        180: (width - one.right, height - one.top, width - one.left, height - one.bottom),
        270: (height - one.top, one.left, height - one.bottom, one.right),
    }[turn]
    assert (other.left, other.bottom, other.right, other.top) == pytest.approx(expected, abs=0.2)


def test_a_mark_across_the_page_comes_last(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    with pdf.rotation(90, 30, 600):
        say(pdf, 30, 600, "Archive copy 2024", 14)
    wrapped(pdf, 60, 100, LOREM, 300)
    assert blocks(read(saved(pdf, tmp_path))) == [("text", LOREM.strip()), ("text", "Archive copy 2024")]


def test_metadata(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    pdf = new_pdf()
    pdf.add_page()
    say(pdf, 60, 100, "Anything at all, so that there is text.")
    pdf.set_title("Pump  manual")
    pdf.set_author("Aqua Works")
    pdf.set_creation_date(datetime(2024, 3, 9, tzinfo=UTC))
    document = read(saved(pdf, tmp_path))
    assert dict(document.metadata) == {"title": "Pump manual", "author": "Aqua Works", "date": "2024-03-09"}
    assert document.media_type == "application/pdf"
    assert document.name == "made.pdf"


def test_a_password_is_said(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    say(pdf, 60, 100, "secret")
    pdf.set_encryption(owner_password="owner", user_password="user")
    with pytest.raises(EncryptedFile, match="made.pdf: a password stands before it"):
        read(saved(pdf, tmp_path))


def test_an_owners_password_alone_is_no_obstacle(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    say(pdf, 60, 100, "Anybody may read this line.")
    pdf.set_encryption(owner_password="owner")
    assert read(saved(pdf, tmp_path)).text == "Anybody may read this line."


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", EmptyFile), (b"%PDF-1.7\nnothing more", DamagedFile), (b"%PDF-1.7\n" + bytes(5000), DamagedFile)],
)
def test_what_is_no_pdf_is_said(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    path = tmp_path / "made.pdf"
    path.write_bytes(content)
    with pytest.raises(error, match="made.pdf"):
        read(path)


def test_a_pdf_without_text_or_pictures_is_empty(tmp_path: Path) -> None:
    pdf = new_pdf()
    pdf.add_page()
    with pytest.raises(EmptyFile, match="no text was found on its one page"):
        read(saved(pdf, tmp_path))
