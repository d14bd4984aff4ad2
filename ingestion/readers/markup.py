"""XML: each leaf is a line "name: text", so that what a value means is not lost with its tag."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.weights import sha256_of
from ingestion.clean import one_line
from ingestion.readers.reading import Layout, Reading, translated
from ingestion.readers.text import read_decoded

_TITLES = {"title", "head", "heading", "caption"}


def read_xml(path: Path, name: str) -> Iterator[Reading]:
    """One XML file as one document. Entities are never expanded, nothing outside the file is opened."""
    from lxml import etree

    read_decoded(path, name)  # refuses what is too large or no text
    layout = Layout()
    with translated(name, "XML"):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
        root = etree.fromstring(path.read_bytes(), parser)
        for entity in list(root.iter(etree.Entity)):
            entity.getparent().remove(entity)
        for kind, text, level in _lines(root, 0):
            layout.add("heading" if kind else "text", text, level)
    yield Reading(layout.document(name, "application/xml", sha256_of(path)))


def _lines(element: Any, depth: int) -> Iterator[tuple[bool, str, int]]:
    """(is it a heading, text, level) of what an element holds, in order."""
    tag = _name(element.tag)
    for attribute, value in element.attrib.items():
        if one_line(value):
            yield False, f"{tag} {_name(attribute)}: {value}", 0
    children = list(element)
    prose = bool(one_line(element.text or "")) or any(one_line(child.tail or "") for child in children)
    if prose or not children:
        text = one_line(" ".join(element.itertext()) if not children else "".join(element.itertext()))
        if tag in _TITLES:
            yield True, text, max(1, depth)
        elif text:
            yield False, text if prose and children else f"{tag}: {text}", 0
        return
    for child in children:
        yield from _lines(child, depth + 1)


def _name(tag: Any) -> str:
    return str(tag).rpartition("}")[2]
