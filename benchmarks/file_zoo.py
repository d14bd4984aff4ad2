"""Add a folder of files of every kind in one run, and print what became of each type.

    python benchmarks/file_zoo.py FOLDER [--embedder minilm] [--list]

A crash is a reader that ended by a signal or by an error that it did not foresee; a hang is one that was ended at
its limit of time. Both are zero in a good run, whatever the files are. `--list` prints every file that was not added
as a whole, with its sentence. By default the vectors are drawn from each text's hash: what is looked at is reading.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.kill_adding import HashEmbedder  # noqa: E402
from core.types import FileResult  # noqa: E402
from ingestion.passages import PassageSettings  # noqa: E402
from rag.embedding.base import Embedder  # noqa: E402
from rag.embedding.open import open_embedder  # noqa: E402
from rag.indexing import add  # noqa: E402
from rag.library.manifest import Manifest  # noqa: E402
from rag.library.store import Library  # noqa: E402

STATUSES = ("added", "partial", "skipped", "failed")


@dataclass(slots=True)
class Row:
    """What became of the files of one type."""

    results: list[FileResult] = field(default_factory=list)

    def cells(self, name: str) -> list[str]:
        """The row of the table."""
        counts = [sum(result.status == status for result in self.results) for status in STATUSES]
        pages = sum(result.pages or 0 for result in self.results)
        passages = sum(result.passages for result in self.results)
        slowest = max(result.seconds for result in self.results)
        return [name, str(len(self.results)), *map(str, counts), str(pages), str(passages), f"{slowest:.1f}"] + [
            str(sum(map(is_crash, self.results))),
            str(sum(map(is_hang, self.results))),
        ]


def is_crash(result: FileResult) -> bool:
    """Whether the reader ended in a way that it did not foresee."""
    return any(said in (result.error or "") for said in ("its reader crashed", "its reader failed", "the system ended"))


def is_hang(result: FileResult) -> bool:
    """Whether the reader was ended at its limit of time."""
    return "no end after" in (result.error or "")


def print_table(rows: list[list[str]]) -> None:
    """Columns aligned; the first to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join([row[0].ljust(widths[0]), *cells]))


def main() -> int:
    """0 when nothing crashed and nothing hung."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--embedder", help="minilm, use, bilingual; vectors of the text's hash when left out")
    parser.add_argument("--list", action="store_true", help="print every file that was not added as a whole")
    arguments = parser.parse_args()
    embedder: Embedder = open_embedder(arguments.embedder) if arguments.embedder else HashEmbedder()
    began = time.monotonic()
    rows: dict[str, Row] = defaultdict(Row)
    with tempfile.TemporaryDirectory() as temporary:
        manifest = Manifest.made_with(embedder, PassageSettings(), "mixed")
        with Library.create(Path(temporary) / "library", manifest) as library:
            for result in add(library, embedder, [arguments.folder]):
                rows[Path(result.path).suffix.lower() or "(none)"].results.append(result)
                if arguments.list and result.status != "added":
                    print(f"{result.status:8} {Path(result.path).name}: {result.error}")
    header = ["type", "files", *STATUSES, "pages", "passages", "slowest s", "crashes", "hangs"]
    every = Row([result for row in rows.values() for result in row.results])
    print_table([header, *(rows[name].cells(name) for name in sorted(rows)), every.cells("all")])
    print(f"{time.monotonic() - began:.0f} s in all")
    return 1 if any(is_crash(result) or is_hang(result) for result in every.results) else 0


if __name__ == "__main__":
    sys.exit(main())
