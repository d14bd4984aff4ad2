"""The line before the model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core.errors import EngineError, QueueFull
from rag.engines.queue import Queue


def drain(queue: Queue, tickets: dict) -> list[str]:
    """The names in the order in which they are served."""
    order = []
    while tickets:
        name = next(name for name, ticket in tickets.items() if queue._serving is ticket)
        order.append(name)
        tickets.pop(name).leave()
    return order


def test_first_come_first_served():
    queue = Queue()
    tickets = {name: queue.join() for name in "abcd"}
    assert queue.waiting == 3
    assert drain(queue, tickets) == ["a", "b", "c", "d"]
    assert queue.waiting == 0


def test_a_client_with_many_questions_does_not_hold_up_the_others():
    queue = Queue()
    tickets = {name: queue.join(name[0]) for name in ("a1", "a2", "a3", "b1", "c1", "b2")}
    assert drain(queue, tickets) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_client_that_was_served_is_not_put_off_for_ever():
    queue = Queue()
    tickets = {name: queue.join(name[0]) for name in ("a1", "a2", "b1")}
    for name in ("a1", "b1"):
        tickets.pop(name).leave()
    tickets["b2"] = queue.join("b")
    tickets["c1"] = queue.join("c")
    assert drain(queue, tickets) == ["a2", "b2", "c1"]


def test_positions_as_others_leave():
    queue = Queue()
    first, second, third, last = (queue.join() for _ in range(4))
    assert list(first) == []
    assert next(last) == 3
    second.leave()
    assert next(last) == 2
    first.leave()
    assert next(last) == 1
    third.leave()
    assert list(last) == []


def test_waiting_ends_when_the_model_is_free():
    queue = Queue()
    first, second = queue.join(), queue.join()
    met = Barrier(2)

    def wait():
        seen = []
        with second:
            for position in second:
                seen.append(position)
                met.wait(10)
        return seen

    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(wait)
        met.wait(10)
        first.leave()
        assert waiting.result(10) == [1]
    assert queue._serving is None


def test_full():
    queue = Queue(limit=2)
    tickets = [queue.join() for _ in range(3)]
    with pytest.raises(QueueFull, match="2 questions are waiting"):
        queue.join("another")
    tickets[1].leave()
    queue.join("another")
    with pytest.raises(QueueFull):
        queue.join()


def test_taken_out_by_another_thread():
    queue = Queue()
    _serving, waiting = queue.join(), queue.join()
    assert next(waiting) == 1
    with ThreadPoolExecutor() as pool:
        blocked = pool.submit(next, waiting)
        waiting.leave()
        with pytest.raises(EngineError, match="taken out of the line"):
            blocked.result(10)


def test_leaving_twice_serves_one():
    queue = Queue()
    first, second, third = (queue.join() for _ in range(3))
    first.leave()
    first.leave()
    assert list(second) == []
    assert next(third) == 1


def test_many_threads_are_served_one_at_a_time():
    queue = Queue(limit=64)
    inside = []
    most = []

    def work(number: int):
        with queue.join(str(number % 3)) as ticket:
            for _ in ticket:
                pass
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(200)))
    assert most == [1] * 200
