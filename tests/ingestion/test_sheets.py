from datetime import date, datetime

import openpyxl
import pytest

from core.errors import EmptyFile, LimitExceeded
from ingestion.readers import RecordFields, read_file, sheets


@pytest.fixture
def book():
    return openpyxl.Workbook()


@pytest.fixture
def read(tmp_path, book):
    def read(fields=RecordFields()):  # noqa: B008
        path = tmp_path / "file"
        book.save(path)
        return list(read_file(path, "a.xlsx", fields))

    return read


def fill(sheet, *rows):
    for row in rows:
        sheet.append(row)


def blocks(document):
    return [
        (block.kind, block.level or block.header_rows, document.text[block.start : block.end])
        for block in document.blocks
    ]


def test_a_table_becomes_records_named_by_their_row(read, book):
    fill(book.active, ["Part", "Price", "Since"], ["Blade", 4.5, date(2024, 5, 6)], ["Handle", 12, None])
    first, second = read()
    assert first.document.name == "a.xlsx#2"
    assert first.document.text == "Part: Blade\nPrice: 4.5\nSince: 2024-05-06"
    assert (second.document.name, second.document.text) == ("a.xlsx#3", "Part: Handle\nPrice: 12")
    assert dict(second.document.metadata) == {"Part": "Handle", "Price": "12"}


def test_id_title_and_text(read, book):
    fill(book.active, ["id", "title", "text"], [7, "Reset", "Hold it."], [8, "Off", "Press it."])
    assert [(reading.document.name, reading.document.text) for reading in read()] == [
        ("7", "Reset\nHold it."),
        ("8", "Off\nPress it."),
    ]


def test_title_rows_and_sheet_names_become_headings(read, book):
    sheet = book.active
    sheet.title = "2024"
    sheet["B2"] = "Prices in EUR"
    sheet.merge_cells("B2:C2")
    for row, cells in enumerate([("Part", "Price"), ("Blade", 4), ("Handle", 3)], start=4):
        sheet.cell(row, 2, cells[0])
        sheet.cell(row, 3, cells[1])
    fill(book.create_sheet("2023"), ["Part", "Price"], ["Blade", 5], ["Handle", 6])
    readings = read()
    assert [reading.document.name for reading in readings] == [
        "a.xlsx#2024!5",
        "a.xlsx#2024!6",
        "a.xlsx#2023!2",
        "a.xlsx#2023!3",
    ]
    assert blocks(readings[0].document) == [
        ("heading", 1, "2024"),
        ("heading", 2, "Prices in EUR"),
        ("text", 0, "Part: Blade"),
        ("text", 0, "Price: 4"),
    ]


def test_ids_are_unique_over_all_sheets(read, book):
    fill(book.active, ["id", "text"], ["a", "one"], ["b", "two"])
    fill(book.create_sheet("More"), ["id", "text"], ["a", "three"], ["c", "four"])
    assert [reading.document.name for reading in read()] == ["a", "b", "a.xlsx#More!2", "c"]


def test_a_form_is_one_document(read, book):
    fill(
        book.active,
        ["Order form"],
        [],
        ["Name:", "Kim"],
        ["Town:", "Ulm"],
        [],
        ["Item", "Units", "Price"],
        ["Blade", 2, 9],
        [],
        ["Sent by post."],
    )
    (reading,) = read()
    assert reading.document.name == "a.xlsx"
    assert blocks(reading.document) == [
        ("heading", 1, "Order form"),
        ("table", 0, "Name: | Kim\nTown: | Ulm"),
        ("table", 1, "Item | Units | Price\nBlade | 2 | 9"),
        ("text", 0, "Sent by post."),
    ]


def test_header_rows_are_joined_to_the_figures_after_a_gap(read, book):
    fill(
        book.active,
        ["In CHF", None, None, "Year"],
        ["", "Sales", "Profit", "Tax"],
        [],
        ["North", 5, 1, 0],
        ["South", 6, 2, 1],
    )
    (reading,) = read()
    assert blocks(reading.document) == [
        ("table", 0, "In CHF |  |  | Year\n | Sales | Profit | Tax\nNorth | 5 | 1 | 0\nSouth | 6 | 2 | 1")
    ]


def test_a_value_over_several_rows_stands_in_each(read, book):
    fill(book.active, ["Model", "Code"], ["X1", "E1"], [None, "E2"], ["X2", "E1"])
    book.active.merge_cells("A2:A3")
    assert read()[1].document.text == "Model: X1\nCode: E2"


@pytest.mark.parametrize(
    ("value", "pattern", "shown"),
    [
        (0.125, "0.0%", "12.5%"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-5, '"$"#,##0.00', "-$5.00"),
        (5, "[$€-407] 0.00", "€ 5.00"),
        (12, '0 "kg"', "12 kg"),
        (0.1 + 0.2, "General", "0.3"),
        (12.0, "General", "12"),
        (1e21, "0.00E+00", "1e+21"),
        (True, "General", "TRUE"),
        (datetime(2024, 5, 6), "yyyy-mm-dd", "2024-05-06"),
        (datetime(2024, 5, 6, 7, 8), "", "2024-05-06 07:08"),
        ("  two\nlines ", "", "two lines"),
        (None, "", ""),
    ],
)
def test_values_are_shown_as_the_spreadsheet_shows_them(value, pattern, shown):
    assert sheets._shown(value, pattern) == shown


def test_formulas_without_results_get_a_sentence(read, book):
    fill(book.active, ["Name", "Kim"], ["Sum", "=1+1"])
    (reading,) = read()
    assert reading.document.text == "Name | Kim\nSum |"
    assert reading.partial
    assert reading.notes == (
        "Formulas without a stored result: 1, left out. Open the file in a spreadsheet program, save it, and add it "
        "again.",
    )


def test_only_formulas(read, book):
    fill(book.active, ["=1+1", "=A1"])
    with pytest.raises(
        EmptyFile, match=r"Reading a\.xlsx: no sheet holds a value\. Formulas without a stored result: 2"
    ):
        read()


def test_an_empty_workbook(read):
    with pytest.raises(EmptyFile, match="no sheet holds a value. Remove it, or fill it in"):
        read()


def test_too_many_cells(read, book, monkeypatch):
    monkeypatch.setattr(sheets, "CELLS_LIMIT", 1000)
    fill(book.active, *[["a", "b"]] * 100)
    with pytest.raises(LimitExceeded, match="Save each sheet as CSV, which has no limit"):
        read()
