"""What was asked, answered and judged: rows that stay when documents go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from core.errors import UsageError
from core.types import Answer
from rag.library.connections import Connections
from rag.library.rows import compact

Thumbs: TypeAlias = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One question with the answer that was shown; `answer` is the Answer as JSON, `at` an ISO time in UTC."""

    number: int
    at: str
    question: str
    status: str
    answer: Mapping[str, Any]
    model: str | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of the answer number `audit`."""

    audit: int
    at: str
    thumbs: Thumbs | None
    comment: str


class Journal:
    """Audit and feedback of one library. Writing here never waits for documents being added."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def record_answer(self, answer: Answer) -> int:
        """Put question, answer, hits and model on record; returns the entry's number."""
        with self._connections.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO audit (at, question, status, answer, model) VALUES (?, ?, ?, ?, ?)",
                (
                    now(),
                    answer.question,
                    answer.status,
                    compact(asdict(answer)),
                    answer.model.name if answer.model else None,
                ),
            )
        return int(cursor.lastrowid or 0)

    def answers(self, limit: int = 100, before: int | None = None) -> list[AuditEntry]:
        """Entries, the latest first; `before` an entry's number, to page on."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT id, at, question, status, answer, model FROM audit WHERE ?1 IS NULL OR id < ?1 "
                "ORDER BY id DESC LIMIT ?2",
                (before, limit),
            ).fetchall()
        return [AuditEntry(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5]) for row in rows]

    def record_feedback(self, audit: int, thumbs: Thumbs | None, comment: str = "") -> None:
        """Put a reader's judgement of an answer on record, in place of an earlier one.

        Raises UsageError for a number that no answer has.
        """
        with self._connections.transaction() as connection:
            known = (
                connection.execute("SELECT 1 FROM audit WHERE id = ?", (audit,)).fetchone() if audit < 2**63 else None
            )
            if known is None:  # SQLite takes no larger numbers
                raise UsageError(f"Recording feedback: there is no answer number {audit} on record.")
            connection.execute(
                "INSERT OR REPLACE INTO feedback (audit, at, thumbs, comment) VALUES (?, ?, ?, ?)",
                (audit, now(), thumbs, comment),
            )

    def feedback(self, limit: int = 100) -> list[Feedback]:
        """Judgements, the latest answer's first."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT audit, at, thumbs, comment FROM feedback ORDER BY audit DESC LIMIT ?", (limit,)
            ).fetchall()
        return [Feedback(*row) for row in rows]

    def count_answers(self) -> int:
        """How many questions are on record."""
        with self._connections.reading() as connection:
            return int(connection.execute("SELECT COUNT(*) FROM audit").fetchone()[0])


def now() -> str:
    """The time, ISO, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
