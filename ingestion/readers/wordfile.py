"""Word files flattened, so that a reader of plain paragraphs and tables sees all that Word shows."""

from __future__ import annotations

from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

from ingestion.readers.webpage import RAISED

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_VAL = f"{_W}val"
_WRAPPERS = (f"{_W}ins", f"{_W}moveTo", f"{_W}smartTag", f"{_W}sdtContent", f"{_W}customXml", f"{_W}dir", f"{_W}bdo")
_GONE = (f"{_W}del", f"{_W}moveFrom", f"{_W}sdtPr", f"{_W}sdtEndPr", f"{_MC}Fallback")


def flattened(path: Path) -> BytesIO:
    """The Word file as it reads with all changes accepted.

    Tracked insertions and content controls are unwrapped, deletions dropped; the paragraphs of a text box, and the
    foot- and endnotes, follow the paragraph that they hang on; formulas become runs of their plain symbols. Raises
    what python-docx raises.
    """
    import docx

    with path.open("rb") as source:
        document = docx.Document(source)
    body = document.element.body
    _name_headings(document)
    for element in list(body.iter(*_GONE)):
        element.getparent().remove(element)
    _remove_contents(document, body)
    _notes_into(document, body)
    for element in list(body.iter(*_WRAPPERS)):
        _unwrap(element)
    for element in list(body.iter(f"{_W}sdt")):
        _unwrap(element)
    for run in body.iter(f"{_W}r"):
        _raise_figures(run)
    for formula in list(body.iter(f"{_M}oMath")):
        _formula_to_run(formula)
    for box in list(body.iter(f"{_W}txbxContent")):
        _move_out(box)
    file = BytesIO()
    document.save(file)
    file.seek(0)
    return file


def _name_headings(document: Any) -> None:
    """Call each style that has an outline level by the name of the built-in heading of that level."""
    for style in document.styles.element.iter(f"{_W}style"):
        level = style.find(f"{_W}pPr/{_W}outlineLvl")
        name = style.find(f"{_W}name")
        if level is None or name is None or (name.get(_VAL) or "").lower() in ("title", "subtitle"):
            continue
        if (level.get(_VAL) or "") in "012345678":
            name.set(_VAL, f"heading {int(level.get(_VAL)) + 1}")


def _remove_contents(document: Any, body: Any) -> None:
    """Drop the table of contents: it repeats every heading and says nothing."""
    styles = document.styles.element.iter(f"{_W}style")
    names = {style.get(f"{_W}styleId"): style.find(f"{_W}name") for style in styles}
    contents = {
        key for key, name in names.items() if name is not None and name.get(_VAL, "").lower().startswith("toc ")
    }
    for style in list(body.iter(f"{_W}pStyle")):
        if style.get(_VAL) in contents:
            paragraph = next(style.iterancestors(f"{_W}p"))
            paragraph.getparent().remove(paragraph)


def _raise_figures(run: Any) -> None:
    """10⁵ and not 105: figures set above the line become superscript characters."""
    if run.find(f"{_W}rPr/{_W}vertAlign[@{_VAL}='superscript']") is not None:
        for text in run.iter(f"{_W}t"):
            if text.text and not text.text.translate(dict.fromkeys(RAISED)):
                text.text = text.text.translate(RAISED)


def _unwrap(element: Any) -> None:
    parent = element.getparent()
    at = parent.index(element)
    parent[at : at + 1] = list(element)


def _formula_to_run(formula: Any) -> None:
    run = formula.makeelement(f"{_W}r")
    text = formula.makeelement(f"{_W}t")
    text.text = _plain(formula)
    run.append(text)
    parent = formula.getparent()
    if parent.tag == f"{_M}oMathPara":
        formula, parent = parent, parent.getparent()
    if parent.tag == f"{_W}p":
        parent.replace(formula, run)


def _plain(formula: Any) -> str:
    """A formula on one line: a/b for fractions, superscript characters or ^ for powers."""
    parts = {str(part.tag).rpartition("}")[2]: _plain(part) for part in formula}
    if formula.tag == f"{_M}t":
        return formula.text or ""
    if formula.tag == f"{_M}f":
        return f"({parts.get('num', '')})/({parts.get('den', '')})"
    if formula.tag == f"{_M}d":
        return "(" + ", ".join(_plain(part) for part in formula.iter(f"{_M}e") if part.getparent() is formula) + ")"
    if formula.tag == f"{_M}sSup":
        power = parts.get("sup", "")
        raised = power.translate(RAISED) if not power.translate(dict.fromkeys(RAISED)) else f"^({power})"
        return parts.get("e", "") + raised
    return "".join(_plain(part) for part in formula)


def _move_out(box: Any) -> None:
    """Put the paragraphs of a text box behind the outermost paragraph that it hangs on."""
    anchor = next((above for above in box.iterancestors(f"{_W}p")), None)
    if anchor is None:
        return
    for paragraph in reversed(list(box)):
        anchor.addnext(paragraph)


def _notes_into(document: Any, body: Any) -> None:
    from lxml import etree

    for kind in ("footnote", "endnote"):
        part = next((rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith(f"/{kind}s")), None)
        marks = list(body.iter(f"{_W}{kind}Reference"))
        if part is None or not marks:
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        notes = {note.get(f"{_W}id"): note for note in etree.fromstring(part.blob, parser)}
        for mark in reversed(marks):
            note = notes.get(mark.get(f"{_W}id"))
            paragraph = next(mark.iterancestors(f"{_W}p"), None)
            if note is None or paragraph is None:
                continue
            for line in reversed(note.findall(f"{_W}p")):
                paragraph.addnext(_plain_paragraph(paragraph, line))


def _plain_paragraph(like: Any, line: Any) -> Any:
    paragraph = like.makeelement(f"{_W}p")
    for run in line.iter(f"{_W}r"):
        copy = like.makeelement(f"{_W}r")
        copy.extend([deepcopy(text) for text in run.iter(f"{_W}t", f"{_W}tab", f"{_W}br")])
        paragraph.append(copy)
    return paragraph
