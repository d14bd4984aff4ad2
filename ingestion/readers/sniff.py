"""What a file is: from its bytes first, from its name where bytes cannot tell one kind of text from another."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from core.errors import DamagedFile, EmptyFile, EncryptedFile, LimitExceeded, UnsupportedFile
from ingestion.readers.text import SAMPLE, encoding_of

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
ODT = "application/vnd.oasis.opendocument.text"
EPUB = "application/epub+zip"
RTF = "application/rtf"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"
HTML, XML, MD, CSV, TXT = "text/html", "application/xml", "text/markdown", "text/csv", "text/plain"
JSON, JSONL = "application/json", "application/jsonl"

# What a zip-based file may hold once unpacked. The largest real document met, 870 pages, is 30 MiB; a bomb is 4 GiB
# and more.
UNPACKED_LIMIT = 512 * 2**20
RATIO_LIMIT = 250
MEMBERS_LIMIT = 20_000

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_BY_SUFFIX = {
    **dict.fromkeys((".md", ".markdown"), MD),
    **dict.fromkeys((".html", ".htm", ".xhtml"), HTML),
    **dict.fromkeys((".csv", ".tsv"), CSV),
    **dict.fromkeys((".jsonl", ".ndjson"), JSONL),
    ".json": JSON,
    ".xml": XML,
    ".eml": EML,
    ".mht": EML,
    ".mhtml": EML,
    ".p7s": EML,
}
_SAVE_AS = {
    DOC: "an old Word file; save it as DOCX",
    PPT: "an old PowerPoint file; save it as PPTX",
    "application/vnd.oasis.opendocument.presentation": "an OpenDocument presentation; save it as PPTX",
    "application/vnd.oasis.opendocument.spreadsheet": "an OpenDocument spreadsheet; save it as XLSX",
    "image/heic": "a HEIC picture; save it as JPEG or PNG",
}
_MAIL_HEADER = re.compile(
    rb"(From|Received|Return-Path|Delivered-To|MIME-Version|Message-ID|Subject|Date|To|X-[\w-]+):[ \t]", re.IGNORECASE
)


def media_type(path: Path, name: str) -> str:
    """The media type of a file that Pincite reads.

    Raises EmptyFile, EncryptedFile (an office file behind a password), DamagedFile (a broken container, or binary
    data named as text), LimitExceeded (a zip bomb) and UnsupportedFile with what to do instead.
    """
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
    if not sample.strip():
        raise EmptyFile(f"Reading {name}: the file is empty. Add it again once it holds something.")
    found = _from_bytes(path, name, sample) or _text_type(name, sample)
    if found in _SAVE_AS:
        raise UnsupportedFile(f"Reading {name}: it is {_SAVE_AS[found]}, and add that.")
    return found


def _from_bytes(path: Path, name: str, sample: bytes) -> str | None:
    if b"%PDF-" in sample[:1024]:
        return PDF
    for magic, kind in _MAGIC:
        if sample.startswith(magic):
            return kind
    if sample[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip_type(path, name)
    if sample.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_type(path, name)
    return _picture_type(sample)


def _picture_type(sample: bytes) -> str | None:
    if sample.startswith(b"BM") and sample[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if sample.startswith(b"RIFF") and sample[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if sample[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1") else None


def _zip_type(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(path, name, archive)
            names = set(archive.namelist())
            declared = archive.read("mimetype")[:100].decode("latin-1").strip() if "mimetype" in names else ""
            encrypted = any(member.flag_bits & 1 for member in archive.infolist())
            if encrypted or (declared.startswith("application/vnd.oasis") and _odf_encrypted(archive, names)):
                raise EncryptedFile(f"Reading {name}: it is encrypted. Save it without a password, and add that.")
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise DamagedFile(
            f"Reading {name}: its container is broken ({error}). Copy it again from where it came from."
        ) from error
    for folder, kind in (("word/", DOCX), ("ppt/", PPTX), ("xl/", XLSX)):
        if "[Content_Types].xml" in names and any(name.startswith(folder) for name in names):
            return kind
    if declared in (ODT, EPUB) or declared in _SAVE_AS:
        return declared
    raise UnsupportedFile(
        f"Reading {name}: it is a zip archive and no office file. Unpack it, and add the files in it."
    )


def _odf_encrypted(archive: zipfile.ZipFile, names: set[str]) -> bool:
    return "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml")


def _check_size(path: Path, name: str, archive: zipfile.ZipFile) -> None:
    """Refuse what would unpack to more than memory or a person's patience holds, before anything is unpacked."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    ratio = unpacked / max(1, path.stat().st_size)
    if unpacked > UNPACKED_LIMIT or len(members) > MEMBERS_LIMIT or (ratio > RATIO_LIMIT and unpacked > 64 * 2**20):
        raise LimitExceeded(
            f"Reading {name}: it unpacks to {unpacked / 2**20:,.0f} MiB in {len(members):,} parts, {ratio:,.0f} "
            f"times its size; up to {UNPACKED_LIMIT // 2**20} MiB, {MEMBERS_LIMIT:,} parts and {RATIO_LIMIT} times "
            "is opened. Split the document."
        )


def _ole_type(path: Path, name: str) -> str:
    import olefile

    try:
        with olefile.OleFileIO(path) as container:
            streams = {entry[0] for entry in container.listdir()}
    except Exception as error:  # olefile raises anything from IndexError to OSError on a broken container
        raise DamagedFile(
            f"Reading {name}: its container is broken ({error}). Copy it again from where it came from."
        ) from error
    if "EncryptedPackage" in streams:
        raise EncryptedFile(f"Reading {name}: a password stands before it. Save it without one, and add that.")
    for stream, kind in (
        ("WordDocument", DOC),
        ("Workbook", XLS),
        ("Book", XLS),
        ("PowerPoint Document", PPT),
        ("__properties_version1.0", MSG),
    ):
        if stream in streams:
            return kind
    raise UnsupportedFile(f"Reading {name}: an old office container of no known kind. Save it as DOCX, and add that.")


def _text_type(name: str, sample: bytes) -> str:
    encoding = encoding_of(sample)
    suffix = Path(name).suffix.lower()
    if encoding is None:
        if suffix in _BY_SUFFIX or suffix in (
            ".txt",
            ".log",
            ".docx",
            ".pptx",
            ".xlsx",
            ".pdf",
            ".msg",
            ".epub",
            ".odt",
        ):
            raise DamagedFile(
                f"Reading {name}: its bytes are not what {suffix} promises. Copy it again, or give it its real ending."
            )
        raise UnsupportedFile(
            f"Reading {name}: a binary file of no known kind. Pincite reads PDF, DOCX, PPTX, XLSX, HTML, mail, "
            "text, CSV, JSONL, EPUB, ODT, RTF and pictures."
        )
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    head = sample[:4096].decode(encoding, errors="replace").lstrip("\ufeff \t\r\n")
    if re.match(r"<!doctype html|<html[\s>]", head, re.IGNORECASE):
        return HTML
    if head.startswith("<?xml"):
        return XML
    headers = re.match(rb"(?:[\w-]+:[^\n]*\n(?:[ \t]+[^\n]*\n)*){2,}", sample[:SAMPLE])
    return EML if headers and len(_MAIL_HEADER.findall(headers[0])) > 2 else TXT
