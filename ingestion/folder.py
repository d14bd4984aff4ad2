"""Which files are meant when someone adds paths, and which of them cannot be taken, with the reason."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.types import FileStatus

LIBRARY_FILE = "library.db"
"""A folder that holds this is a library, and no library is added to another."""

# Characters that make a name look like another on a screen.
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read. `path` is absolute; `name` is relative to `root`, which is what was added, with slashes."""

    path: Path
    name: str
    root: Path
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A path that is not read. `path` is fit to print; `reason` is a sentence."""

    path: str
    reason: str
    status: FileStatus = "failed"


def scan(paths: Sequence[Path]) -> Iterator[SourceFile | Refused]:
    """The files under the paths, in sorted order, each once, however often the paths lead to it.

    Left out without a word: hidden files and folders, office lock files (`~$name`), libraries. A link is
    followed when it is one of the paths, and refused when it is met inside a folder.
    """
    seen: set[Path] = set()
    for given in paths:
        for found in _scan_one(given):
            if isinstance(found, SourceFile):
                if found.path in seen:
                    continue
                seen.add(found.path)
            yield found


def printable(path: str | Path) -> str:
    """The path with every character that a terminal or a line of JSON would trip over written as an escape."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode("ascii")
        for character in str(path)
    )


def _scan_one(given: Path) -> Iterator[SourceFile | Refused]:
    try:
        path = given.expanduser().resolve(strict=True)
        mode = path.stat().st_mode
    except FileNotFoundError:
        yield Refused(printable(given), "There is no such file or folder. Check the path.")
    except (OSError, RuntimeError) as error:
        yield Refused(printable(given), _cannot_open(error))
    else:
        if not stat.S_ISDIR(mode):
            yield _file(path, path.parent)
        elif (path / LIBRARY_FILE).exists():
            yield Refused(printable(given), "This folder is a library itself. Add the folder that holds the documents.")
        else:
            yield from _walk(path)


def _walk(root: Path) -> Iterator[SourceFile | Refused]:
    waiting = [root]  # a stack and not recursion: folders nest deeper than Python does
    while waiting:
        path = waiting.pop()
        try:
            if path.is_symlink():
                yield _link(path, root)
            elif not path.is_dir():
                yield _file(path, root)
            elif not (path / LIBRARY_FILE).exists():
                with os.scandir(path) as entries:
                    names = sorted((entry.name for entry in entries if not _hidden(entry.name)), reverse=True)
                waiting += [path / name for name in names]
        except OSError as error:
            yield Refused(printable(path), _cannot_open(error))


def _hidden(name: str) -> bool:
    return name.startswith((".", "~$"))


def _file(path: Path, root: Path) -> SourceFile | Refused:
    name = path.relative_to(root).as_posix()
    reason = _bad_name(name)
    if reason:
        return Refused(printable(path), reason)
    try:
        found = path.stat()
    except OSError as error:
        return Refused(printable(path), _cannot_open(error))
    special = _SPECIAL.get(stat.S_IFMT(found.st_mode))
    if special:
        return Refused(printable(path), f"This is {special}, not a file with content.", "skipped")
    if not os.access(path, os.R_OK):
        return Refused(printable(path), "This file may not be read by you. Give yourself the right to read it.")
    return SourceFile(path, name, root, found.st_size, found.st_mtime_ns)


def _link(path: Path, root: Path) -> Refused:
    shown = printable(path)
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return Refused(shown, "This link leads nowhere, or round in a circle. Remove it or mend it.")
    if target.is_relative_to(root):
        return Refused(shown, "This link leads to something in the same folder, which is added as itself.", "skipped")
    return Refused(
        shown, f"This link leads out of the folder that was added, to {printable(target)}. Add that path itself."
    )


def _bad_name(name: str) -> str | None:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "The file's name is not valid UTF-8. Rename it."
    if _REORDERING.intersection(name):
        return "The file's name holds characters that reorder what a screen shows, so it would mislead. Rename it."
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in name):
        return "The file's name holds control characters, such as a line break. Rename it."
    return None


def _cannot_open(error: OSError | RuntimeError) -> str:
    if isinstance(error, PermissionError):
        return "This may not be read by you. Give yourself the right to read it."
    if isinstance(error, OSError) and error.strerror:
        return f"This cannot be opened: {error.strerror.lower()}."
    return "This link leads round in a circle. Remove it or mend it."
