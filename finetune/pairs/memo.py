"""What took long to find out, kept line by line, so that a run that was broken off goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self

from core.errors import UsageError


class Memo:
    """Values of JSON by keys, in a file that only grows. A last line that was cut short is cut off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[str, Any] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self._file = path.open("r+b")
        except OSError as error:
            raise _unwritable(path, error) from error
        self._read(self._file)

    def _read(self, file: IO[bytes]) -> None:
        end = 0
        for line in file:
            try:
                key, value = json.loads(line)
            except (ValueError, TypeError):
                break
            if not line.endswith(b"\n"):
                break
            self._held[key] = value
            end += len(line)
        file.seek(end)
        file.truncate()

    def get(self, key: str, find: Callable[[], Any]) -> Any:
        """The value of the key; found out and written down at once where it is new. Raises UsageError, as on a full
        disk."""
        if key not in self._held:
            self._held[key] = find()
            try:
                self._file.write(json.dumps([key, self._held[key]], ensure_ascii=False).encode() + b"\n")
                self._file.flush()
            except OSError as error:
                raise _unwritable(self._path, error) from error
        return self._held[key]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._file.close()
        except OSError as error:  # what could not be flushed before
            raise _unwritable(self._path, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"Making pairs: {path} cannot be written ({error.strerror or error}). Make room or give another folder, then "
        "run the same command again: it goes on where it stopped."
    )
