"""What a process's child processes take: memory while they live, processor seconds when they have ended.

Memory is looked at, five times a second, and not asked of RUSAGE_CHILDREN: on Linux a child counts there with no less
than its parent held when it was started. Children are found in /proc: where there is none, none are.
"""

from __future__ import annotations

import os
import resource
import threading
from types import TracebackType

SECONDS = 0.2


def work_s() -> float:
    """The processor seconds of all children that have ended, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_mb() -> float:
    """What the children that live now, and theirs, have held at most, each by itself, in sum."""
    parents = {int(name): _parent(name) for name in _listed() if name.isdigit()}
    own, found = _read("self", "cmdline"), [os.getpid()]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    # One that is no other program yet is a fork: it shares its parent's memory.
    return sum(_held_mb(str(pid)) for pid in found[1:] if _read(str(pid), "cmdline") != own)


class Watch:
    """`most_mb` is the most that `memory_mb` was while this was entered."""

    def __init__(self) -> None:
        self.most_mb = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.most_mb = max(self.most_mb, memory_mb())
            if self._ended.wait(SECONDS):
                return


def _listed() -> list[str]:
    return os.listdir("/proc") if os.path.isdir("/proc") else []


def _read(process: str, name: str) -> str:
    try:
        with open(f"/proc/{process}/{name}", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:  # it has ended
        return ""


def _parent(process: str) -> int:
    told = _read(process, "stat").rpartition(")")[2].split()
    return int(told[1]) if told else 0


def _held_mb(process: str) -> float:
    lines = [line for line in _read(process, "status").splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0
