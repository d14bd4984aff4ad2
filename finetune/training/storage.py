"""What training keeps on the disk, each file whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import UsageError


def kept(path: Path, write: Callable[[Path], None]) -> None:
    """Lets `write` fill a file or folder beside `path`, then puts it in its place.

    Raises UsageError where that fails, as on a full disk; what was there before then stays.
    """
    from safetensors import SafetensorError

    partial = path.with_name(f"{path.name}.partial")
    _remove(partial)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(partial)
        if path.is_dir():
            shutil.rmtree(path)
        partial.replace(path)
    except Exception as error:
        _remove(partial)
        # torch's writer says RuntimeError where a disk is full, and that of tokenizers no more than Exception
        if not isinstance(error, OSError | RuntimeError | SafetensorError) and type(error) is not Exception:
            raise
        free = shutil.disk_usage(path.parent).free / 1e6 if path.parent.is_dir() else 0
        said = (getattr(error, "strerror", None) or str(error)).strip().split("\n")[0]
        if free < 1 and not isinstance(error, OSError):  # torch tells the places in its file that differ
            said = "the disk is full"
        raise UsageError(
            f"Writing {path}: {said} ({free:.0f} MB are free there). Nothing was left half written; make room or give "
            "another folder, then run the same command again: it goes on from what it had kept."
        ) from error


def kept_text(path: Path, text: str) -> None:
    """Writes a text; see `kept`."""

    def write(partial: Path) -> None:
        partial.write_text(text, encoding="utf-8")

    kept(path, write)


def append(path: Path, values: dict[str, Any]) -> None:
    """Adds one JSON line. Raises UsageError."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line(values))
    except OSError as error:
        raise UsageError(
            f"Writing {path}: {error.strerror or error}. Make room, then run the same command again."
        ) from error


def line(values: dict[str, Any]) -> str:
    """Values as one line of JSON."""
    return json.dumps(values) + "\n"


def lines(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file; none where it is not there. One cut short by a kill is left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def _remove(path: Path) -> None:
    with suppress(NotADirectoryError):  # where even its folder is none, nothing was written
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
