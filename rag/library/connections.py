"""Connections to `library.db`: readers from any thread, one writer at a time in this process and among processes."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from core.errors import LibraryBusy, LibraryError

DATABASE = "library.db"
LOCK = "library.lock"
BUSY_SECONDS = 10.0


class Connections:
    """Hands out connections. Reading never waits for writing (WAL)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: deque[sqlite3.Connection] = deque()
        self._lock = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._depth = 0
        self._counting = threading.Lock()
        self._writers = 0
        self._lock_file = -1

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for one read. It does not see a transaction that is still under way."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            raise _as_library_error(error, self._folder) from error
        finally:
            self._idle.append(connection)

    def check(self) -> None:
        """Looks at every page of the database. Raises LibraryError where one is damaged."""
        with self.reading() as connection:
            found = " ".join(connection.execute("PRAGMA integrity_check(1)").fetchone()[0].split())
        if found != "ok":
            raise LibraryError(
                f"Checking {self._folder / DATABASE}: {found}. Check the disk, and bring back a copy of the folder or "
                "add the documents to a new library."
            )

    def copy(self, folder: Path) -> None:
        """Lays one state of the database in another folder. Reading and writing go on meanwhile."""
        with self.reading() as connection, closing(sqlite3.connect(folder / DATABASE)) as other:
            connection.backup(other)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the database throughout, for several reads that must agree."""
        with self.reading() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")

    @contextmanager
    def writer_lock(self) -> Iterator[None]:
        """Keep every other process from changing documents until the end; may be nested, by any thread.

        Raises LibraryBusy at once when another process has it.
        """
        with self._counting:
            if self._writers == 0:
                self._lock_file = self._take_lock_file()
            self._writers += 1
        try:
            yield
        finally:
            with self._counting:
                self._writers -= 1
                if self._writers == 0:
                    os.close(self._lock_file)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: committed at the end, rolled back on any exception. Inside another it joins that one.

        Raises LibraryBusy when another process keeps the database for more than ten seconds.
        """
        with self._lock:
            if self._writer is None:
                self._writer = self._connect()
            if self._depth:
                yield self._writer
                return
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                self._depth = 1
                yield self._writer
                self._writer.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                raise _as_library_error(error, self._folder) from error
            finally:
                self._depth = 0
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self._folder / DATABASE, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA foreign_keys = ON")
            # A commit must outlive a power cut, since it is reported as done.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.DatabaseError as error:
            raise _as_library_error(error, self._folder) from error
        return connection

    def _take_lock_file(self) -> int:
        descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise LibraryBusy(
                f"Writing to the library {self._folder}: another process is adding or removing documents. "
                "Wait until it has ended, then run the command again."
            ) from error
        return descriptor


def _as_library_error(error: sqlite3.DatabaseError, folder: Path) -> LibraryError:
    if "locked" in str(error) or "busy" in str(error):
        return LibraryBusy(
            f"Writing to the library {folder}: another process kept it for more than {BUSY_SECONDS:.0f} s. "
            "Wait until it has ended, then try again."
        )
    return LibraryError(f"Using {folder / DATABASE}: {error}. Check the disk and its free space; run `pincite doctor`.")
