"""The originals of uploaded documents, kept under the library's folder so that their pages can be shown."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from core.errors import UsageError

FOLDER = "uploads"
LONGEST = 200  # bytes; file systems take 255, and a temporary name is longer than the name

# Control characters, marks that reorder what a screen shows, and what some file system does not take.
_UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"|?*]')


class Uploads:
    """One flat folder; a document's name is its file's name."""

    def __init__(self, library: Path) -> None:
        self._folder = library.resolve() / FOLDER

    def keep(self, files: Sequence[tuple[str, BinaryIO]]) -> list[Path]:
        """Writes uploaded files, given by name and content, each in place of an earlier one of its name.

        Raises UsageError when two of them have the same name.
        """
        names = [safe_name(name) for name, _ in files]
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"Two of the uploaded files are called {name!r}. Rename one, or upload it later.")
        self._folder.mkdir(parents=True, exist_ok=True)
        return [self._write(name, content) for name, (_, content) in zip(names, files, strict=True)]

    def _write(self, name: str, content: BinaryIO) -> Path:
        """Whole or not at all."""
        path = self._folder / name
        with NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            try:
                shutil.copyfileobj(content, file, 2**20)
                file.close()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
        return path

    def forget(self, sources: Iterable[str]) -> None:
        """Deletes these files, as far as they were uploaded."""
        for source in map(Path, sources):
            if source.parent == self._folder:
                source.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """The last part of a path that a browser sent, as a name that is safe on any file system.

    Never empty, hidden, or able to leave the folder; letters of any script stay.
    """
    last = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, ending = _UNSAFE.sub("_", last).strip(" .").rpartition(".")
    while len(f"{stem}{dot}{ending}".encode()) > LONGEST:
        stem, ending = (stem[:-1], ending) if stem else (stem, ending[:-1])
    return f"{stem}{dot}{ending}".strip(" .") or "unnamed"
