"""Forms: what was filled in stands outside the page's own text."""

import pytest

from ingestion.readers import read_file
from ingestion.readers.pdf_picture import page_picture

LABELS = b"BT /F 12 Tf 72 700 Td (Name of the applicant:) Tj 0 -40 Td (Tariff:) Tj 0 -40 Td (Direct debit) Tj ET"
TICK = b"BT /Z 12 Tf 2 4 Td (4) Tj ET"
FONTS = b"/Resources<</Font<</F 5 0 R/Z 6 0 R>>>>"


def stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(content), content)


def field(kind: bytes, left: int, bottom: int, flags: int = 4) -> bytes:
    rect = b"%d %d %d %d" % (left, bottom, left + 150, bottom + 20)
    return b"<</Type/Annot/Subtype/Widget/DA(/F 12 Tf 0 g)/F %d/P 3 0 R/Rect[%b]%b>>" % (flags, rect, kind)


def form(*fields: bytes) -> bytes:
    """A PDF of one page, whose objects from 8 on are the fields."""
    listed = b" ".join(b"%d 0 R" % number for number in range(8, 8 + len(fields)))
    objects = (
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%b]/DR<</Font<</F 5 0 R/Z 6 0 R>>>>>>>>" % listed,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R%b/Annots[%b]>>" % (FONTS, listed),
        stream(b"", LABELS),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/ZapfDingbats>>",
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 150 20]" + FONTS, TICK),
        *fields,
    )
    whole = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, start=1))
    return whole + b"trailer\n<</Size %d/Root 1 0 R>>\n%%%%EOF" % (len(objects) + 1)


def test_what_was_filled_into_a_form_is_read_beside_its_label(tmp_path):
    path = tmp_path / "form.pdf"
    path.write_bytes(
        form(
            field(b"/FT/Tx/T(name)/V(Jane Doe)", 200, 695),
            field(b"/FT/Ch/Ff 131072/T(tariff)/V(Day and night)/Opt[(Day)(Day and night)]", 115, 655),
            field(b"/FT/Btn/T(debit)/V/Yes/AS/Yes/AP<</N<</Yes 7 0 R>>>>", 142, 615),
            field(b"/FT/Tx/T(clerk)/V(Nobody sees this)", 200, 575, flags=2),
        )
    )
    before = path.read_bytes()
    (reading,) = read_file(path, "form.pdf")
    document = reading.document
    lines = [line for line in document.text.splitlines() if line]
    assert lines == ["Name of the applicant: Jane Doe", "Tariff: Day and night", "Direct debit ✔"]
    start = document.text.index("Jane Doe")
    (box,) = [box for box in document.boxes if box.start <= start < box.end]
    assert box.right == pytest.approx(202 + 51, abs=2)  # two points into its field, eight letters wide
    assert page_picture(path, 1, [box]).startswith(b"\x89PNG")
    assert path.read_bytes() == before
