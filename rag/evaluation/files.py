"""Files that are written whole or not at all: a reader never meets half of one."""

from __future__ import annotations

import os
from pathlib import Path

from core.errors import UsageError


def check_place(path: Path) -> None:
    """Raises UsageError where no file could be written at `path`: asked before anything is computed for it."""
    folder = path.parent
    if path.is_dir():
        raise UsageError(f"Writing {path}: that is a folder. Give the name of a file.")
    if not folder.is_dir():
        raise UsageError(f"Writing {path}: there is no folder {folder}. Make it, or give another place.")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"Writing {path}: the folder {folder} may not be written. Give another place.")


def make_folder(folder: Path) -> None:
    """Makes the folder and those above it, where it is not there. Raises UsageError where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Making the folder {folder}: {error.strerror}. Give another place.") from error


def write_whole(path: Path, content: str) -> Path:
    """Writes UTF-8 beside the place and renames it there; lone surrogates, which UTF-8 cannot hold, become question
    marks. Gives the path. Raises UsageError where the disk refuses, and leaves what was there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content.encode("utf-8", "replace"))
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"Writing {path}: {error.strerror}. Check the disk, or give another place.") from error
    return path
