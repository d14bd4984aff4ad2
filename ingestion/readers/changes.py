"""What has become of reading since libraries are made: which files are worth reading again with this Pincite."""

from __future__ import annotations

from collections.abc import Collection

from ingestion.readers import sniff

CHANGES: tuple[frozenset[str], ...] = (
    # Years and dates name a table's columns, amounts do not; several rows may.
    frozenset(
        (sniff.DOCX, sniff.PPTX, sniff.XLSX, sniff.XLS, sniff.ODT, sniff.EPUB, sniff.RTF, sniff.HTML, sniff.MD)
        + (sniff.EML, sniff.MSG)
    ),
)
"""For each change of how files become documents, in order, the media types that it is about. Adding such a file again
reads it again; so a change goes in here only if that is worth the wait."""


def outdated(known: int, media_types: Collection[str]) -> bool:
    """Whether this Pincite reads files of these media types otherwise than one that knew so many of the changes."""
    return any(not kinds.isdisjoint(media_types) for kinds in CHANGES[known:])
