"""Processes of their own for llama.cpp's parts, which end with the process that started them: one that is killed leaves
nobody behind who still writes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(
    module: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs `python -m MODULE ARGUMENTS` to its end and keeps what it says; `environment` is added to ours."""
    paths = os.pathsep.join([str(Path(__file__).resolve().parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    told, held = os.pipe()
    try:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, "PYTHONPATH": paths, **(environment or {})},
            stdin=told,
            capture_output=True,
            text=True,
        )
    finally:
        os.close(told)
        os.close(held)


def end_with_parent() -> None:
    """In such a process: sees to it that it ends when the other end of its standard input is closed, which the system
    does for a process that is killed."""

    def watch() -> None:
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
