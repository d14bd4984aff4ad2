"""Where output goes: answers to standard output, everything else to standard error.

Standard output holds either JSON and nothing else, or text for a person. Nothing that a document or a file name
holds can steer the terminal: control characters are spelled out.
"""

from __future__ import annotations

import os
import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from ui import jsonform

if TYPE_CHECKING:
    from rich.console import Console

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
PIPE_WIDTH = 1000  # columns where nobody looks: a line stays a line


class Terminal:
    """Standard output and standard error, as text or as JSON."""

    def __init__(self) -> None:
        self.as_json = False

    def emit(self, value: Any) -> None:
        """Writes one JSON object as a line, at once."""
        utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        sys.stdout.write(jsonform.dumps(value, ascii_only=not utf8) + "\n")
        sys.stdout.flush()

    def tell(self, sentence: str) -> None:
        """Writes a sentence for a person to standard output, at once."""
        self.out.print(printable(sentence), soft_wrap=True)
        sys.stdout.flush()

    @cached_property
    def out(self) -> Console:
        """Text for a person."""
        return _console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        """Progress, warnings and errors."""
        return _console(sys.stderr)


def printable(text: str) -> str:
    """The text without anything that a terminal would act on."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _console(file: TextIO) -> Console:
    from rich.console import Console

    if hasattr(file, "reconfigure"):
        file.reconfigure(errors="replace")  # a terminal that cannot show a character shows a question mark
    width = None if file.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)
