"""What unstructured leaves out of a slide: the speaker's notes kept apart, charts and SmartArt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingestion.readers.reading import Layout

_DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def slides_of(path: Path) -> list[Any]:
    """The slides of a presentation, as python-pptx has them. Raises what python-pptx raises."""
    import pptx

    with path.open("rb") as file:
        return list(pptx.Presentation(file).slides)


def add_rest(layout: Layout, slide: Any) -> None:
    """Append a slide's charts as tables, the words of its SmartArt as items, and its notes as text."""
    for shape in _shapes(slide.shapes):
        if shape.has_chart:
            _add_chart(layout, shape.chart)
        for diagram in shape._element.iter(_DIAGRAM):
            _add_diagram(layout, slide.part.related_part(diagram.get(_RELATION)))
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        for paragraph in notes.paragraphs:
            layout.add("text", paragraph.text)


def _shapes(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _add_chart(layout: Layout, chart: Any) -> None:
    if chart.has_title and chart.chart_title.has_text_frame:
        layout.add("text", chart.chart_title.text_frame.text)
    for plot in chart.plots:
        series = [(one.name or "", list(one.values)) for one in plot.series]
        names = [str(category) for category in plot.categories] or [""] * max((len(v) for _, v in series), default=0)
        rows = [["", *(name for name, _ in series)]]
        for at, name in enumerate(names):
            rows.append([name, *(_figure(values[at]) if at < len(values) else "" for _, values in series)])
        layout.add_table(rows, header_rows=1)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.15g}"


def _add_diagram(layout: Layout, part: Any) -> None:
    from lxml import etree

    root = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    for paragraph in root.iter(f"{_A}p"):
        layout.add("item", "".join(text.text or "" for text in paragraph.iter(f"{_A}t")))
