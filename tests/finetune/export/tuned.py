"""A tuned model that tests may change, and a disk that is full."""

from __future__ import annotations

import hashlib
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from finetune.export import manifest

FORMS = ("Q8_0", "Q4_K_M", "Q4_0", "F16")


@dataclass(frozen=True)
class Tuned:
    """A run, and its base as a folder and as a GGUF file."""

    folder: Path
    base: str
    run: Path

    def plant(self, form: str, content: bytes) -> None:
        """Lays another file in the place of an exported one, as if it had been exported so."""
        held = manifest.read(self.run)["export"]
        path = self.run / "gguf" / held["files"][form]["file"]
        path.write_bytes(content)
        held["files"][form]["sha256"] = hashlib.sha256(content).hexdigest()
        manifest.record(self.run, "export", held)

    def read(self, form: str) -> bytes:
        return (self.run / "gguf" / f"small-{form}.gguf").read_bytes()


@contextmanager
def full_disk(at: int) -> Iterator[None]:
    """No file grows over `at` bytes, in this process and those that it starts; what would is refused as on a full
    disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
