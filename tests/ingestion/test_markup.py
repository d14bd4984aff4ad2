import pytest

from core.errors import DamagedFile
from ingestion.readers import read_file


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "file"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        (reading,) = read_file(path, "a.xml")
        return reading.document

    return read


def test_leaves_keep_their_names(read):
    document = read(
        '<?xml version="1.0"?><r xmlns:x="u"><!-- no --><part id="B 7"><name>Blade</name><x:price>4 €</x:price>'
        "<e/></part><title>Care</title><p>Wipe <b>dry</b> it.</p></r>"
    )
    assert document.text == "part id: B 7\nname: Blade\nprice: 4 €\nCare\nWipe dry it."
    assert [(level, title) for level, title, _ in document.outline] == [(1, "Care")]
    assert document.media_type == "application/xml"


def test_the_declared_encoding_counts(read):
    assert read('<?xml version="1.0" encoding="gb2312"?><a>合同</a>'.encode("gb2312")).text == "a: 合同"


def test_nothing_outside_the_file_is_opened(read, tmp_path):
    (tmp_path / "secret").write_text("secret")
    document = read(f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><a><b>&x;</b><c>seen</c></a>')
    assert document.text == "c: seen"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<a><b></a>", r"Reading a\.xml as XML: it is damaged"),
        ("<a>" * 1000, "Excessive depth"),
        (
            '<!DOCTYPE a [<!ENTITY a "ha">'
            + "".join(f'<!ENTITY {b} "{f"&{a};" * 50}">' for a, b in zip("abcde", "bcdef", strict=True))
            + "]><a>&f;</a>",
            "entity amplification",
        ),
    ],
)
def test_bad_xml(read, text, said):
    with pytest.raises(DamagedFile, match=said):
        read(text)
