"""What an office file says about itself. Read from its own part, because the libraries make up what is missing."""

from __future__ import annotations

import zipfile
from pathlib import Path

from core.types import MetadataValue
from ingestion.readers.reading import described

_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
# python-docx, python-pptx and openpyxl write these into files that nobody gave a title or an author.
_MADE_UP = {"Word Document", "PowerPoint Presentation", "python-docx", "python-pptx", "openpyxl"}


def office_properties(path: Path) -> dict[str, MetadataValue]:
    """Title, author and ISO day of creation of a DOCX, PPTX or XLSX file, as far as it says them."""
    from lxml import etree

    with zipfile.ZipFile(path) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return {}
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(archive.read("docProps/core.xml"), parser)
    said = (root.findtext(f"{_DC}title"), root.findtext(f"{_DC}creator"))
    title, author = (None if text in _MADE_UP else text for text in said)
    return described(title, author, root.findtext(f"{_TERMS}created"))
