"""Readers: one function opens any file that Pincite reads, by what its bytes say it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingestion.readers import sniff
from ingestion.readers.reading import Reading, RecordFields

__all__ = ["Reading", "RecordFields", "read_file"]


def read_file(path: Path, name: str, fields: RecordFields = RecordFields()) -> Iterator[Reading]:  # noqa: B008 - frozen
    """The documents in a file: one as a rule, several for mail with attachments and for records.

    `name` is what the document will be called, and its ending counts where bytes do not tell. The readings come one
    by one, so that a table of any length takes little memory. Raises DocumentError, possibly after some readings.
    """
    return _read(path, name, fields, 0)


def _read(path: Path, name: str, fields: RecordFields, depth: int) -> Iterator[Reading]:
    kind = sniff.media_type(path, name)
    if kind == sniff.PDF:
        from ingestion.readers.pdf import read_pdf

        return read_pdf(path, name)
    if kind.startswith("image/"):
        from ingestion.readers.ocr import read_image

        return read_image(path, name)
    if kind in (sniff.CSV, sniff.JSONL, sniff.JSON):
        return _records(path, name, kind, fields)
    if kind in (sniff.XLSX, sniff.XLS):
        from ingestion.readers.sheets import read_sheets

        return read_sheets(path, name, kind, fields)
    return _prose(path, name, kind, fields, depth)


def _records(path: Path, name: str, kind: str, fields: RecordFields) -> Iterator[Reading]:
    from ingestion.readers.records import read_csv, read_json, read_jsonl

    return {sniff.CSV: read_csv, sniff.JSONL: read_jsonl, sniff.JSON: read_json}[kind](path, name, fields)


def _prose(path: Path, name: str, kind: str, fields: RecordFields, depth: int) -> Iterator[Reading]:
    if kind == sniff.TXT:
        from ingestion.readers.text import read_text

        return read_text(path, name)
    if kind == sniff.XML:
        from ingestion.readers.markup import read_xml

        return read_xml(path, name)
    if kind in (sniff.EML, sniff.MSG):
        from ingestion.readers.mail import read_mail

        def read_inner(inner: Path, inner_name: str, deep: int) -> Iterator[Reading]:
            return _read(inner, inner_name, fields, deep)

        return read_mail(path, name, kind, read_inner, depth)
    from ingestion.readers.office import read_office

    return read_office(path, name, kind)
