"""Filters as a condition of SQL over `documents AS d` and `sources AS s`."""

from __future__ import annotations

from core.types import Filters
from rag.library.rows import compact

_METADATA = (
    "EXISTS (SELECT 1 FROM json_each(d.metadata) AS m WHERE m.key = ? AND "
    "CASE m.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(m.value AS TEXT) END = ?)"
)

# Looked up in lists, since a question may name thousands of documents, and an expression can be so deep only.
_NAMED = (
    "(d.name IN (SELECT value FROM json_each(?)) OR EXISTS (SELECT 1 FROM json_each(?) AS g WHERE d.name GLOB g.value))"
)
_GLOB = frozenset("*?[")


def condition(filters: Filters) -> tuple[str, list[str]]:
    """The condition and the values that it binds; ("", []) when the filters let everything through.

    The values of one field are alternatives; the fields, and the pairs of metadata, must all hold.
    """
    parts: list[str] = []
    values: list[str] = []

    def either(clause: str, alternatives: tuple[str, ...]) -> None:
        if alternatives:
            parts.append(clause)
            values.append(compact(alternatives))

    either("s.collection IN (SELECT value FROM json_each(?))", filters.collections)
    if filters.documents:
        parts.append(_NAMED)
        # A name may hold the characters of a glob, so that it is tried as it stands too.
        globs = [name for name in filters.documents if not _GLOB.isdisjoint(name)]
        values += [compact(filters.documents), compact(globs)]
    either("d.media_type IN (SELECT value FROM json_each(?))", filters.media_types)
    for key, value in filters.metadata:
        parts.append(_METADATA)
        values += [key, value]
    if filters.since:
        parts.append("d.day >= ?")
        values.append(filters.since)
    if filters.until:
        parts.append("d.day <= ?")
        values.append(filters.until)
    return " AND ".join(parts), values
