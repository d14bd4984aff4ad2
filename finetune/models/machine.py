"""What this machine has to compute with."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.settings import threads

_TELLING = {
    **{"avx2": "AVX2", "fma": "FMA", "f16c": "F16C", "avx_vnni": "AVX-VNNI", "avx512f": "AVX-512"},
    **{"avx512_vnni": "AVX-512 VNNI", "amx_int8": "AMX"},
    **{"asimd": "NEON", "asimddp": "dot product", "i8mm": "I8MM", "sve": "SVE"},
}
"""Of what /proc/cpuinfo lists, what the speed of a quantised model depends on; the last line is of ARM."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor and its memory in bytes."""

    name: str
    memory: int


@dataclass(frozen=True, slots=True)
class Machine:
    """`cores` are the threads to compute with, `memory` the bytes that a model may still take, None where the system
    does not say; `load` is how many programs wanted to compute in the last minute, in the mean."""

    processor: str
    cores: int
    instructions: tuple[str, ...]
    memory: int | None
    gpus: tuple[Gpu, ...]
    load: float = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether what is measured here now is slower than the machine is."""
        return self.load > self.cores / 2


def look(root: Path = Path("/")) -> Machine:
    """This machine, as Linux describes it under `root`; elsewhere little is known."""
    described = _described(root / "proc" / "cpuinfo")
    flags = set(f"{described.get('flags', '')} {described.get('Features', '')}".split())
    return Machine(
        described.get("model name", "unknown"),
        threads(),
        tuple(name for flag, name in _TELLING.items() if flag in flags),
        _memory(root),
        _gpus(),
        _load(root / "proc" / "loadavg"),
    )


def _load(path: Path) -> float:
    try:
        return float(path.read_text(encoding="ascii").split()[0])
    except OSError:
        return 0.0


def _described(path: Path) -> dict[str, str]:
    """The first processor's fields."""
    try:
        first = path.read_text(encoding="utf-8").strip().split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _memory(root: Path) -> int | None:
    """What is available, and no more than a container's limit leaves."""
    available = _described(root / "proc" / "meminfo").get("MemAvailable")
    if available is None:
        return None
    left = [int(available.split()[0]) * 1024]
    for limit, used in (
        ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"),
        ("sys/fs/cgroup/memory/memory.limit_in_bytes", "sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        try:
            left.append(int((root / limit).read_text()) - int((root / used).read_text()))
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return max(0, min(left))


def _gpus() -> tuple[Gpu, ...]:
    """What NVIDIA's own tool lists; none where there is no such tool."""
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return ()
    rows = (line.rsplit(",", 1) for line in lines if "," in line)
    return tuple(Gpu(name.strip(), int(megabytes) * 2**20) for name, megabytes in rows if megabytes.strip().isdigit())
