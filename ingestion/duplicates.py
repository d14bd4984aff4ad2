"""Exact and near duplicates.

An exact duplicate has the same fingerprint: the same letters, digits and signs of number, whatever the case, the
punctuation, the spaces and the width. Two contracts that differ in one figure are no exact duplicates. A near
duplicate shares most of its three-word shingles, estimated by MinHash.

MinHash is written out here because the library for it, datasketch, brings 143 MB of scipy and a second of import to
every process that reads documents. The permutations are its: the hash mixed once, then a * h + b modulo 2^32, a odd.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from zlib import crc32

import numpy as np

from ingestion.chinese import HAN, fold_width

NEAR = 0.9
"""Similarity from which two documents are near duplicates. Both are kept: one figure may be all the difference."""

_PERMUTATIONS = 120
_FACTORS, _OFFSETS = (
    np.frombuffer(hashlib.shake_256(b"pincite").digest(8 * _PERMUTATIONS), "<u4").astype(np.uint32).reshape(2, -1, 1)
)
_FACTORS = _FACTORS | np.uint32(1)

_WORD = re.compile(rf"[^\W_{HAN}]+|[{HAN}]|(?<!\w)[-−](?=\d)|(?<=\d)[.,:/](?=\d)|[%‰$€£¥°±<>=≤≥+]")
_SPACE = re.compile(r"\s")
_SLICE = 500_000  # characters that are taken into words at a time
_BATCH = 2000  # shingles whose 120 permutations fit the processor's cache
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def fingerprint(text: str) -> str:
    """32 hex digits, the same for texts that say the same letters and numbers in the same order."""
    digest = hashlib.sha256()
    for words in _words(text):
        digest.update(("\0".join(words) + "\0").encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def signature(text: str) -> bytes:
    """The MinHash of the text's three-word shingles (of Han characters, three in a row): 120 numbers of 32 bits.

    A text without a word has the empty signature, which is like no other.
    """
    least = np.full(_PERMUTATIONS, 2**32 - 1, dtype=np.uint32)
    before: list[str] = []
    for words in _words(text):
        words = before + words
        shingles = {"\0".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))}
        hashes = (crc32(shingle.encode("utf-8", "surrogatepass")) for shingle in shingles)
        mixed = _mixed(np.fromiter(hashes, dtype=np.uint32, count=len(shingles)))
        for at in range(0, len(mixed), _BATCH):
            np.minimum(least, (_FACTORS * mixed[at : at + _BATCH] + _OFFSETS).min(axis=1), out=least)
        before = words[-2:]
    return least.astype("<u4").tobytes() if before else b""


def _mixed(hashes: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """MurmurHash3's finalizer: like inputs become unlike, which a CRC alone does not see to."""
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))


def similarity(first: bytes, second: bytes) -> float:
    """The share of shingles that two texts have in common, 0 to 1, estimated to about ±.04 from their signatures."""
    if not first or not second:
        return 0.0
    return float(np.mean(np.frombuffer(first, "<u4") == np.frombuffer(second, "<u4")))


def _words(text: str) -> Iterator[list[str]]:
    """The words, slice by slice, so that a large text does not lie in memory word by word."""
    start = 0
    while start < len(text):
        space = _SPACE.search(text, start + _SLICE)
        end = space.start() if space else len(text)
        folded = unicodedata.normalize("NFC", fold_width(text[start:end])).casefold()
        if words := _WORD.findall(_THOUSANDS.sub("", folded)):
            yield words
        start = end
