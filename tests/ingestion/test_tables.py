import pytest

from ingestion.tables import cells, column_names, headings, is_amount, is_row

# A table's first lines, how many of them name its columns, and what they call them.
TABLES = [
    ("Parameter | Meaning\nP-210 | lowest pressure", 1, ("Parameter", "Meaning")),
    ("| 2024 | 2023\nRent | 1,150 | 2,094", 1, ("", "2024", "2023")),
    ("| 2024 | 2023\nRent | $1,150 | $(94)", 1, ("", "2024", "2023")),
    ("£m | 2024 | 2023\nRent | (7.4) | –", 1, ("£m", "2024", "2023")),
    ("(in thousands) | 2024 |  | 2023 |\nRent | 7 | 5% | 6 | 4%", 1, ("(in thousands)", "2024", "", "2023", "")),
    ("| Years to March |\n| 2024 | 2023\nRent | 7 | 6", 2, ("", "Years to March 2024", "Years to March 2023")),
    ("| North |  | South |\n| 2024 | 2023 | 2024 | 2023\nRent | 7 | 6 | 5 | 4", 2,
     ("", "North 2024", "North 2023", "South 2024", "South 2023")),
    ("| Three months |  |  | Nine months\n| 2024 | 2023 | 2024 | 2023\nRent | 7 | 6 | 5 | 4", 2,
     ("", "Three months 2024", "Three months 2023", "Nine months 2024", "Nine months 2023")),
    ("| Three months |  | Nine months\n| 2024 | 2023 | 2024\nRent | 7 | 6 | 5", 2, ("", "2024", "2023", "2024")),
    ("|  |  | Change\n| 2024 | 2023 | in %\nRent | 7 | 6 | 5", 2, ("", "2024", "2023", "Change in %")),
    ("| 30 June 2024 | Change\n| $’000 | %\nRent | 79,046 | 24%", 2, ("", "30 June 2024 $’000", "Change %")),
    ("| Held as of 31 May, | Exercise\nIssued | 2024 | price\nAug 2021 | 842 | 7", 2,
     ("Issued", "Held as of 31 May, 2024", "Exercise price")),
    ("项目 | 2024年 | 2023年\n收入 | 100万元 | 90万元", 1, ("项目", "2024年", "2023年")),
    ("Fault | Remedy\nNoise | Tighten the screws", 1, ("Fault", "Remedy")),
    ("Name: | Smith\nCity: | Bonn", 0, ()),
    ("Rent | $1,150 | $2,094\nWater | 9 | 8", 0, ()),
    ("Cash: |  |\nRent | 7 | 6", 0, ()),
    ("Rent | 7\nWater | 8", 0, ()),
    ("First | Second", 0, ()),
    ("One | Two | Three\nRent | 7", 0, ()),
]  # fmt: skip


@pytest.mark.parametrize(("table", "count", "names"), TABLES, ids=[table[:20] for table, *_ in TABLES])
def test_the_rows_that_name_the_columns(table, count, names):
    rows = [cells(line) for line in table.split("\n")]
    assert headings(rows) == count
    assert column_names(rows[:count]) == names


def test_the_cells_of_a_row_empty_ones_at_either_end_too():
    assert cells("| a |  | b |") == ["", "a", "", "b", ""]
    assert cells("a | b") == ["a", "b"]
    assert is_row("a |")
    assert is_row("| a")
    assert not is_row("either a or b|c")


@pytest.mark.parametrize("cell", ["7", "$1,150", "(426)", "$ (4.2)", "191%", "–", "-", "100万元", ".5", "3 pcs"])
def test_amounts(cell):
    assert is_amount(cell)


@pytest.mark.parametrize(
    "cell",
    ["", "2024", "2018/19", "2024 (1)", "2024年12月31日", "30 June 2024", "1st quarter", "12 months", "$’000", "%", "$",
     "2024 over 2023"],
)  # fmt: skip
def test_no_amounts(cell):
    assert not is_amount(cell)
