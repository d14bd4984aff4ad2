"""A folder that something measured is written to as soon as it is known, so that it goes on where it was broken off.

`manifest.json` says what was measured, `questions.jsonl` what was asked; a file of lines holds what is known so far.
What was made with anything else is not mixed up with it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from core.errors import UsageError
from rag.evaluation.files import check_place, make_folder, write_whole
from rag.evaluation.made import differing
from rag.evaluation.questions import Question, write_questions

MANIFEST = "manifest.json"
QUESTIONS = "questions.jsonl"

T = TypeVar("T")


def settle(folder: Path, manifest: Mapping[str, Any], questions: Sequence[Question], remedy: str) -> None:
    """Makes the folder and writes what is measured, or checks that it is what was measured there.

    Raises UsageError, which ends with the `remedy`.
    """
    make_folder(folder)
    path = folder / MANIFEST
    if path.is_file():
        if different := differing(read_json(path), manifest):
            raise UsageError(
                f"Going on with the run in {folder}: it was made with another {', another '.join(different)}. {remedy}"
            )
        return
    if any(folder.iterdir()):
        raise UsageError(f"Making a run in {folder}: it holds other files. {remedy}")
    write_questions(folder / QUESTIONS, questions)
    write_json(path, manifest)


@contextmanager
def opened(path: Path, from_line: Callable[[str], T]) -> Iterator[tuple[IO[str], list[T]]]:
    """The file of lines to add to, and what its lines hold; a last line that was cut short is cut off.

    `from_line` raises ValueError, KeyError or TypeError for a line that is none.
    """
    check_place(path)
    path.touch()
    with path.open("r+", encoding="utf-8", newline="\n") as file:
        held: list[T] = []
        end = 0
        for line in iter(file.readline, ""):
            try:
                one = from_line(line)
            except (ValueError, KeyError, TypeError):
                break
            if not line.endswith("\n"):
                break
            held.append(one)
            end = file.tell()
        file.seek(end)
        file.truncate()
        yield file, held
        os.fsync(file.fileno())


def append(file: IO[str], line: str) -> None:
    """Adds a line, with its end, at once. Raises UsageError where the disk refuses."""
    try:
        file.write(line)
        file.flush()
    except OSError as error:
        raise UsageError(
            f"Writing {file.name}: {error.strerror}. What was asked until then is kept: make room, and give the same "
            "command again."
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """A file's JSON. Raises UsageError."""
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"Reading a run: {path} cannot be read ({error}). Evaluate again in another folder."
        ) from error
    return values


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Writes a file's JSON whole."""
    write_whole(path, json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
