"""How many threads an engine computes fastest with on this machine: measured once, then remembered."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.settings import threads as available_threads

READ_TOKENS = 16
WRITE_TOKENS = 1
LONG_S = 0.3  # a run this long is not repeated
WORTH = 0.9  # fewer threads must take less than this share of the time: a busy moment must not cost a core for ever


@dataclass(frozen=True, slots=True)
class Threads:
    """Threads for reading the prompt and for writing the answer."""

    read: int
    write: int


Prepare = Callable[[int], Callable[[int], None]]
"""prepare(threads) makes the engine ready and gives a function that evaluates so many tokens with them."""


def best_threads(engine: str, model: Path, wanted: int | None, prepare: Prepare) -> Threads:
    """PINCITE_THREADS, or else as many as `wanted`, or else the best counts for this engine, model and machine, out of
    the cache or measured."""
    cores = available_threads()
    if os.environ.get("PINCITE_THREADS"):
        return Threads(cores, cores)
    if wanted or cores == 1:
        return Threads(wanted or 1, wanted or 1)
    key = _signature(engine, model, cores)
    remembered = _recall()
    if key not in remembered:
        found = _measure(cores, prepare)
        if os.getloadavg()[0] > cores / 2:
            return found  # right for now; what other programs leave free is no measure of the machine
        remembered[key] = [found.read, found.write]
        _remember(remembered)
    read, write = remembered[key]
    return Threads(read, write)


def cache_file() -> Path:
    """Where the counts are remembered; removing it makes the next start measure anew."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pincite" / "threads.json"


def _measure(cores: int, prepare: Prepare) -> Threads:
    """From all cores down by halves, for as long as that is faster in either."""
    read = write = count = cores
    read_s, write_s = _both(cores, prepare)
    while count > 1:
        count //= 2
        fewer_read_s, fewer_write_s = _both(count, prepare)
        if better_read := fewer_read_s < read_s * WORTH:
            read, read_s = count, fewer_read_s
        if better_write := fewer_write_s < write_s * WORTH:
            write, write_s = count, fewer_write_s
        if not (better_read or better_write):
            break
    return Threads(read, write)


def _both(count: int, prepare: Prepare) -> tuple[float, float]:
    run = prepare(count)
    return _seconds(run, READ_TOKENS), _seconds(run, WRITE_TOKENS)


def _seconds(run: Callable[[int], None], tokens: int) -> float:
    """The shortest of up to three runs, which is the one least disturbed by other programs."""
    taken: list[float] = []
    while len(taken) < 3 and sum(taken) < LONG_S:
        started = time.perf_counter()
        run(tokens)
        taken.append(time.perf_counter() - started)
    return min(taken)


def _signature(engine: str, model: Path, cores: int) -> str:
    """A hash of what the speed hangs on."""
    parts = (engine, str(model.stat().st_size), str(cores), platform.machine(), _processor())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _recall() -> dict[str, list[int]]:
    try:
        known = json.loads(cache_file().read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(counts: dict[str, list[int]]) -> None:
    """Best effort: where the home folder cannot be written, every start measures."""
    path = cache_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(counts))
        os.replace(temporary, path)
    except OSError:
        return
