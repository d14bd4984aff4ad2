import io
import zipfile

import openpyxl
import pytest

from core.errors import DamagedFile, EmptyFile, EncryptedFile, LimitExceeded, UnsupportedFile
from ingestion.readers import sniff
from ingestion.readers.sniff import media_type


@pytest.fixture
def kind_of(tmp_path):
    def kind_of(data, name):
        path = tmp_path / "file"
        path.write_bytes(data)
        return media_type(path, name)

    return kind_of


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return file.getvalue()


CONTENT_TYPES = {"[Content_Types].xml": "<Types/>"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("data", "name", "wanted"),
    [
        (b"%PDF-1.7 ...", "report.docx", sniff.PDF),
        (b"junk before %PDF-1.4", "a.pdf", sniff.PDF),
        (b"{\\rtf1 hello}", "a.doc", sniff.RTF),
        (b"\x89PNG\r\n\x1a\n....", "a.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0", "a", "image/jpeg"),
        (b"BM\x00\x01\x00\x00\x00\x00\x00\x00", "a", "image/bmp"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8", "a", "image/webp"),
        (zipped(**CONTENT_TYPES, word__document="x"), "a.zip", sniff.DOCX),
        (zipped(**CONTENT_TYPES, ppt__presentation="x"), "a", sniff.PPTX),
        (zipped(**CONTENT_TYPES, xl__workbook="x"), "a", sniff.XLSX),
        (zipped(mimetype="application/epub+zip"), "a", sniff.EPUB),
        (zipped(mimetype="application/vnd.oasis.opendocument.text"), "a", sniff.ODT),
        (b"a,b\n1,2\n", "A.CSV", sniff.CSV),
        (b"# Title", "a.md", sniff.MD),
        (b'{"a": 1}', "a.ndjson", sniff.JSONL),
        (b"<!DOCTYPE HTML><p>x", "a.txt", sniff.HTML),
        (b'<?xml version="1.0"?><a/>', "a", sniff.XML),
        (b"From: a@b.c\nTo: d@e.f\nSubject: x\n\nhi", "mail", sniff.EML),
        (b"From: the north\nthe wind blows", "a.txt", sniff.TXT),
        ("纯文本".encode("gb18030"), "a", sniff.TXT),
    ],
)
def test_bytes_win_over_the_name(kind_of, data, name, wanted):
    assert kind_of(data, name) == wanted


@pytest.mark.parametrize(
    ("data", "name", "error", "said"),
    [
        (b"", "a.pdf", EmptyFile, r"Reading a\.pdf: the file is empty"),
        (b" \n\t", "a.txt", EmptyFile, "the file is empty"),
        (bytes(range(256)) * 9, "a.txt", DamagedFile, r"its bytes are not what \.txt promises"),
        (bytes(range(256)) * 9, "a.exe", UnsupportedFile, "binary file of no known kind. Pincite reads PDF, DOCX"),
        (zipped(a="x"), "a.docx", UnsupportedFile, "a zip archive and no office file. Unpack it"),
        (zipped(**CONTENT_TYPES, word__document="x" * 999)[:-40], "a.docx", DamagedFile, "its container is broken"),
        (OLE + b"\x00" * 600, "a.doc", DamagedFile, "its container is broken"),
        (b"\x00\x00\x00\x18ftypheic", "a.heic", UnsupportedFile, "a HEIC picture; save it as JPEG or PNG"),
        (
            zipped(mimetype="application/vnd.oasis.opendocument.presentation"),
            "a.odp",
            UnsupportedFile,
            "an OpenDocument presentation; save it as PPTX",
        ),
        (
            zipped(
                mimetype="application/vnd.oasis.opendocument.text", **{"META-INF/manifest.xml": "<encryption-data>"}
            ),
            "a.odt",
            EncryptedFile,
            "it is encrypted",
        ),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(kind_of, data, name, error, said):
    with pytest.raises(error, match=said):
        kind_of(data, name)


def test_a_zip_bomb_is_refused_before_it_is_opened(kind_of):
    bomb = zipped(**CONTENT_TYPES, word__document=b"\0" * (100 * 2**20))
    with pytest.raises(LimitExceeded, match=r"it unpacks to 100 MiB in 2 parts, 1,0\d\d times its size; up to 512 MiB"):
        kind_of(bomb, "a.docx")


def test_a_workbook_behind_a_password(kind_of):
    from msoffcrypto.format.ooxml import OOXMLFile

    plain, locked = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    OOXMLFile(plain).encrypt("secret", locked)
    with pytest.raises(EncryptedFile, match=r"Reading a\.xlsx: a password stands before it"):
        kind_of(locked.getvalue(), "a.xlsx")
