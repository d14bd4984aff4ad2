"""Reading and splitting in child processes: over all cores, with a limit of time and memory a file.

A file that hangs, crashes its reader or eats the memory fails alone, with a sentence. Children start when there
is work for them, take one file after the other, and are gone when the iteration ends, however it ends. What they
find comes in parts as they find it, and a child waits until its last part was taken, so nothing piles up.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from core.errors import DamagedFile, DocumentError, LimitExceeded
from core.settings import threads
from core.types import Document, Passage
from ingestion.folder import SourceFile, printable
from ingestion.passages import PassageSettings
from ingestion.readers.reading import RecordFields

_BATCH = 64  # documents a message: rows of a table are small
_BATCH_CHARACTERS = 200_000
_START_SECONDS = 1.0  # more than a child takes to import what it reads with
_PACKAGES = str(Path(__file__).resolve().parent.parent)


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """Limits of reading one file, [reading] in pincite.toml.

    `seconds` of processor time without any result, and one more for every 10 kB of the file: a scan takes long by
    right; five times as long by the clock, since the machine may be busy. `memory_mb` of data a child process.
    """

    seconds: int = 300
    memory_mb: int = 2048


@dataclass(frozen=True, slots=True)
class Parsed:
    """One document out of a file, split. `fingerprint` and `signature` are those of ingestion.duplicates."""

    document: Document
    passages: tuple[Passage, ...]
    notes: tuple[str, ...]
    partial: bool
    fingerprint: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the documents of a file, in its order."""

    file: SourceFile
    documents: tuple[Parsed, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more comes of this file; `error` is why not, None when all of it was read."""

    file: SourceFile
    error: DocumentError | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Job:
    file: SourceFile
    fields: RecordFields
    passages: PassageSettings
    limits: ReadingSettings

    @property
    def seconds(self) -> float:
        return self.limits.seconds + self.file.size / 10_000


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    connection: Connection
    job: _Job | None = None
    started: float = field(default_factory=time.monotonic)

    def give(self, job: _Job) -> None:
        self.job, self.started = job, time.monotonic()
        # A child that died idle shows when its answer is read.
        with suppress(BrokenPipeError):
            self.connection.send(job)

    def end(self) -> int:
        """Kill it and whatever it started; returns how it ended."""
        self.connection.close()
        self.process.kill()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()


def parse(
    files: Iterable[SourceFile],
    fields: RecordFields | None = None,
    passages: PassageSettings | None = None,
    limits: ReadingSettings | None = None,
) -> Generator[Part | Finished, None, None]:
    """Read and split the files. The parts of one file come in order, then its Finished; files mix.

    Close the iterator, or exhaust it, and no child is left.
    """
    fields, passages, limits = fields or RecordFields(), passages or PassageSettings(), limits or ReadingSettings()
    jobs = (_Job(file, fields, passages, limits) for file in files)
    children: list[_Child] = []
    began = time.monotonic()
    try:
        job = next(jobs, None)
        while job or any(child.job for child in children):
            while job and (child := _free(children, time.monotonic() - began)):
                child.give(job)
                job = next(jobs, None)
            busy = {child.connection: child for child in children if child.job}
            for connection in wait(list(busy), timeout=_START_SECONDS):
                yield _receive(busy[connection], children)  # type: ignore[index]
    finally:
        for child in children:
            child.end()


def _free(children: list[_Child], elapsed: float) -> _Child | None:
    """A child without a job; a new one when the work goes on for longer than starting one takes."""
    for child in children:
        if child.job is None:
            return child
    if len(children) < threads() and elapsed >= len(children) * _START_SECONDS:
        children.append(_start(threads() // (len(children) + 1)))
        return children[-1]
    return None


def _start(threads_to_use: int) -> _Child:
    # A fresh interpreter and not a fork: the parent may hold threads of FAISS or onnxruntime. And not
    # multiprocessing's spawn, which would import the parent's main module once more.
    ours, theirs = Pipe()
    path = os.pathsep.join(filter(None, (_PACKAGES, os.environ.get("PYTHONPATH"))))
    process = subprocess.Popen(
        [sys.executable, "-c", f"from ingestion.workers import serve; serve({theirs.fileno()})"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
        # One scan alone may use every core; beside other children it leaves them theirs.
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "PINCITE_THREADS": str(threads_to_use)},
        process_group=0,  # Ctrl-C is for the parent, which ends its children in order
    )
    theirs.close()
    return _Child(process, ours)


def _receive(child: _Child, children: list[_Child]) -> Part | Finished:
    job = child.job
    assert job is not None
    try:
        answer = child.connection.recv()
    except (EOFError, OSError):
        children.remove(child)
        code = child.process.wait()  # its end of the connection is closed, so it has ended
        child.end()
        return Finished(job.file, _why_it_ended(code, job), time.monotonic() - child.started)
    if isinstance(answer, tuple):
        return Part(job.file, answer)
    child.job = None
    return Finished(job.file, answer, time.monotonic() - child.started)


def _why_it_ended(code: int, job: _Job) -> DocumentError:
    name = printable(job.file.name)
    if code in (-signal.SIGPROF, -signal.SIGALRM):
        return LimitExceeded(
            f"Reading {name}: no end after {job.seconds:.0f} s of work. The file may be made to hang its reader; if it "
            "is only large, raise `seconds` in [reading] of pincite.toml."
        )
    if code == -signal.SIGKILL:
        return LimitExceeded(f"Reading {name}: the system ended its reader, most likely for want of memory.")
    how = signal.Signals(-code).name if code < 0 else f"status {code}"
    return DamagedFile(f"Reading {name}: its reader crashed ({how}). Open it in its own program and save it anew.")


# ---------------------------------------------------------------------- in the child


def serve(descriptor: int) -> None:
    """Be a child: take jobs from the connection until it closes."""
    connection = Connection(descriptor)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            _work(connection, connection.recv())


def _work(connection: Connection, job: _Job) -> None:
    limit = job.limits.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    error: DocumentError | None = None
    try:
        for batch in _batches(_read(job), job.seconds):
            connection.send(batch)
    except DocumentError as raised:
        error = raised
    except MemoryError:
        error = LimitExceeded(
            f"Reading {printable(job.file.name)}: it takes more than {job.limits.memory_mb} MB of memory. Split it, "
            "or raise `memory_mb` in [reading] of pincite.toml."
        )
    except (BrokenPipeError, ConnectionResetError):
        raise
    except OSError as raised:
        reason = raised.strerror or str(raised)
        error = DocumentError(f"Reading {printable(job.file.name)}: {reason}. Check that the file is still there.")
    except Exception as raised:  # the border of the process: what is not said here is lost
        error = DamagedFile(
            f"Reading {printable(job.file.name)}: its reader failed ({type(raised).__name__}: {raised}). Open it in "
            "its own program and save it anew."
        )
    connection.send(error)


def _read(job: _Job) -> Iterator[Parsed]:
    from ingestion.duplicates import fingerprint, signature
    from ingestion.passages import split
    from ingestion.readers import read_file

    for reading in read_file(job.file.path, job.file.name, job.fields):
        document = reading.document
        yield Parsed(
            document,
            tuple(split(document, job.passages)),
            reading.notes,
            reading.partial,
            fingerprint(document.text),
            signature(document.text),
        )


def _batches(documents: Iterator[Parsed], seconds: float) -> Iterator[tuple[Parsed, ...]]:
    """Gather small documents; the clock runs while one is read and stands while a batch is sent.

    What was read before an error goes out before the error does.
    """
    batch: list[Parsed] = []
    error: DocumentError | None = None
    while error is None:
        _set_clock(seconds)
        try:
            parsed = next(documents, None)
        except DocumentError as raised:
            error = raised
        finally:
            _set_clock(0)
        if error or parsed is None:
            break
        batch.append(parsed)
        if len(batch) >= _BATCH or sum(len(each.document.text) for each in batch) >= _BATCH_CHARACTERS:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)
    if error:
        raise error


def _set_clock(seconds: float) -> None:
    # Both signals are left to their default, which ends the process: that works inside C code too, parent or no
    # parent. Processor time is fair on a busy machine; the clock catches a child that waits and does nothing.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 5 * seconds)
