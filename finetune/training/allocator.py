"""The memory allocator that a training runs under: tcmalloc, where the machine has it.

A step takes and gives back tensors of a hundred sizes. The C library's allocator splits its heap for them ever further,
so that it grows for hours and steps get slower; tcmalloc keeps sizes apart. docs/LOG.md has the figures.
"""

from __future__ import annotations

import os
import sys
from ctypes.util import find_library
from pathlib import Path

PACKAGE = "libtcmalloc-minimal4"
"""What Debian and Ubuntu call it."""
_LIBRARY, _PRELOAD = "tcmalloc_minimal", "LD_PRELOAD"


def name() -> str:
    """ "tcmalloc", or "system" for the C library's own."""
    maps = Path("/proc/self/maps")
    return "tcmalloc" if maps.exists() and _LIBRARY in maps.read_text() else "system"


def preload() -> None:
    """Starts this very process anew under tcmalloc; does nothing where it is there already, or not installed."""
    before = os.environ.get(_PRELOAD, "")
    if not sys.platform.startswith("linux") or _LIBRARY in before:
        return
    library = find_library(_LIBRARY)
    if library:
        changed = os.environ | {_PRELOAD: f"{before} {library}".strip()}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], changed)  # noqa: S606  this very program
