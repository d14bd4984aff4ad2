"""Filters as a condition of SQL over `documents AS d` and `sources AS s`."""

from __future__ import annotations

from core.types import Filters

_METADATA = (
    "EXISTS (SELECT 1 FROM json_each(d.metadata) AS m WHERE m.key = ? AND "
    "CASE m.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(m.value AS TEXT) END = ?)"
)


def condition(filters: Filters) -> tuple[str, list[str]]:
    """The condition and the values that it binds; ("", []) when the filters let everything through.

    The values of one field are alternatives; the fields, and the pairs of metadata, must all hold.
    """
    parts: list[str] = []
    values: list[str] = []

    def either(clause: str, alternatives: tuple[str, ...], times: int = 1) -> None:
        if alternatives:
            parts.append("(" + " OR ".join([clause] * len(alternatives)) + ")")
            values.extend(value for value in alternatives for _ in range(times))

    either("s.collection = ?", filters.collections)
    # A name may hold the characters of a glob, so that it is tried as it stands too.
    either("d.name = ? OR d.name GLOB ?", filters.documents, times=2)
    either("d.media_type = ?", filters.media_types)
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
