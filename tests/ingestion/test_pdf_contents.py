"""A table of contents is left out; a table whose rows end in numbers is not."""

from fpdf import FPDF

from ingestion.readers.pdf import read_pdf

TITLES = ["1 Scope", "2 Safety", "3 Installation", "4 Operation", "5 Maintenance", "6 Disposal"]


def written(path, first_page, leader):
    pdf = FPDF(format="A5")
    pdf.set_font("helvetica", size=11)
    pdf.add_page()
    for title, number in first_page:
        pdf.cell(100, 8, title + leader)
        pdf.cell(10, 8, str(number), new_x="LMARGIN", new_y="NEXT")
    for title in TITLES:
        pdf.add_page()
        pdf.set_font("helvetica", "B", 14)
        pdf.cell(0, 10, title, new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("helvetica", size=11)
        pdf.multi_cell(0, 6, f"What belongs to {title[2:].lower()} is said on this page and on no other page.")
    pdf.output(str(path))
    return next(read_pdf(path, path.name)).document


def test_contents_are_left_out_with_and_without_dots(tmp_path):
    entries = [("Contents", ""), *((title, page) for page, title in enumerate(TITLES, 2))]
    for leader in ("", " ............................"):
        document = written(tmp_path / "manual.pdf", entries, leader)
        assert document.text.startswith("1 Scope\n\nWhat belongs to scope")
        assert [document.text.count(title) for title in TITLES] == [1] * 6
        assert document.page_starts[:2] == (0, 0)


def test_lines_that_end_in_numbers_and_stand_nowhere_else_are_kept(tmp_path):
    prices = [("Seal kit", 10), ("Impeller", 20), ("Shaft", 30), ("Display", 40), ("Fan", 50), ("Sensor", 60)]
    document = written(tmp_path / "prices.pdf", prices, "")
    assert all(name in document.text for name, _ in prices)
