"""Commands in processes that are killed at a chosen instant. What is heavy is imported here, once: see `started`."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import peft  # noqa: F401
import torch  # noqa: F401
import transformers  # noqa: F401

import finetune.export.stages  # noqa: F401
import finetune.pairs.build  # noqa: F401
import finetune.training.stage  # noqa: F401
from ui.cli.main import run

Instant = tuple[str, str, int]
"""A function's qualified name, how one of its arguments ends ("" for any), and which such call the process is killed
at, before the call does anything."""


def status(arguments: list[str], told: Path, instant: Instant | None = None) -> int:
    """How `pincite ARGUMENTS` ends in a process of its own: its exit status, or -9 where it was killed. What it prints
    goes to `told`.

    The process is forked from one that has imported all that is heavy and computed nothing yet.
    """
    started = multiprocessing.get_context("forkserver")
    started.set_forkserver_preload([__name__])
    process = started.Process(target=_run, args=(arguments, str(told), instant))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _run(arguments: list[str], told: str, instant: Instant | None) -> None:
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream.fileno())
    torch.set_num_threads(1)
    if instant is not None:
        sys.setprofile(_killer(instant))
    sys.exit(run(arguments))


def _killer(instant: Instant) -> Any:
    function, end, left = instant

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal left
        if event == "call" and frame.f_code.co_qualname == function:
            given = frame.f_locals.values()
            left -= any(str(each).endswith(end) for each in given)
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    return watch
