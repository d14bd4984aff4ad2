"""Chinese PDFs, laid out by hand with a font that every reader of PDF knows without its being there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.types import Document
from ingestion.readers.pdf import read_pdf


def chinese_pdf(path: Path, lines: list[tuple[float, float, float, str]]) -> Path:
    """A page with each line (x, y from the bottom, size, text) set in STSong-Light."""
    shown = "\n".join(
        f"BT /F1 {size} Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET" for x, y, size, text in lines
    )
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 7 0 R"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    content = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 8\n0000000000 65535 f \n{table}trailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n{len(content)}\n%%EOF"
    path.write_bytes(content + end.encode("latin-1"))
    return path


def read(path: Path) -> Document:
    (reading,) = read_pdf(path, "中文.pdf")
    return reading.document


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_lines_join_without_a_space_and_chapters_are_headings(tmp_path: Path) -> None:
    path = chinese_pdf(
        tmp_path / "a.pdf",
        [
            (60, 760, 12, "第一章 总则"),
            (60, 720, 12, "甲方应当在收到发票之日起三十日内向乙方支付全部服务费用，"),
            (60, 702, 12, "逾期支付的，每逾期一日按照未付金额的万分之五向乙方支付违"),
            (60, 684, 12, "约金。"),
            (60, 648, 12, "第二章 保密"),
            (60, 612, 12, "双方对在合作中知悉的对方商业秘密负有保密义务，合同终止后还应当保密"),
            (60, 594, 12, "3年。"),
        ],
    )
    document = read(path)
    assert blocks(document) == [
        ("heading", "第一章 总则"),
        (
            "text",
            "甲方应当在收到发票之日起三十日内向乙方支付全部服务费用，"
            "逾期支付的，每逾期一日按照未付金额的万分之五向乙方支付违约金。",
        ),
        ("heading", "第二章 保密"),
        ("text", "双方对在合作中知悉的对方商业秘密负有保密义务，合同终止后还应当保密3年。"),
    ]
    assert document.outline == ((1, "第一章 总则", 1), (1, "第二章 保密", 1))
    last = next(box for box in document.boxes if document.text[box.start : box.end] == "约金。")
    assert (last.left, last.right) == pytest.approx((60, 96), abs=1)
    assert last.bottom < 684 < last.top


def test_a_chinese_table_is_read_row_by_row(tmp_path: Path) -> None:
    path = chinese_pdf(
        tmp_path / "b.pdf",
        [
            (60, 700, 12, "故障代码"),
            (200, 700, 12, "含义"),
            (340, 700, 12, "处理方法"),
            (60, 680, 12, "Ｅ０１"),
            (200, 680, 12, "缺水"),
            (340, 680, 12, "检查水源"),
        ],
    )
    assert blocks(read(path)) == [("table", "故障代码 | 含义 | 处理方法\nＥ０１ | 缺水 | 检查水源")]


def test_two_chinese_columns(tmp_path: Path) -> None:
    left = "左栏说明发动机的保养方法以及更换机油的周期和注意事项"
    right = "右栏说明制动系统的检查步骤以及更换刹车片的周期和要求"
    lines = []
    for number in range(6):
        # where no Chinese font is at hand PDFium takes equal lines for one, and drops the others
        lines.append((60.0, 700.0 - 14 * number, 9.0, left + "一二三四五六"[number]))
        lines.append((320.0, 696.0 - 14 * number, 9.0, right + "一二三四五六"[number]))
    columns = ["".join(side + number for number in "一二三四五六") for side in (left, right)]
    assert read(chinese_pdf(tmp_path / "c.pdf", lines)).text == "".join(columns)


def test_the_examples_manual_says_what_its_source_says():
    examples = Path(__file__).parents[2] / "examples"
    source = (examples / "source" / "zh-manual.md").read_text(encoding="utf-8")
    document = read(examples / "documents" / "CH-500净水机使用手册.pdf")
    text = re.sub(r"\s", "", document.text)
    assert [part for part in re.findall(r"[\d.]+|[\u4e00-\u9fff]+", source) if part not in text] == []
