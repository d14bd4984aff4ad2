import pytest

from core.errors import DamagedFile, DocumentError, EmptyFile, EncryptedFile, LimitExceeded
from core.types import Block
from ingestion.readers.reading import Layout, described, looks_like_header, translated


def test_layout_puts_one_block_on_a_line_with_exact_offsets():
    layout = Layout()
    layout.start_page()
    layout.add("heading", " Care \n of blades ", 1)
    layout.add("text", "Wipe\u00a0dry.")
    layout.add("text", "  \u200b ")
    layout.start_page()
    layout.add("code", "\n  if wet:\n      wipe()\n")
    layout.add_table([["Part", "Price"], ["", ""], ["Blade", "4 €"]])
    document = layout.document("a.txt", "text/plain", "0" * 64)
    assert document.text == "Care of blades\nWipe dry.\nif wet:\n    wipe()\nPart | Price\nBlade | 4 €"
    assert document.blocks == (
        Block("heading", 0, 14, level=1),
        Block("text", 15, 24),
        Block("code", 25, 43),
        Block("table", 44, 68, header_rows=1),
    )
    assert document.page_starts == (0, 25)
    assert [document.page_at(offset) for offset in (0, 24, 25, 68)] == [1, 1, 2, 2]


def test_pages_without_text_start_where_the_text_ends():
    layout = Layout()
    layout.start_page()
    layout.add("text", "only")
    layout.start_page()
    assert layout.document("a", "t", "h").page_starts == (0, 4)


def test_a_table_of_one_column_is_lines_of_text():
    layout = Layout()
    layout.add_table([["Tea", ""], ["Milk", ""]])
    document = layout.document("a", "t", "h")
    assert [(block.kind, document.text[block.start : block.end]) for block in document.blocks] == [
        ("text", "Tea"),
        ("text", "Milk"),
    ]


def test_nothing_laid_out_is_an_empty_file():
    layout = Layout()
    layout.add("text", " ")
    layout.add_table([["", ""]])
    assert not layout
    with pytest.raises(EmptyFile, match=r"Reading a\.txt: there is no text in it\."):
        layout.document("a.txt", "text/plain", "")


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["Name", "Price"], ["Tea", "1"]], True),
        ([["", "Price"], ["Tea", "1"]], True),
        ([["Name", ""], ["Tea", "1"]], False),
        ([["Name", "2024"], ["Tea", "1"]], False),
        ([["Name", "Name"], ["Tea", "1"]], False),
        ([["Name:", "Smith"], ["Town:", "Ulm"]], False),
        ([["Name", "Price"]], False),
    ],
)
def test_looks_like_header(rows, header):
    assert looks_like_header(rows) is header


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("A\ttitle", " ", "2024-05-06T10:00:00Z"), {"title": "A title", "date": "2024-05-06"}),
        ((None, "Kim", "some day"), {"author": "Kim"}),
        ((None, None, None), {}),
    ],
)
def test_described(given, wanted):
    assert described(*given) == wanted


@pytest.mark.parametrize(
    ("raised", "wanted", "said"),
    [
        (ValueError("bad \n byte"), DamagedFile, r"Reading a\.doc as Word: it is damaged \(bad byte\)\."),
        (OSError(), DamagedFile, r"\(OSError\)"),
        (AttributeError("no attribute x"), DamagedFile, r"\(what it should hold is not there\)"),
        (RecursionError(), LimitExceeded, "nested too deeply"),
        (EncryptedFile("a password"), EncryptedFile, r"^Reading a\.doc as Word: a password$"),
        (EmptyFile("Reading a.doc: empty"), EmptyFile, r"^Reading a\.doc: empty$"),
    ],
)
def test_whatever_a_library_raises_becomes_a_sentence(raised, wanted, said):
    with pytest.raises(DocumentError, match=said) as caught, translated("a.doc", "Word"):
        raise raised
    assert type(caught.value) is wanted


def test_want_of_memory_is_left_to_the_worker():
    with pytest.raises(MemoryError), translated("a.doc", "Word"):
        raise MemoryError
