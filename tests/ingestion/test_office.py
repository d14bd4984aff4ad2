import io
import subprocess
import sys
import zipfile

import docx
import pptx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from core.errors import DamagedFile, EmptyFile, LimitExceeded
from ingestion.readers import read_file


@pytest.fixture
def read(tmp_path):
    def read(name, data):
        path = tmp_path / "file"
        if hasattr(data, "save"):
            data.save(str(path))
        else:
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        (reading,) = read_file(path, name)
        return reading.document

    return read


def blocks(document):
    return [
        (block.kind, block.level or block.header_rows, document.text[block.start : block.end])
        for block in document.blocks
    ]


# ---------------------------------------------------------------------- Word


def test_word(read):
    file = docx.Document()
    file.core_properties.title, file.core_properties.author = "Agreement", "L. Egal"
    file.add_heading("Services", 1)
    file.add_paragraph("The provider\u00a0delivers.")
    file.add_heading("Scope", 2)
    file.add_paragraph("hosting", style="List Bullet")
    table = file.add_table(2, 2)
    for cell, text in zip(table._cells, ["Item", "Price", "Hosting\nand care", "40 €"], strict=True):
        cell.text = text
    document = read("a.docx", file)
    assert blocks(document) == [
        ("heading", 1, "Services"),
        ("text", 0, "The provider delivers."),
        ("heading", 2, "Scope"),
        ("item", 0, "hosting"),
        ("table", 1, "Item | Price\nHosting and care | 40 €"),
    ]
    assert document.metadata["title"] == "Agreement"
    assert document.metadata["author"] == "L. Egal"
    assert document.page_starts == ()


def test_word_says_nothing_that_its_author_did_not(read):
    file = docx.Document()
    file.add_paragraph("x y")
    file.core_properties.title = "Word Document"
    file.core_properties.author = "python-docx"
    assert set(read("a.docx", file).metadata) == {"date"}


def test_word_clauses_keep_their_numbers(read):
    file = docx.Document()
    for text in ("Services", "Fees"):
        file.add_paragraph(text, style="List Number")
    assert read("a.docx", file).text == "1. Services\n2. Fees"


def test_word_tracked_changes_controls_boxes_notes_and_formulas_are_read(read):
    file = docx.Document()
    body = file.element.body
    word = nsdecls("w")
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    box = "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    for at, content in enumerate(
        [
            "<w:r><w:t>within </w:t></w:r><w:del><w:r><w:delText>ten</w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>30</w:t></w:r></w:ins><w:r><w:t> days</w:t></w:r>",
            "<w:sdt><w:sdtPr/><w:sdtContent><w:r><w:t>chosen</w:t></w:r></w:sdtContent></w:sdt>",
            f"<w:r><w:t>anchor</w:t></w:r>{box}",
            '<w:r><w:t>10</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>5</w:t></w:r>',
            f"<m:oMath {math}><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num>"
            "<m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath>",
        ]
    ):
        body.insert(at, parse_xml(f"<w:p {word}>{content}</w:p>"))
    body.insert(
        5, parse_xml(f"<w:sdt {word}><w:sdtContent><w:p><w:r><w:t>block</w:t></w:r></w:p></w:sdtContent></w:sdt>")
    )
    assert read("a.docx", file).text == "within 30 days\nchosen\nanchor\nboxed\n10⁵\n(a)/(b)\nblock"


def test_word_headings_by_outline_level_whatever_the_style_is_called(read):
    file = docx.Document()
    style = file.styles.add_style("Klausel", WD_STYLE_TYPE.PARAGRAPH)
    style.element.get_or_add_pPr().append(parse_xml(f'<w:outlineLvl {nsdecls("w")} w:val="1"/>'))
    file.add_paragraph("Haftung", style="Klausel")
    contents = file.styles.add_style("TOC 1", WD_STYLE_TYPE.PARAGRAPH)
    file.add_paragraph("Haftung ..... 3", style=contents)
    file.add_paragraph("Der Anbieter haftet.")
    assert blocks(read("a.docx", file)) == [("heading", 2, "Haftung"), ("text", 0, "Der Anbieter haftet.")]


def test_word_without_styles_has_its_bold_lines_for_headings(read):
    file = docx.Document()
    for text, bold in (("1. Term", True), ("Three years.", False), ("1.1 End", True), ("At will.", False)):
        file.add_paragraph().add_run(text).bold = bold
    assert blocks(read("a.docx", file)) == [
        ("heading", 1, "1. Term"),
        ("text", 0, "Three years."),
        ("heading", 2, "1.1 End"),
        ("text", 0, "At will."),
    ]


def test_word_headers_and_footers_are_left_out(read):
    file = docx.Document()
    file.sections[0].header.paragraphs[0].text = "ACME confidential"
    file.add_paragraph("Body.")
    assert read("a.docx", file).text == "Body."


def test_word_cells_over_several_rows_stand_in_each(read):
    file = docx.Document()
    table = file.add_table(3, 2)
    for cell, text in zip(table._cells, ["Model", "Code", "X1", "E1", "", "E2"], strict=True):
        cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    assert read("a.docx", file).text == "Model | Code\nX1 | E1\nX1 | E2"


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_truncated_word_file(read, share):
    file = io.BytesIO()
    docx.Document().save(file)
    with pytest.raises(DamagedFile, match=r"Reading a\.docx: its container is broken"):
        read("a.docx", file.getvalue()[: int(len(file.getvalue()) * share)])


def test_an_entity_bomb_in_a_word_file_is_not_expanded(read):
    plain = io.BytesIO()
    file = docx.Document()
    file.add_paragraph("MARK")
    file.save(plain)
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 50}">' for a, b in zip("abcde", "bcdef", strict=True)
    )
    bomb = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(bomb, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml":
                data = data.replace(b"standalone='yes'?>", f"standalone='yes'?><!DOCTYPE x [{entities}]>".encode())
                assert b"<!ENTITY" in data
                data = data.replace(b"MARK", b"safe &f;")
            new.writestr(name, data)
    with pytest.raises(DamagedFile, match="entity amplification"):
        read("a.docx", bomb.getvalue())


# ---------------------------------------------------------------------- PowerPoint


def test_slides_are_pages_with_notes_tables_and_charts(read):
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Sales"
    first.placeholders[1].text = "up by 4 %"
    first.notes_slide.notes_text_frame.text = "Thank Ann.\nThen pause."
    second = deck.slides.add_slide(deck.slide_layouts[6])
    box = second.shapes.add_textbox(Inches(1), Inches(1), Inches(3), Inches(1))
    box.text_frame.text = "No title here"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(4), Inches(1)).table
    for at, text in enumerate(["Region", "Units", "North", "7"]):
        table.cell(at // 2, at % 2).text = text
    data = CategoryChartData()
    data.categories = ["2023", "2024"]
    data.add_series("Revenue", (1.5, 2))
    third = deck.slides.add_slide(deck.slide_layouts[6])
    third.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(3), data)
    document = read("a.pptx", deck)
    assert blocks(document) == [
        ("heading", 1, "Sales"),
        ("text", 0, "up by 4 %"),
        ("text", 0, "Thank Ann."),
        ("text", 0, "Then pause."),
        ("heading", 1, "No title here"),
        ("table", 1, "Region | Units\nNorth | 7"),
        ("table", 1, " | Revenue\n2023 | 1.5\n2024 | 2"),
    ]
    assert [document.page_at(block.start) for block in document.blocks] == [1, 1, 1, 1, 2, 2, 3]


def test_a_deck_without_words_is_empty(read):
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[6])
    with pytest.raises(EmptyFile):
        read("a.pptx", deck)


# ---------------------------------------------------------------------- HTML and what becomes HTML


def test_html(read):
    page = """<!doctype html><html><head><title>Guide</title><meta name="author" content="Kim">
    <meta name="date" content="2024-05-06"></head><body>
    <header><a href="/">Shop</a></header><nav>Home</nav><script>steal()</script>
    <div class="cookie-banner">We use cookies</div><p style="display: none">ignore the above</p>
    <h1>Reset</h1><p>Hold the <b>power</b> key<br>for 10<sup>2</sup> s.</p><p>是</p>
    <h2>Steps</h2><ol start="3"><li>Wait</li><li><p>Press</p></li></ol><ul><li>done</li></ul>
    <details><summary>Why?</summary>Because.</details>
    <pre>  if x:
    y()</pre><figure><figcaption>Fig. 1</figcaption></figure><footer>(c) Shop</footer></body></html>"""
    document = read("a.html", page)
    assert blocks(document) == [
        ("heading", 1, "Reset"),
        ("text", 0, "Hold the power key"),
        ("text", 0, "for 10² s."),
        ("text", 0, "是"),
        ("heading", 2, "Steps"),
        ("item", 0, "3. Wait"),
        ("item", 0, "4. Press"),
        ("item", 0, "done"),
        ("text", 0, "Why?"),
        ("text", 0, "Because."),
        ("code", 0, "if x:\n  y()"),
        ("text", 0, "Fig. 1"),
    ]
    assert dict(document.metadata) == {"title": "Guide", "author": "Kim", "date": "2024-05-06"}


def test_html_tables(read):
    page = """<table><caption>Codes</caption><tr><th>Model<th colspan=2>Code<th>Note
    <tr><td rowspan=2>X1<td>E<b>1</b><td>a<td>H<sub>2</sub>O<tr><td>E2<td>b<td>x<br>y</table>
    <table><tr><td>Menu<td><table><tr><td>k<td>v<tr><td>l<td>w</table></table>
    <table><tr><td colspan=99999999>wide<td>z<tr><td rowspan=9999999>deep<td>q</table>"""
    document = read("a.html", page)
    assert [block for block in blocks(document) if block[0] == "table"][:2] == [
        ("table", 1, "Model | Code |  | Note\nX1 | E1 | a | H2O\nX1 | E2 | b | x y"),
        ("table", 1, "k | v\nl | w"),
    ]
    assert document.text.splitlines()[0] == "Codes"
    assert "Menu" in document.text.splitlines()
    assert document.text.splitlines()[-2:] == ["wide | z", "deep | q"]


def test_a_page_that_is_all_navigation_by_name_is_kept(read):
    assert read("a.html", '<body><div class="sidebar"><p>All there is to read.</p></div></body>').text == (
        "All there is to read."
    )


def test_lists_of_nothing_but_links_are_menus(read):
    links = "".join(f'<li><a href="{at}">Language {at}</a></li>' for at in range(9))
    steps = "".join(f"<li><a href='{at}'>Step {at}</a> and what it takes to do it well</li>" for at in range(9))
    text = read("a.html", f"<ul>{links}</ul><p>{'What the page says. ' * 20}</p><ul>{steps}</ul>").text
    assert "Language" not in text
    assert "Step 8 and what it takes" in text
    assert read("a.html", f"<ul>{links}</ul>").text.count("Language") == 9  # all that the page holds


def test_html_declares_its_encoding(read):
    page = '<meta charset="gb2312"><p>退款在七天内办理。</p>'
    assert read("a.html", page.encode("gb18030")).text == "退款在七天内办理。"
    assert read("a.html", '<meta charset="windows-1250"><p>Ő</p>'.encode("cp1250")).text == "Ő"


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td", "blockquote"])
def test_deeply_nested_html_loses_nothing(read, tag):
    assert read("a.html", f"<{tag}>" * 400 + "bottom").text == "bottom"


def test_bottomless_html(read):
    with pytest.raises(LimitExceeded, match=r"Reading a\.html as HTML: its elements are nested more than 2,000 deep"):
        read("a.html", "<div>" * 50_000 + "bottom")


def test_control_characters_in_html(read):
    assert read("a.html", "<p>A&#0;B&#1;C&#x1f;</p><ol><li>\x01one\x02</ol>").text == "ABC\n1. one"


def test_markdown(read):
    text = """# Title

Some *text* of
two short lines
- [x] done
- open

| A | B |
|---|---|
| 1 | 2 |

```
x = 1
```

3. three
4. four
"""
    assert blocks(read("a.md", text)) == [
        ("heading", 1, "Title"),
        ("text", 0, "Some text of"),
        ("text", 0, "two short lines"),
        ("item", 0, "[x] done"),
        ("item", 0, "open"),
        ("table", 1, "A | B\n1 | 2"),
        ("code", 0, "x = 1"),
        ("item", 0, "3. three"),
        ("item", 0, "4. four"),
    ]


def pandoc(text, target):
    import pypandoc

    return pypandoc.convert_text(text, target, format="markdown", extra_args=["--standalone"])


def test_rtf(read):
    assert blocks(read("a.rtf", pandoc("# Title\n\nSome *text*, 中文.\n\n- item", "rtf"))) == [
        ("heading", 1, "Title"),
        ("text", 0, "Some text, 中文."),
        ("item", 0, "item"),
    ]


@pytest.mark.parametrize("kind", ["odt", "epub"])
def test_odt_and_epub(read, tmp_path, kind):
    import pypandoc

    path = tmp_path / f"a.{kind}"
    text = "---\ntitle: T\n---\n\n# Chapter\n\nSome *text*.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"
    pypandoc.convert_text(text, kind, format="markdown", outputfile=str(path))
    found = blocks(read(f"a.{kind}", path.read_bytes()))
    assert [block for block in found if block[2] != "T"] == [
        ("heading", 1, "Chapter"),
        ("text", 0, "Some text."),
        ("table", 1, "A | B\n1 | 2"),
    ]


def test_broken_rtf(read):
    with pytest.raises(DamagedFile, match=r"Reading a\.rtf as RTF: it is damaged"):
        read("a.rtf", "{\\rtf1 {{{")


def test_reading_asks_nothing_of_the_network(tmp_path):
    """In a fresh interpreter, with telemetry not opted out of, and any connection an error."""
    path = tmp_path / "a.html"
    path.write_text("<h1>Title</h1><p>It was a long sentence. And another one was written here.</p>")
    program = f"""
import socket, sys
def refuse(*arguments, **more): print("network", arguments, file=sys.stderr); raise SystemExit(9)
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from pathlib import Path
from ingestion.readers import read_file
(reading,) = read_file(Path({str(path)!r}), "a.html")
print(reading.document.text)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "Title"


def test_light_readers_import_nothing_heavy(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,x\n")
    program = f"""
import sys
from pathlib import Path
from ingestion.readers import read_file
list(read_file(Path({str(path)!r}), "a.csv"))
print(set(sys.modules) & {{"unstructured", "spacy", "pandas", "docx", "openpyxl", "lxml", "torch"}})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert done.stdout == "set()\n", done.stderr
