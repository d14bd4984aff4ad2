"""RUN/manifest.json: what each stage of a tuned model was made of, and gave; one key a stage."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.weights import sha256_of

NAME = "manifest.json"
ROOM = 64 * 2**20
"""Bytes left over on the disk after a file was written."""


def read(run: Path, name: str = NAME) -> dict[str, Any]:
    """All stages; empty where none has run. Raises UsageError for a file that is not JSON."""
    path = run / name
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"Reading {path}: {error}. Remove it; the stages are then run again.") from error
    return found


def record(run: Path, stage: str, table: dict[str, Any]) -> None:
    """Writes what a stage gave beside the others', whole or not at all."""
    write(run / NAME, read(run) | {stage: table})


def write(path: Path, table: dict[str, Any]) -> None:
    """Writes JSON, whole or not at all. Raises UsageError."""
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", encoding="utf-8") as file:
            json.dump(table, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):  # where even its folder is none, nothing was written
            partial.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def unwritable(path: Path, error: Exception) -> UsageError:
    """The error of a file or folder that could not be written."""
    return UsageError(
        f"Writing {path}: {getattr(error, 'strerror', None) or error}. Nothing was left half written; make room or "
        "give another folder, then run the same command again."
    )


def is_full(folder: Path) -> bool:
    """Whether next to nothing fits on the folder's disk any more."""
    return shutil.disk_usage(folder).free < 2**20


def room_for(path: Path, size: int) -> None:
    """Sees to it that `size` bytes fit beside `path`, in a folder that is made. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(path.parent).free
    except OSError as error:
        raise unwritable(path, error) from error
    if free < size + ROOM:
        raise UsageError(
            f"Writing {path}: it takes {size / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free on that disk. Make room "
            "or give another folder, then run the same command again."
        )


@contextmanager
def working_folder(path: Path) -> Iterator[Path]:
    """An empty folder that is gone afterwards; what a killed run left in it goes first.

    Raises UsageError, also for what cannot be written into it.
    """
    shutil.rmtree(path, ignore_errors=True)
    try:
        path.mkdir(parents=True)
        yield path
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        shutil.rmtree(path, ignore_errors=True)


def folder_sha256(folder: Path) -> str:
    """The SHA-256 of the names and contents of a folder's files, in order."""
    sums = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            sums.update(f"{file.relative_to(folder).as_posix()} {sha256_of(file)}\n".encode())
    return sums.hexdigest()


def versions(*packages: str) -> dict[str, str]:
    """The versions of installed packages."""
    return {name: metadata.version(name) for name in packages}
