"""Plain text in any encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from core.errors import DamagedFile, LimitExceeded
from core.weights import sha256_of
from ingestion.readers.reading import Layout, Reading

# Beyond this a text is a data dump: reading it takes minutes, embedding it hours, and nobody can check an answer in it.
TEXT_LIMIT = 64 * 2**20
SAMPLE = 256 * 1024

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is a prefix of it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = "it is named as text and holds binary data. Give it the ending of its real type."
_BINARY = bytes(code for code in range(0x20) if code not in b"\t\n\x0b\x0c\r\x1b\x08")


def encoding_of(sample: bytes) -> str | None:
    """The encoding of a text's first bytes, by Python's name; None where the bytes are no text at all."""
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding
    if wide := _utf_16_without_mark(sample):
        return wide
    if len(sample) - len(sample.translate(None, _BINARY)) > max(4, len(sample) // 50):
        return None
    return "utf-8" if _is_utf_8(sample) else _chinese(sample) or _guessed(sample)


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of the bytes, their encoding detected; one that is `declared` settles what else would be a guess.

    Raises DamagedFile where they are no text.
    """
    encoding = encoding_of(data[:SAMPLE])
    if encoding is None:
        raise DamagedFile(_NO_TEXT)
    if declared and not encoding.startswith("utf") and _decodes(data, declared):
        encoding = declared
    return data.decode(encoding, errors="replace")


def file_encoding(path: Path, name: str) -> str:
    """The encoding of a text file that is going to be streamed. Raises DamagedFile where it is no text."""
    with path.open("rb") as file:
        encoding = encoding_of(file.read(SAMPLE))
    if encoding is None:
        raise DamagedFile(f"Reading {name}: {_NO_TEXT}")
    return encoding


def read_decoded(path: Path, name: str, declared: str | None = None) -> str:
    """The text of a whole file, in the encoding that it declares if that is possible.

    Raises LimitExceeded over TEXT_LIMIT, DamagedFile where it is no text.
    """
    size = path.stat().st_size
    if size > TEXT_LIMIT:
        raise LimitExceeded(
            f"Reading {name}: it is {size / 2**20:.0f} MiB of text; up to {TEXT_LIMIT // 2**20} MiB is read. "
            "Split it into smaller files, or keep only the part that matters."
        )
    try:
        return decode(path.read_bytes(), declared)
    except DamagedFile as error:
        raise DamagedFile(f"Reading {name}: {error}") from error


def read_text(path: Path, name: str, media_type: str = "text/plain") -> Iterator[Reading]:
    """A plain text as one document; hard-wrapped lines are joined into their paragraphs."""
    layout = Layout()
    lines = list(paragraphs(read_decoded(path, name)))
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        level = heading_level(line)
        # A heading stands above text; capitals among capitals are a form or a list.
        if level and following and not heading_level(following):
            layout.add("heading", line, level)
        else:
            layout.add("text", line)
    yield Reading(layout.document(name, media_type, sha256_of(path)))


_NAMED = re.compile(
    r"(?P<outer>(article|chapter|part|schedule|exhibit|annex|appendix)\s+([ivxlc]+|[0-9]+|[a-z])\b"
    r"|第[一二三四五六七八九十百零〇0-9]+[编章])|section\s+[0-9]|第[一二三四五六七八九十百零〇0-9]+节",
    re.IGNORECASE,
)


def heading_level(line: str) -> int:
    """How deep a heading a line of plain text is by its look, 0 where it is none.

    A short line without a full stop: named ("Article 4", "第三章 …"), or all in capitals.
    """
    line = re.sub(r"^([0-9]+\..*)[.:]$", r"\1", line.strip())  # "7. TERM."
    if not 4 <= len(line) <= 80 or line[-1] in ".,;:。，；：":
        return 0
    if named := _NAMED.match(line):
        return 1 if named["outer"] else 2
    capitals = sum(character.isupper() for character in line)
    return int(capitals >= 4 and line.upper() == line and capitals * 2 >= len(line))


def paragraphs(text: str) -> Iterator[str]:
    """The lines of a text, each paragraph that was broken to fit a width put together again.

    A line goes on in the next when the next one's first word would not have fitted. That takes three lines to see;
    shorter paragraphs are measured by the longer ones. Lists, logs, verse and addresses stay as they are.
    """
    text = _LOST_LINES.sub(
        lambda line: re.sub(" {4,}", "\n\n", line[0]), text.replace("\r\n", "\n").replace("\r", "\n")
    )
    found = [
        [line.rstrip() for line in paragraph.split("\n") if line.strip()]
        for paragraph in re.split(r"\n[ \t\f\v]*\n+", text)
    ]
    sure = [len(lines) > 2 and _is_wrapped(lines, max(map(len, lines))) for lines in found]
    width = max((len(line) for lines, wrapped in zip(found, sure, strict=True) if wrapped for line in lines), default=0)
    for lines, wrapped in zip(found, sure, strict=True):
        if wrapped or (len(lines) == 2 and _is_wrapped(lines, width)):
            yield " ".join(line.strip() for line in lines)
        else:
            yield from lines


def _is_wrapped(lines: list[str], width: int) -> bool:
    return (
        50 <= width <= 120
        and all(
            width - len(following.split(maxsplit=1)[0]) - 1 < len(line) <= width + 5
            and line.count(" ") > 2  # a list of addresses is no prose
            and not _ITEM.match(following)
            for line, following in zip(lines, lines[1:], strict=False)
        )
    )


# A line this long is a text whose line ends became spaces, four or more of them where a paragraph ended.
_LOST_LINES = re.compile(r"[^\n]{1500,}")
# Bullets, numbers of items, dates and times.
_ITEM = re.compile(r"\s*([-*•–]\s|\(?[0-9]{1,3}[.)]\s|\(?[a-zA-Z][.)]\s|\[?[0-9]{1,4}[-/.:][0-9])")


def _decodes(data: bytes, encoding: str) -> bool:
    """Whether the bytes are valid, a character cut off at their end allowed."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf_8(sample: bytes) -> bool:
    """Whether the bytes are UTF-8, here and there a broken character allowed: no other encoding looks like that."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken * 20 <= sum(character > "\x7f" for character in text) - broken if broken else True


def _utf_16_without_mark(sample: bytes) -> str | None:
    if len(sample) < 4 or b"\0" not in sample:
        return None
    half = len(sample) // 2
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05 and _decodes(sample, "utf-16-le"):
        return "utf-16-le"
    if even > 0.4 and odd < 0.05 and _decodes(sample, "utf-16-be"):
        return "utf-16-be"
    return None


_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_OFTEN_GB = re.compile(rb"[\xa3\xb0-\xd7][\xa1-\xfe]|\xa1[\xa2-\xbf]")
_OFTEN_BIG5 = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|\xa1[\x41-\x7e]")


def _chinese(sample: bytes) -> str | None:
    """GB18030 or Big5 where nearly all characters beyond ASCII are among the few thousand that people write.

    Statistics over whole texts guess wrong on a line or two of Chinese, which is what most small files hold.
    """
    pairs = _PAIR.findall(sample)
    if not pairs or sum(byte >= 0x80 for byte in sample) > sum(1 + (pair[1] >= 0x80) for pair in pairs) * 1.1:
        return None
    shares = {
        "gb18030": sum(bool(_OFTEN_GB.match(pair)) for pair in pairs) / len(pairs),
        "big5hkscs": sum(bool(_OFTEN_BIG5.match(pair)) for pair in pairs) / len(pairs),
    }
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] > 0.85 and _decodes(sample, best) else None


def _guessed(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    if _decodes(sample, "cp1252") and not _NOT_WESTERN.search(sample.decode("cp1252", "ignore")):
        return "cp1252"
    best = from_bytes(sample[:65536]).best()
    return best.encoding if best else "latin-1"


# Signs inside words, signs and capitals among small letters, and letters that few languages use: what text of another
# code page becomes when it is taken for Western European.
_NOT_WESTERN = re.compile(
    r"[^\W\d_][¡-¶¸-¿×÷ˆ˜†‡•…‰‹›€‚„ƒ]+[^\W\d_]|[a-zß-ÿ][À-ÖØ-Þ]|[ðþýÐÞÝ]|[À-ÿ]{4}|[¼½¾¹²³][a-z]|¿$"
)
