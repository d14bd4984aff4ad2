"""The project's own examples: what the gate measures where no library of the user's is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from core.errors import UsageError
from rag.assistant import Assistant

FOLDER = Path(__file__).parents[2] / "examples"


def check_there() -> None:
    """Raises UsageError where the examples are not there."""
    documents = FOLDER / "documents"
    if not documents.is_dir():
        raise UsageError(
            f"Measuring the examples: {documents} is not there; they come with the source, not with the package. "
            "Give questions of your own: `pincite gate --set QUESTIONS`."
        )


@contextmanager
def opened(progress: Callable[[int, int], None] | None = None) -> Iterator[Assistant]:
    """A library of the examples' documents, made anew with the settings as they are shipped, and gone afterwards.

    `progress` hears (files done, in all). Raises UsageError where the examples are not there, or are not all read.
    """
    with TemporaryDirectory(prefix="pincite-examples-") as folder, fill(Path(folder), progress) as assistant:
        yield assistant


def fill(folder: Path, progress: Callable[[int, int], None] | None = None) -> Assistant:
    """Makes the examples' library in `folder`, as `opened` does, and leaves it there."""
    check_there()
    assistant = Assistant.open(folder, create=True)
    try:
        for result in assistant.add([FOLDER / "documents"], progress=progress):
            if result.status not in ("added", "partial"):
                raise UsageError(f"Measuring the examples: {result.path} was {result.status}: {result.error}")
    except BaseException:
        assistant.close()
        raise
    return assistant
