"""A file of questions in, a file of results out; the models load once.

Each line in is {"id", "question"}; each line out is {"id", ...}, written as soon as it is known. A line that is not
a question is named on standard error; a question that fails gets a line {"id", "error", "kind"}. Either makes the
exit status 1.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeAlias

from core.errors import PinciteError, UsageError
from rag.assistant import Assistant
from ui import jsonform
from ui.cli.options import Session
from ui.cli.terminal import Terminal, printable

Id: TypeAlias = str | int
Work: TypeAlias = Callable[[Assistant, str], jsonform.Json]


@dataclass
class Batch:
    """The questions of a file, and what was wrong with the lines that hold none."""

    questions: dict[Id, str] = field(default_factory=dict)
    bad_lines: list[str] = field(default_factory=list)


def run(session: Session, question: str | None, source: Path | None, out: Path | None, resume: bool, work: Work) -> int:
    """Answers `source` into `out`. Raises UsageError where the options do not fit together."""
    if source is None or out is None or question is not None:
        raise UsageError("A batch takes --batch IN.jsonl and --out OUT.jsonl together, and no QUESTION.")
    if out.exists() and source.exists() and out.samefile(source):
        raise UsageError(f"--batch and --out are the same file, {out}. Give --out another name.")
    began = time.monotonic()
    batch = read(source)
    for line in batch.bad_lines:
        session.terminal.err.print(printable(line), style="yellow", soft_wrap=True)
    with session.open() as assistant, opened(out, resume) as (file, done):
        waiting = {key: asked for key, asked in batch.questions.items() if key not in done}
        failed = _answer_all(session.terminal, assistant, waiting, file, work)
    figures = {
        "questions": len(batch.questions),
        "answered": len(waiting) - failed,
        "kept": len(batch.questions) - len(waiting),
        "failed": failed,
        "bad_lines": batch.bad_lines,
        "out": str(out),
        "seconds": jsonform.seconds(time.monotonic() - began),
    }
    _conclude(session.terminal, figures)
    return 1 if failed or batch.bad_lines else 0


def read(source: Path) -> Batch:
    """The questions of a file. Raises UsageError when it cannot be read."""
    batch = Batch()
    try:
        lines = source.read_text(encoding="utf-8-sig", errors="replace").split("\n")
    except OSError as error:
        raise UsageError(
            f"Reading --batch {source}: {error.strerror}. Give a file of questions, one a line."
        ) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            key, asked = _parse(line)
            if key in batch.questions:
                raise ValueError(f"the id {key!r} stands further up already")
            batch.questions[key] = asked
        except ValueError as error:
            batch.bad_lines.append(f"{source}, line {number}: {error}; skipped.")
    return batch


def _parse(line: str) -> tuple[Id, str]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not JSON ({error})") from error
    match value:
        case {"id": str() | int() as key, "question": str() as asked} if not isinstance(key, bool):
            return key, asked
    raise ValueError('not {"id": text or number, "question": text}')


@contextmanager
def opened(out: Path, resume: bool) -> Iterator[tuple[IO[str], set[Id]]]:
    """The file to write to, and the ids that it holds already."""
    try:
        file = out.open("r+" if resume and out.exists() else "w+", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"Writing --out {out}: {error.strerror}. Give a file in a folder that is there.") from error
    with file:
        yield file, _kept(file) if resume else set()


def _kept(file: IO[str]) -> set[Id]:
    """The ids of the whole lines; a last line that was cut short is cut off, so that writing goes on there."""
    done: set[Id] = set()
    end = 0
    for line in iter(file.readline, ""):
        try:
            done.add(json.loads(line)["id"])
        except (ValueError, KeyError, TypeError):
            break
        end = file.tell()
    file.seek(end)
    file.truncate()
    return done


def _answer_all(terminal: Terminal, assistant: Assistant, waiting: dict[Id, str], file: IO[str], work: Work) -> int:
    """Writes a line for each question; gives how many failed."""
    from rich.progress import Progress

    failed = 0
    with Progress(console=terminal.err, transient=True, disable=not terminal.err.is_terminal) as bar:
        for key, asked in bar.track(waiting.items(), description="questions"):
            try:
                result = work(assistant, asked)
            except PinciteError as error:
                if error.exit_status == 2 and type(error) is not UsageError:
                    raise  # nothing is wrong with this question: settings, weights or the library, so with every one
                failed += 1
                result = {"error": str(error), "kind": jsonform.error_kind(error)}
                terminal.err.print(f"{key}: {printable(str(error))}", style="yellow", soft_wrap=True)
            file.write(jsonform.dumps({"id": key, **result}) + "\n")
            file.flush()
        os.fsync(file.fileno())
    return failed


def _conclude(terminal: Terminal, figures: jsonform.Json) -> None:
    if terminal.as_json:
        terminal.emit(figures)
        return
    parts = [f"{figures['answered']} answered"]
    parts += [f"{figures[what]} {what}" for what in ("kept", "failed") if figures[what]]
    bad = len(figures["bad_lines"])
    parts += [f"{bad} {'line' if bad == 1 else 'lines'} skipped"] if bad else []
    terminal.out.print(f"{', '.join(parts)} in {figures['seconds']:.1f} s; results in {figures['out']}")
