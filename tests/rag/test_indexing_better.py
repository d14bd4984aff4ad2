"""Files that an older Pincite read otherwise."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.types import Passage
from ingestion.passages import PassageSettings
from rag.indexing import add
from rag.library.manifest import Manifest
from rag.library.store import Library

ROWS = "".join(f"<tr><td>Cost of item {at}</td><td>{at},100</td><td>{at},200</td></tr>" for at in range(20))
REPORT = f"<h1>Report</h1><p>What it cost.</p><table><tr><td></td><td>2019</td><td>2018</td></tr>{ROWS}</table>"


class Ones:
    """The same vector for every text, and a count of them."""

    name, sha256, dimension = "ones", "5a" * 32, 1

    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += texts
        return np.ones((len(texts), 1), dtype=np.float32)

    def embed_query(self, text: str) -> np.ndarray:
        return np.ones(1, dtype=np.float32)


def report(library: Library) -> list[Passage]:
    found = library.passages(range(1, 100))
    return [stored.passage for stored in found if stored.document.name == "report.html"]


def test_what_is_read_better_now_is_read_again_and_no_text_embedded_twice(tmp_path: Path) -> None:
    folder, embedder = tmp_path / "documents", Ones()
    folder.mkdir()
    (folder / "report.html").write_text(REPORT)
    (folder / "note.txt").write_text("A note without tables.")
    with Library.create(
        tmp_path / "library", Manifest.made_with(embedder, PassageSettings(target=200, maximum=300), "en")
    ) as library:

        def added() -> dict[str, str]:
            return {Path(result.path).name: result.status for result in add(library, embedder, [folder])}

        assert added() == {"note.txt": "added", "report.html": "added"}
        good = report(library)
        assert {passage.header for passage in good} == {"", "| 2019 | 2018"}
        with library.transaction() as connection:  # as an older Pincite left it: no row names the columns
            connection.execute("UPDATE sources SET reading = 0")
            connection.execute("UPDATE documents SET digest = '', blocks = replace(blocks, ',0,1]', ',0,0]')")
            connection.execute("UPDATE passages SET header = ''")
        assert library.sources.outdated() == {str(folder / "report.html")}
        embedder.texts.clear()
        assert added() == {"note.txt": "unchanged", "report.html": "updated"}
        assert embedder.texts == []
        assert report(library) == good
        assert library.sources.outdated() == set()
        assert added() == {"note.txt": "unchanged", "report.html": "unchanged"}
