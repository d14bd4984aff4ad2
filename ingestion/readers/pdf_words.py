"""What stands on one page of a PDF: pieces of text with their place, size and weight."""

from __future__ import annotations

import ctypes
import math
import re
from bisect import bisect_left
from collections import Counter
from typing import Any, NamedTuple

from ingestion.clean import normalise
from ingestion.readers.pdf_rules import Place, Rectangle, Rules, rules_of, unchecked

_LINE = re.compile(r"[^\r\n]+")
_WORD = re.compile(r"[^\s\x00\x02\ufffe]+[\x02\ufffe]?")
_HYPHEN = re.compile("[\x00\x02\ufffe\t]")
_LEADER = re.compile(r"\s*(?:[.·…_]{4,}|(?:\. ){4,}\.?|…{2,})\s*")
_BOLD = re.compile(r"bold|black|heavy|demi|-bd\b|,b|medi$|cmb|sfbx", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|fixed|cmtt", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_GAP = 0.5
"""A gap wider than this many line heights ends a piece; the layout joins again what belongs to one line."""
_SIDE_BY_SIDE = 3
"""Up to so many gaps a page needs no search for the ruled lines of tables."""


class Piece(NamedTuple):
    """Words on one line without a wide gap between them. The origin is the lower left of the page as it is read.

    `size` is the height of its font's line, `bold` and `mono` speak of all its words.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool = False
    mono: bool = False
    aside: bool = False
    """Set across the direction in which the page is read, or askew."""


class Frame(NamedTuple):
    """How a page is turned before it is read: by `turn` degrees from the way it is shown.

    `width` and `height` are those of the page as shown, in points.
    """

    turn: int
    width: float
    height: float

    def shown(self, left: float, bottom: float, right: float, top: float) -> Rectangle:
        """A box of the page as read, on the page as shown."""
        if self.turn == 90:
            return self.width - top, left, self.width - bottom, right
        if self.turn == 180:
            return self.width - right, self.height - top, self.width - left, self.height - bottom
        if self.turn == 270:
            return bottom, self.height - right, top, self.height - left
        return left, bottom, right, top

    def read(self, left: float, bottom: float, right: float, top: float) -> Rectangle:
        """A box of the page as shown, on the page as read."""
        width, height = (self.height, self.width) if self.turn in (90, 270) else (self.width, self.height)
        return Frame(-self.turn % 360, width, height).shown(left, bottom, right, top)


def words_of(page: Any) -> tuple[list[Piece], Rules, Frame]:
    """The page's text in the order of its content, its ruled lines, and how it is turned.

    `page` is a pypdfium2 PdfPage. Most of its words decide which way it is read.
    """
    textpage = page.get_textpage()
    try:
        return _Reader(page, textpage.raw).read()
    finally:
        textpage.close()


class _Word(NamedTuple):
    """One word of a line: which characters it is, and where. `height` is that of its font's line."""

    start: int
    end: int
    left: float
    bottom: float
    right: float
    top: float
    height: float


class _Reader:
    """Reads one page. Calls into PDFium are the cost: two a word, four a piece."""

    def __init__(self, page: Any, raw: Any) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._page = page
        self._raw = raw
        self._fonts: dict[bytes, tuple[bool, bool]] = {}
        self._name = ctypes.create_string_buffer(64)
        self._flags = ctypes.c_int()
        self._address = ctypes.cast(raw, ctypes.c_void_p).value
        self._rect = (ctypes.c_float * 4)()  # as FS_RECTF: left, top, right, bottom
        self._sides = [ctypes.c_double() for _ in range(4)]
        self._at_sides = [ctypes.addressof(side) for side in self._sides]
        self._count = unchecked(pdfium.FPDFText_CountRects, ctypes.c_int, ctypes.c_int, ctypes.c_int)
        self._side = unchecked(pdfium.FPDFText_GetRect, ctypes.c_int, ctypes.c_int, *[ctypes.c_void_p] * 4)
        self._box = unchecked(pdfium.FPDFText_GetLooseCharBox, ctypes.c_int, ctypes.c_int, ctypes.c_void_p)

    def read(self) -> tuple[list[Piece], Rules, Frame]:
        text = self._text()
        spans = [(line.start(), line.end(), self._angle(line.start())) for line in _LINE.finditer(text)]
        letters: Counter[int | None] = Counter()
        for start, end, angle in spans:
            letters[angle] += end - start
        own = next((angle for angle, _ in letters.most_common() if angle is not None), 0)
        frame = Frame((own - self._page.get_rotation()) % 360, *self._page.get_size())
        place = placement(self._page, frame)
        lines = [(self._measured(text, start, end), angle == own) for start, end, angle in spans]
        if place is not None:
            lines = [([_placed(word, place) for word in words], along) for words, along in lines]
        straight = [run for words, along in lines if along for run in _runs(words)]
        rules = rules_of(self._page, place) if _side_by_side(straight) > _SIDE_BY_SIDE else Rules([], [])
        if rules.upright:
            upright = sorted(rules.upright)
            straight = [part for run in straight for part in self._at_rules(text, run, upright, place)]
        pieces = [piece for run in straight for piece in self._pieces(text, run)]
        pieces += [piece for words, along in lines if words and not along for piece in _aside(text, words)]
        return pieces, rules, frame

    def _text(self) -> str:
        """All characters, one for each index that PDFium counts."""
        pdfium, raw = self._pdfium, self._raw
        count = max(0, pdfium.FPDFText_CountChars(raw))
        buffer = (ctypes.c_ushort * (count + 1))()
        if pdfium.FPDFText_GetText(raw, 0, count, buffer) == count + 1:
            text = bytes(buffer)[: 2 * count].decode("utf-16-le", "surrogatepass")
            if len(text) == count:
                return text
        # PDFium left some out, or wrote one as two, so that positions would shift: ask one by one.
        return "".join(chr(pdfium.FPDFText_GetUnicode(raw, index)) for index in range(count))

    def _angle(self, index: int) -> int | None:
        """The direction of the line in the page's own space, in quarter turns of 0 to 270 degrees; None is askew."""
        degrees = math.degrees(max(0.0, self._pdfium.FPDFText_GetCharAngle(self._raw, index))) % 360
        quarter = round(degrees / 90) * 90
        return quarter % 360 if abs(degrees - quarter) < 3 else None

    def _measured(self, text: str, start: int, end: int) -> list[_Word]:
        return self._whole(text, start, end) or self._words(text, start, end)

    def _whole(self, text: str, start: int, end: int) -> list[_Word]:
        """The line as one long word where no gap in it can be wide; [] where it must be looked at word by word.

        PDFium tells the box of each text object in a line; a line is mostly one or a few. Gaps between them are seen,
        and a gap within one shows in how much room its characters take.
        """
        line = text[start:end]
        words = line.count(" ") + 1
        boxes = self._count(self._address, start, end - start) if words > 3 and not _HYPHEN.search(line) else 0
        if not 0 < boxes < words:
            return []
        middle = start + len(line) // 2
        middle += text[middle] == " "
        self._box(self._address, middle, ctypes.addressof(self._rect))
        _, top, _, bottom = self._rect
        height = top - bottom
        left, right = self._edges(boxes, height)
        if not left < right or right - left > 0.55 * height * len(line):
            return []
        return [_Word(start, end, left, bottom, right, top, height)]

    def _edges(self, boxes: int, height: float) -> tuple[float, float]:
        """Where the line begins and ends; (0, 0) where its boxes do not follow each other closely."""
        left, top, right, bottom = self._sides
        begins = ends = 0.0
        for index in range(boxes):
            self._side(self._address, index, *self._at_sides)
            if index == 0:
                begins = left.value
            elif not -height < left.value - ends < _GAP * height:
                return 0.0, 0.0
            ends = right.value
        return begins, ends

    def _words(self, text: str, start: int, end: int) -> list[_Word]:
        """The words of a line, in the page's own space. There are hundreds on a page, so no call that can be spared."""
        words: list[_Word] = []
        box, raw, at, rect = self._box, self._address, ctypes.addressof(self._rect), self._rect
        for match in _WORD.finditer(text, start, end):
            first, last = match.span()
            box(raw, first, at)
            left, top, right, bottom = rect
            height = top - bottom
            if last - first > 1:
                box(raw, last - 1, at)
                left_, top_, right_, bottom_ = rect
                left = left_ if left_ < left else left
                bottom = bottom_ if bottom_ < bottom else bottom
                right = right_ if right_ > right else right
                top = top_ if top_ > top else top
            words.append(_Word(first, last, left, bottom, right, top, height))
        return words

    def _at_rules(
        self, text: str, words: list[_Word], upright: list[tuple[float, float, float]], place: Place | None
    ) -> list[list[_Word]]:
        """The words of a run, parted where an upright rule stands between two; the rules are sorted."""
        middle = (words[0].bottom + words[0].top) / 2
        near = upright[bisect_left(upright, (words[0].left,)) : bisect_left(upright, (words[-1].right,))]
        crossing = [x for x, bottom, top in near if bottom < middle < top]
        if not crossing:
            return [words]
        if len(words) == 1:
            words = self._words(text, words[0].start, words[0].end)
            words = words if place is None else [_placed(word, place) for word in words]
        runs = [words[:1]]
        for one, other in zip(words, words[1:], strict=False):
            if any(one.right - 1 <= x <= other.left + 1 for x in crossing):
                runs.append([other])
            else:
                runs[-1].append(other)
        return runs

    def _pieces(self, text: str, words: list[_Word]) -> list[Piece]:
        joined = _said(text, words)
        if not joined:
            return []
        bold, mono = self._font(words[0].start)
        last = text.rfind(" ", 0, words[-1].end - 1) + 1
        if bold and last > words[0].start:
            bold = self._font(last)[0]
        size = round(sorted(word.height for word in words)[len(words) // 2], 1)
        piece = Piece(joined, *_around(words), size, bold, mono)
        leader = _LEADER.search(joined) if ".." in joined or ". ." in joined or "…" in joined else None
        return _around_leader(piece, leader) if leader else [piece]

    def _font(self, index: int) -> tuple[bool, bool]:
        """Whether the character is set bold, and in a font of one width."""
        self._pdfium.FPDFText_GetFontInfo(self._raw, index, self._name, 64, self._flags)
        known = self._fonts.get(self._name.value)
        if known is None:
            name, flags = self._name.value.decode("latin-1"), self._flags.value
            known = bool(_BOLD.search(name)) or bool(flags & 1 << 18), bool(_MONO.search(name)) or bool(flags & 1)
            self._fonts[self._name.value] = known
        return known


def _side_by_side(runs: list[list[_Word]]) -> int:
    """How often text stands beside other text: a run of words that does not begin below the one before."""
    return sum(1 for one, other in zip(runs, runs[1:], strict=False) if other[0].top > one[0].bottom + 1)


def _runs(words: list[_Word]) -> list[list[_Word]]:
    """The words of a line, parted where a wide gap is between two, or the second stands higher or lower."""
    runs = [words[:1]] if words else []
    for one, other in zip(words, words[1:], strict=False):
        height = one.height if one.height > other.height else other.height
        near = -height < other.left - one.right < _GAP * height
        if near and one.bottom < other.top - 0.3 * height and other.bottom < one.top - 0.3 * height:
            runs[-1].append(other)
        else:
            runs.append([other])
    return runs


def _aside(text: str, words: list[_Word]) -> list[Piece]:
    said = _said(text, words)
    if not said:
        return []
    left, bottom, right, top = _around(words)
    return [Piece(said, left, bottom, right, top, round(min(right - left, top - bottom), 1), aside=True)]


def _said(text: str, words: list[_Word]) -> str:
    return " ".join(normalise(_decode(" ".join([text[word.start : word.end] for word in words]))).split())


def _placed(word: _Word, place: Place) -> _Word:
    left, bottom, right, top = place(*word[2:6])
    return _Word(word.start, word.end, left, bottom, right, top, top - bottom)


def placement(page: Any, frame: Frame) -> Place | None:
    """A function from a box in the page's own space to the page as read: crop box, rotation and frame.

    None where both are the same.
    """
    left, bottom, right, top = page.get_bbox()
    turn = (page.get_rotation() + frame.turn) % 360
    if not (turn or left or bottom):
        return None

    def place(x0: float, y0: float, x1: float, y1: float) -> Rectangle:
        if turn == 90:
            return y0 - bottom, right - x1, y1 - bottom, right - x0
        if turn == 180:
            return right - x1, top - y1, right - x0, top - y0
        if turn == 270:
            return top - y1, x0 - left, top - y0, x1 - left
        return x0 - left, y0 - bottom, x1 - left, y1 - bottom

    return place


def _around(words: list[_Word]) -> Rectangle:
    if len(words) == 1:
        return words[0][2:6]
    return (
        min([word.left for word in words]),
        min([word.bottom for word in words]),
        max([word.right for word in words]),
        max([word.top for word in words]),
    )


def _around_leader(piece: Piece, leader: re.Match[str]) -> list[Piece]:
    """The two ends of a line of dots, as in a table of contents; places are in proportion to the characters."""
    width = (piece.right - piece.left) / len(piece.text)
    before, after = piece.text[: leader.start()], piece.text[leader.end() :]
    ends = []
    if before:
        ends.append(piece._replace(text=before, right=piece.left + width * leader.start()))
    if after:
        ends.append(piece._replace(text=after, left=piece.left + width * leader.end()))
    return ends


def _decode(words: str) -> str:
    """PDFium marks a hyphen at the end of a line as U+0002 or U+FFFE and splits characters beyond the BMP in two."""
    words = words.replace("\x02", "-").replace("\ufffe", "-")
    if _SURROGATE.search(words):
        return words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return words
