"""What stands on one page: pieces of text with their place, size and weight, straight from PDFium."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

Rectangle: TypeAlias = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Place: TypeAlias = Callable[[float, float, float, float], Rectangle]

_WORD = re.compile(r"[^\s\x00]+")
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|-bd|,b", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|code|fixed|cmtt", re.IGNORECASE)
_GAP = 1.0
"""A gap wider than this many font sizes parts two pieces of a line: two columns, or two cells of a table."""


class Piece(NamedTuple):
    """A run of words on one line without a wide gap. Points, the origin in the lower left of the page as shown."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool = False
    mono: bool = False
    upright: bool = True


def pieces_of(page: Any) -> list[Piece]:
    """The page's text in the order of its content, as pieces. `page` is a pypdfium2 PdfPage."""
    textpage = page.get_textpage()
    try:
        return _Reader(page, textpage.raw).pieces()
    finally:
        textpage.close()


class _Reader:
    """Reads one text page. Calls into PDFium are the cost, so it asks twice a word and three times a piece."""

    def __init__(self, page: Any, raw: Any) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._raw = raw
        self._place = placement(page)
        self._rect = pdfium.FS_RECTF()
        self._fonts: dict[bytes, tuple[bool, bool]] = {}

    def pieces(self) -> list[Piece]:
        found: list[Piece] = []
        text = self._text()
        for line in re.finditer(r"[^\r\n]+", text):
            found.extend(self._line(text, line.start(), line.end()))
        return found

    def _text(self) -> str:
        """All characters, one for each index that PDFium counts."""
        pdfium, raw = self._pdfium, self._raw
        count = max(0, pdfium.FPDFText_CountChars(raw))
        buffer = (ctypes.c_ushort * (count + 1))()
        written = pdfium.FPDFText_GetText(raw, 0, count, buffer)
        if written == count + 1:
            return bytes(buffer)[: 2 * count].decode("utf-16-le", "surrogatepass").ljust(count)[:count]
        # PDFium left some out, so that positions would shift: ask one by one.
        return "".join(chr(pdfium.FPDFText_GetUnicode(raw, index)) for index in range(count))

    def _line(self, text: str, start: int, end: int) -> list[Piece]:
        pieces: list[Piece] = []
        words: list[tuple[int, int, Rectangle]] = []
        for word in _WORD.finditer(text, start, end):
            box = self._box(word.start(), word.end() - 1)
            if words and not _follows(words[-1][2], box):
                pieces.append(self._piece(text, words))
                words = []
            words.append((word.start(), word.end(), box))
        if words:
            pieces.append(self._piece(text, words))
        return pieces

    def _box(self, first: int, last: int) -> Rectangle:
        get, rect = self._pdfium.FPDFText_GetLooseCharBox, self._rect
        get(self._raw, first, rect)
        left, bottom, right, top = rect.left, rect.bottom, rect.right, rect.top
        if last > first:
            get(self._raw, last, rect)
            left, bottom = min(left, rect.left), min(bottom, rect.bottom)
            right, top = max(right, rect.right), max(top, rect.top)
        return self._place(left, bottom, right, top)

    def _piece(self, text: str, words: list[tuple[int, int, Rectangle]]) -> Piece:
        first = words[0][0]
        boxes = [box for _, _, box in words]
        bold, mono = self._font(first)
        bottom, top = min(box[1] for box in boxes), max(box[3] for box in boxes)
        return Piece(
            " ".join(_decode(text[start:end]) for start, end, _ in words),
            min(box[0] for box in boxes),
            bottom,
            max(box[2] for box in boxes),
            top,
            round(boxes[0][3] - boxes[0][1], 1),
            bold,
            mono,
        )

    def _font(self, index: int) -> tuple[bool, bool]:
        buffer, flags = ctypes.create_string_buffer(64), ctypes.c_int()
        self._pdfium.FPDFText_GetFontInfo(self._raw, index, buffer, 64, flags)
        if buffer.value not in self._fonts:
            name = buffer.value.decode("latin-1")
            bold = bool(_BOLD.search(name)) or bool(flags.value & 1 << 18)
            self._fonts[buffer.value] = bold, bool(_MONO.search(name)) or bool(flags.value & 1)
        return self._fonts[buffer.value]


def placement(page: Any) -> Place:
    """A function from a box in the page's own space to the page as shown: crop box and rotation taken into account."""
    left, bottom, right, top = page.get_bbox()
    turn = page.get_rotation()

    def place(x0: float, y0: float, x1: float, y1: float) -> Rectangle:
        if turn == 90:
            return y0 - bottom, right - x1, y1 - bottom, right - x0
        if turn == 180:
            return right - x1, top - y1, right - x0, top - y0
        if turn == 270:
            return top - y1, x0 - left, top - y0, x1 - left
        return x0 - left, y0 - bottom, x1 - left, y1 - bottom

    return place


def _follows(one: Rectangle, other: Rectangle) -> bool:
    """Whether the second word goes on the line of the first, without a wide gap."""
    height = max(one[3] - one[1], other[3] - other[1], 1.0)
    overlap = min(one[3], other[3]) - max(one[1], other[1])
    return -height < other[0] - one[2] < _GAP * height and overlap > 0.3 * min(one[3] - one[1], other[3] - other[1])


def _decode(word: str) -> str:
    """PDFium marks a hyphen at the end of a line as U+0002 and splits characters beyond the BMP in two."""
    word = word.replace("\x02", "-").replace("\ufffe", "-")
    if any("\ud800" <= letter <= "\udfff" for letter in word):
        return word.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return word
