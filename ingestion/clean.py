"""One spelling for what looks the same, without changing what a reader would quote."""

from __future__ import annotations

import re
import unicodedata

# NFC, and not NFKC: NFKC would turn ² into 2, ① into 1 and ，into a comma, and a quote must stay what the page shows.
# Ligatures are the one compatibility form opened here: nobody types ﬁ when searching for "fire".
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_SPACES = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Soft hyphen, zero-width characters, marks of direction, byte-order mark, object replacement, annotation anchors.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u3164\ufeff\uffa0"
    "\ufff9\ufffa\ufffb\ufffc"
)
# Tags and variation selectors draw nothing, and hide text from people that a model would read.
_TAGS = [chr(code) for code in (*range(0xFE00, 0xFE10), *range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0))]
_CONTROL = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r\x0b\x0c\x85"]
_TABLE = str.maketrans(
    {
        **_LIGATURES,
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys(_INVISIBLE, None),
        **dict.fromkeys(_TAGS, None),
        **dict.fromkeys(_CONTROL, None),
        **dict.fromkeys(map(chr, range(0xD800, 0xE000)), None),  # lone surrogates cannot be stored as UTF-8
        **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    }
)
_CJK = r"\u2e80-\u2fdf\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60"
_BREAK_IN_CJK = re.compile(rf"(?<=[{_CJK}])\s*\n\s*(?=[{_CJK}])")


def normalise(text: str) -> str:
    """The text in canonical spelling; doing it twice changes nothing more.

    NFC; every odd space becomes a plain one; zero-width and control characters and soft hyphens go; ligatures are
    opened; line ends are "\\n"; spaces at the end of a line go; runs of blank lines become one blank line.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_TABLE))
    if "\n" in text:
        text = re.sub(r"\n{3,}", "\n\n", re.sub(r" +\n", "\n", text))
    return text.rstrip(" ")


def one_line(text: str) -> str:
    """The text normalised, with every run of white space as one space; a line break between Chinese characters goes."""
    text = normalise(text)
    return " ".join((_BREAK_IN_CJK.sub("", text) if "\n" in text else text).split())
