"""The line before the model: one question at a time, first come first served, no client before its turn twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Self

from core.errors import EngineError, QueueFull


class Queue:
    """At most `limit` wait. Among several clients each waits only for the others' next question, not for all theirs.

    with queue.join("client") as ticket:
        for position in ticket:
            print(f"{position} before you")
        ...  # the model is yours until the block ends
    """

    def __init__(self, limit: int = 32) -> None:
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []
        self._serving: Ticket | None = None
        self._rounds: dict[str, int] = {}
        self._arrivals = 0

    @property
    def waiting(self) -> int:
        """How many wait, the one that is being served not among them."""
        return len(self._waiting)

    def join(self, client: str = "") -> Ticket:
        """Stand in line. Raises QueueFull saying how many wait."""
        with self._changed:
            if self._serving is not None and len(self._waiting) >= self._limit:
                raise QueueFull(
                    f"{len(self._waiting)} questions are waiting for the model, which is as many as may. "
                    "Ask again in a minute."
                )
            # A client's first question is of the round that is being served, each further one of the next round.
            now = self._serving.round if self._serving else 0
            self._rounds = {name: last for name, last in self._rounds.items() if last >= now}
            self._rounds[client] = self._rounds.get(client, now - 1) + 1
            self._arrivals += 1
            ticket = Ticket(self, self._rounds[client], self._arrivals)
            self._waiting.append(ticket)
            self._waiting.sort(key=lambda other: (other.round, other.arrival))
            self._serve_next()
        return ticket

    def _serve_next(self) -> None:
        if self._serving is None and self._waiting:
            self._serving = self._waiting.pop(0)
        if self._serving is None:
            self._rounds.clear()
        self._changed.notify_all()

    def _position(self, ticket: Ticket) -> int:
        if ticket is self._serving:
            return 0
        if ticket not in self._waiting:
            raise EngineError("This question was taken out of the line before the model. Ask again.")
        return self._waiting.index(ticket) + 1

    def _await_change(self, ticket: Ticket, position: int) -> int:
        with self._changed:
            self._changed.wait_for(lambda: ticket not in self._waiting or self._position(ticket) != position)
            return self._position(ticket)

    def _leave(self, ticket: Ticket) -> None:
        with self._changed:
            if ticket is self._serving:
                self._serving = None
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
            else:
                return
            self._serve_next()


class Ticket(Iterator[int]):
    """A place in line. Iterating gives how many are still before, at once and at each change, until it is its turn.

    Any thread may call `leave`; who waits on the ticket then gets an EngineError.
    """

    def __init__(self, queue: Queue, round: int, arrival: int) -> None:
        self.round = round
        self.arrival = arrival
        self._queue = queue
        self._seen = -1

    def __next__(self) -> int:
        self._seen = self._queue._await_change(self, self._seen)
        if self._seen == 0:
            raise StopIteration
        return self._seen

    def leave(self) -> None:
        """Give up the place, or the model. Safe to call twice."""
        self._queue._leave(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
