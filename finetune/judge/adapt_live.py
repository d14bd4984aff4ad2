"""A library's own judge put in its place, and taken back: at any instant the library has a whole judge or the shipped.

Where a library's judge lies, `rag.judge.open` looks for the ONNX file; so that one goes first and comes last.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from core.errors import UsageError
from core.weights import sha256_of
from rag.judge.open import FOLDER

PREVIOUS = "previous"
"""Where under the judges' folder the one lies that served before."""


def own(library: Path, spoken: str) -> Path | None:
    """The ONNX file of the library's own judge; None where it has none."""
    path = library / FOLDER / f"judge-{spoken}.onnx"
    return path if path.exists() else None


def previous(library: Path, spoken: str) -> Path | None:
    """The one that `put_back` would bring back, out of the library's own; None where it would be the shipped one."""
    path = library / FOLDER / PREVIOUS / f"judge-{spoken}.onnx"
    return path if path.exists() else None


def trained_on(library: Path, spoken: str) -> frozenset[str]:
    """Fingerprints of the questions that the library's own judge was trained on; none where it has none."""
    path = library / FOLDER / f"judge-{spoken}.adapted.json"
    if own(library, spoken) is None or not path.exists():
        return frozenset()
    return frozenset(json.loads(path.read_text(encoding="utf-8"))["questions"])


def put_live(library: Path, spoken: str, made: Path, questions: Iterable[str]) -> None:
    """Puts the judge in the folder `made` in the library's place for it; the one before it can be had back."""
    present = own(library, spoken)
    onnx, profile, adapted = _files(made, spoken)
    if present and sha256_of(present) == sha256_of(onnx):
        return
    folder, before = library / FOLDER, library / FOLDER / PREVIOUS
    _remove(before, spoken)
    if present:
        _move(folder, before, spoken)
    folder.mkdir(parents=True, exist_ok=True)
    adapted.write_text(json.dumps({"questions": sorted(questions)}) + "\n", encoding="utf-8")
    for file in (adapted, profile, onnx):
        _copy(file, folder / file.name)


def put_back(library: Path, spoken: str) -> str:
    """Takes the library's judge away and puts the one before it in its place; gives a sentence that says which serves.

    Raises UsageError where the library has none of its own.
    """
    folder, before = library / FOLDER, library / FOLDER / PREVIOUS
    if own(library, spoken) is None and previous(library, spoken) is None:
        raise UsageError(
            f"Going back to the judge before: {library} has no judge of its own for {spoken!r}, so the one that is "
            "shipped serves already."
        )
    _remove(folder, spoken)
    if previous(library, spoken):
        _move(before, folder, spoken)
        return f"The judge for {spoken!r} that the library had before serves again."
    return f"The judge for {spoken!r} that Pincite ships serves again."


def _files(folder: Path, spoken: str) -> tuple[Path, Path, Path]:
    onnx = folder / f"judge-{spoken}.onnx"
    return onnx, onnx.with_suffix(".json"), onnx.with_suffix(".adapted.json")


def _remove(folder: Path, spoken: str) -> None:
    for file in _files(folder, spoken):
        file.unlink(missing_ok=True)


def _move(one: Path, other: Path, spoken: str) -> None:
    """The ONNX file comes last, so that it never stands without its profile, and leaves its place at once."""
    other.mkdir(parents=True, exist_ok=True)
    onnx, *beside = _files(one, spoken)
    for file in beside:
        if file.exists():
            _copy(file, other / file.name)
    os.replace(onnx, other / onnx.name)
    for file in beside:
        file.unlink(missing_ok=True)


def _copy(file: Path, to: Path) -> None:
    """Whole or not at all."""
    partial = to.with_name(f".{to.name}.partial")
    shutil.copy(file, partial)
    os.replace(partial, to)
