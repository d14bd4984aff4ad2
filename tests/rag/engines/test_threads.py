"""Thread counts: measured, remembered, overridden. The clock is the test's own."""

from __future__ import annotations

import json
import os

import pytest

from core.errors import SettingsError
from rag.engines import threads
from rag.engines.base import EngineSettings
from rag.engines.threads import Threads, best_threads, cache_file


class Machine:
    """`cores` cores, on which `seconds(threads, tokens)` pass for a run."""

    def __init__(self, monkeypatch, tmp_path, cores, seconds, load=0.0):
        self.now = 0.0
        self.tried = []
        self.seconds = seconds
        self.model = tmp_path / "model.gguf"
        self.model.write_bytes(b"GGUF")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.delenv("PINCITE_THREADS", raising=False)
        monkeypatch.setattr(threads, "available_threads", lambda: cores)
        monkeypatch.setattr(threads.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))

    def prepare(self, count):
        self.now += 100.0  # loading is not counted
        self.tried.append(count)

        def run(tokens):
            self.now += self.seconds(count, tokens)

        return run

    def measure(self, wanted=None):
        return best_threads("an engine", self.model, wanted, self.prepare)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    return lambda *given, **more: Machine(monkeypatch, tmp_path, *given, **more)


def test_all_cores_where_they_help(machine):
    eight = machine(8, lambda count, tokens: tokens / count)
    assert eight.measure() == Threads(8, 8)
    assert eight.tried == [8, 4]  # half as many were slower, so fewer still are not tried


def test_fewer_where_more_only_get_in_the_way(machine):
    assert machine(8, lambda count, _: abs(count - 2) + 1.0).measure() == Threads(2, 2)
    assert machine(2, lambda count, _: count * 0.1).measure() == Threads(1, 1)


def test_reading_and_writing_are_measured_apart(machine):
    def seconds(count, tokens):
        return tokens / count if tokens > 1 else 0.01 * count

    assert machine(4, seconds).measure() == Threads(read=4, write=1)


def test_a_small_gain_is_not_worth_a_core(machine):
    assert machine(2, lambda count, _: 1.0 if count == 2 else 0.95).measure() == Threads(2, 2)


def test_measured_once_then_remembered(machine):
    two = machine(2, lambda count, tokens: tokens / count)
    assert two.measure() == two.measure() == Threads(2, 2)
    assert two.tried == [2, 1]
    assert list(json.loads(cache_file().read_text()).values()) == [[2, 2]]
    two.model.write_bytes(b"another model")
    two.measure()
    assert two.tried == [2, 1, 2, 1]


def test_a_busy_machine_is_not_remembered(machine):
    busy = machine(2, lambda count, tokens: count * tokens, load=2.0)
    assert busy.measure() == Threads(1, 1)
    assert not cache_file().exists()


def test_the_user_decides(machine, monkeypatch):
    two = machine(2, lambda count, tokens: 1.0)
    monkeypatch.setenv("PINCITE_THREADS", "7")
    monkeypatch.setattr(threads, "available_threads", lambda: 7)
    assert two.measure(wanted=3) == Threads(7, 7)
    monkeypatch.delenv("PINCITE_THREADS")
    assert two.measure(wanted=3) == Threads(3, 3)
    assert two.tried == []


def test_one_core_needs_no_measuring(machine):
    one = machine(1, lambda count, tokens: 1.0)
    assert one.measure() == Threads(1, 1)
    assert one.tried == []


@pytest.mark.parametrize(("name", "value"), [("threads", 0), ("context", 8), ("seed", -1)])
def test_settings_that_cannot_be(name, value):
    with pytest.raises(SettingsError, match=rf"\[engine\] {name} is {value}; it takes a whole number from"):
        EngineSettings(**{name: value})


def test_a_cache_that_cannot_be_read_or_written(machine):
    two = machine(2, lambda count, tokens: tokens / count)
    cache_file().parent.mkdir(parents=True)
    cache_file().write_text("{broken")
    assert two.measure() == Threads(2, 2)
    cache_file().unlink()
    cache_file().mkdir()
    assert two.measure() == Threads(2, 2)
