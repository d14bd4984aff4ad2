"""Makes `documents/` out of `source/`: what an organisation's folder looks like, in English and in Chinese.

    python examples/make_documents.py

Everything is of our own invention: the companies, the products, the people. The made files are part of the project,
so this runs only when a source changes; the Chinese PDF needs the fonts of Debian's packages fonts-dejavu-core and
fonts-droid-fallback, parts of which are embedded in it. Made again from the same sources, each document's text is
the same.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pypdfium2
from fpdf import FPDF
from fpdf.outline import TableOfContents
from PIL import Image, ImageFilter

HERE = Path(__file__).parent
SOURCE = HERE / "source"
OUT = HERE / "documents"
LATIN_FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
CHINESE_FONT = Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf")
MADE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def parts(markdown: str) -> Iterator[tuple[str, str | list[list[str]]]]:
    """(kind, content) of the plain Markdown that the sources use: title, h1, h2, item, step, table, text."""
    table: list[list[str]] = []
    for line in markdown.splitlines():
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if table:
            yield "table", table
            table = []
        if match := re.match(r"(%|#{1,2}|-|\d+\.) (.*)", line):
            mark, text = match.groups()
            kind = {"%": "title", "#": "h1", "##": "h2", "-": "item"}.get(mark, "step")
            yield kind, text if kind != "step" else f"{mark} {text}"
        elif line:
            yield "text", line
    if table:
        yield "table", table


def manual_source() -> str:
    """The pump's manual: prose, a section for every message and every parameter, and the closing chapters."""
    codes = ["# 8 Messages and faults", "Messages that begin with E stop the pump. Messages that begin with W do not."]
    for number, line in enumerate((SOURCE / "tw400-codes.psv").read_text().splitlines(), 1):
        code, title, meaning, causes, remedies = line.split("|")
        codes += [f"## 8.{number} {code} {title}", meaning, "Possible causes:"]
        codes += [f"- {cause}" for cause in causes.split(";")]
        codes += ["What to do:"] + [f"{step}. {text}" for step, text in enumerate(remedies.split(";"), 1)]
    parameters = ["# 9 Parameters", "Hold the tick key for five seconds to open the list of parameters."]
    for number, line in enumerate((SOURCE / "tw400-parameters.psv").read_text().splitlines(), 1):
        code, title, default, values, note = line.split("|")
        parameters += [f"## 9.{number} {code} {title}", "| Works setting | Range |", f"| {default} | {values} |", note]
    return "\n".join(
        [
            (SOURCE / "tw400-manual.md").read_text().replace("**", ""),
            *codes,
            *parameters,
            (SOURCE / "tw400-end.md").read_text().replace("**", ""),
        ]
    )


class Manual(FPDF):
    """A manual with a running header, page numbers, an outline and a table of contents."""

    def __init__(self, header_text: str, footer_text: str, chinese: bool) -> None:
        super().__init__(format="A5")
        self.header_text, self.footer_text = header_text, footer_text
        self.face = "Latin" if chinese else "helvetica"
        if chinese:
            for style in ("", "B"):
                self.add_font("Latin", style, LATIN_FONT)
                self.add_font("Chinese", style, CHINESE_FONT)
            self.set_fallback_fonts(["Chinese"], exact_match=False)
        self.set_margins(18, 20, 18)
        self.set_auto_page_break(True, 18)
        self.set_creation_date(MADE)
        self.set_creator("make_documents.py")

    def header(self) -> None:
        """The manual's name, on every page but the cover."""
        if self.page_no() > 1:
            self.set_font(self.face, size=8)
            self.set_y(8)
            self.cell(0, 5, self.header_text, align="R", new_x="LMARGIN", new_y="NEXT")
            self.set_y(20)

    def footer(self) -> None:
        """The document's number and the page's, on every page but the cover."""
        if self.page_no() > 1:
            self.set_y(-13)
            self.set_font(self.face, size=8)
            self.cell(0, 5, f"{self.footer_text}    {self.page_no()}", align="C")

    def heading(self, level: int, text: str) -> None:
        """A heading, entered into the outline. A chapter begins on a new page."""
        if self.get_y() > (self.t_margin if level == 1 else self.h - 50):
            self.add_page()
        self.ln(2)
        self.set_font(self.face, "B", 15 if level == 1 else 11.5)
        self.start_section(text, level - 1)
        self.multi_cell(0, 7, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def paragraph(self, text: str, indent: float = 0) -> None:
        """Running text."""
        self.set_font(self.face, size=11)
        self.set_x(self.l_margin + indent)
        self.multi_cell(0, 6.6, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1.6)

    def grid(self, rows: list[list[str]]) -> None:
        """A ruled table whose first row is its header."""
        self.set_font(self.face, size=8.5)
        with self.table(rows, first_row_as_headings=True, line_height=5, text_align="LEFT", padding=0.6):
            pass
        self.ln(3)


def make_manual(markdown: str, name: str, cover: list[str], header: str, footer: str, chinese: bool) -> None:
    """Write one manual as PDF."""
    pdf = Manual(header, footer, chinese)
    pdf.set_title(cover[0])
    pdf.set_author(cover[-1])
    pdf.add_page()
    pdf.set_y(60)
    for size, line in zip([22, 14, 11, 11], cover, strict=True):
        pdf.set_font(pdf.face, "B" if size > 12 else "", size)
        pdf.multi_cell(0, size * 0.6, line, align="C", new_x="LMARGIN", new_y="NEXT")
        pdf.ln(4)
    pdf.add_page()
    contents = TableOfContents()
    pdf.set_font(pdf.face, size=9)
    pdf.insert_toc_placeholder(contents.render_toc, pages=1 if chinese else 5)
    for kind, content in parts(markdown):
        if isinstance(content, list):
            pdf.grid(content)
        elif kind in ("h1", "h2"):
            pdf.heading(int(kind[1]), content)
        else:
            bullet = "• " if kind == "item" and chinese else "- " if kind == "item" else ""
            pdf.paragraph(bullet + content, indent=0 if kind == "text" else 4)
    pdf.output(str(OUT / name))


def make_contract(source: str, name: str, author: str) -> None:
    """Write one contract as DOCX, with real headings and a real table."""
    document = docx.Document()
    document.core_properties.author = author
    document.core_properties.created = document.core_properties.modified = MADE.replace(tzinfo=None)
    for kind, content in parts((SOURCE / source).read_text()):
        if isinstance(content, list):
            table = document.add_table(rows=0, cols=len(content[0]), style="Table Grid")
            for row in content:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        elif kind == "title":
            document.core_properties.title = content
            document.add_heading(content, 0)
        elif kind == "h1":
            document.add_heading(content, 1)
        else:
            document.add_paragraph(content)
    document.save(str(OUT / name))


def make_scan() -> None:
    """An inspection certificate as it comes off a scanner: a picture, slightly turned and speckled, in a PDF."""
    pdf = FPDF(format="A4")
    pdf.add_page()
    for line in (SOURCE / "certificate.txt").read_text().splitlines():
        pdf.set_font("helvetica", "B" if line.isupper() else "", 18 if line.isupper() else 13)
        pdf.cell(0, 11, line, new_x="LMARGIN", new_y="NEXT")
    page = pypdfium2.PdfDocument(bytes(pdf.output()))[0]
    picture = page.render(scale=150 / 72).to_pil().convert("L")
    picture = picture.rotate(0.6, fillcolor=255, resample=Image.Resampling.BICUBIC).filter(
        ImageFilter.GaussianBlur(0.6)
    )
    noise = random.Random(7)
    for _ in range(400):
        picture.putpixel((noise.randrange(picture.width), noise.randrange(picture.height)), noise.randrange(120))
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=70)
    scan = FPDF(format="A4")
    scan.set_creation_date(MADE)
    scan.add_page()
    scan.image(jpeg, 0, 0, scan.w, scan.h)
    scan.output(str(OUT / "inspection-certificate-scan.pdf"))


def make_records(source: str, name: str) -> None:
    """Support records as CSV, from lines of fields parted by bars."""
    with (OUT / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(line.split("|") for line in (SOURCE / source).read_text().splitlines())


def make_spreadsheet() -> None:
    """The price list of spare parts, with a note sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Prices 2026"
    for number, line in enumerate((SOURCE / "prices.psv").read_text().splitlines()):
        cells = line.split("|")
        sheet.append(cells if number == 0 else [*cells[:2], float(cells[2]), int(cells[3]), cells[4]])
    book.properties.created = book.properties.modified = MADE.replace(tzinfo=None)
    book.save(OUT / "spare-part-prices.xlsx")


def make_mail(source: str, name: str) -> None:
    """A mail: headers, a blank line, the body."""
    head, body = (SOURCE / source).read_text().split("\n\n", 1)
    mail = EmailMessage()
    for line in head.splitlines():
        field, value = line.split(": ", 1)
        mail[field] = value
    mail.set_content(body)
    (OUT / name).write_bytes(mail.as_bytes())


def main() -> None:
    """Make every document anew."""
    OUT.mkdir(exist_ok=True)
    make_manual(
        manual_source(),
        "tw400-manual.pdf",
        [
            "TW-400 Transfer Pumps",
            "Operating and maintenance manual",
            "HR-2201, issue 9, software 3.2",
            "Hallam & Reed Fluid Systems",
        ],
        "TW-400 Operating and maintenance manual",
        "HR-2201 issue 9",
        chinese=False,
    )
    make_manual(
        (SOURCE / "zh-manual.md").read_text(),
        "CH-500净水机使用手册.pdf",
        ["CH-500型商用净水机", "使用手册", "文件编号 CH-SC-500，第三版", "澄海净水设备有限公司"],
        "CH-500型商用净水机使用手册",
        "CH-SC-500 第三版",
        chinese=True,
    )
    make_contract("services-contract.md", "services-contract.docx", "Hallam & Reed Fluid Systems Ltd")
    make_contract("services-amendment.md", "services-contract-amendment-1.docx", "Hallam & Reed Fluid Systems Ltd")
    make_contract("zh-services-contract.md", "技术服务合同.docx", "澄海净水设备有限公司")
    make_contract("zh-services-amendment.md", "技术服务合同补充协议一.docx", "澄海净水设备有限公司")
    make_scan()
    make_records("support-records.psv", "support-records.csv")
    make_records("zh-records.psv", "工单记录.csv")
    make_spreadsheet()
    make_mail("mail.txt", "seal-recall.eml")
    make_mail("zh-mail.txt", "膜元件通知.eml")
    (OUT / "storage-guideline.html").write_text((SOURCE / "storage-guideline.html").read_text())


if __name__ == "__main__":
    main()
