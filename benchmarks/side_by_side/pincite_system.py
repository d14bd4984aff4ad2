"""Pincite in its default settings, with the same protocol as the peers.

    python -m benchmarks.side_by_side.pincite_system JOB.json OUT.jsonl --endpoint http://127.0.0.1:8311

It asks the same server for the model's words, through its own setting for an endpoint.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "peers"))

from common import run  # type: ignore[import-not-found]  # the peers run their scripts as files, so this does too

from rag.assistant import Assistant


class Pincite:
    """See the module. Sources are the quotes that the answer cites, not whole passages."""

    def __init__(self, setting: str, language: str, endpoint: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        library = Path(self._folder.name) / "library"
        library.mkdir()
        lines = ["[engine]", f'endpoint = "{endpoint}/v1"', 'endpoint_model = "local"']
        (library / "pincite.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._assistant = Assistant.open(library, create=True, language=language)

    def index(self, documents: list[dict[str, str]]) -> None:
        """Write the files, add their folder."""
        files = Path(self._folder.name) / "files"
        files.mkdir(exist_ok=True)
        for one in documents:
            (files / one["name"]).write_text(one["text"], encoding="utf-8")
        failed = [result for result in self._assistant.add([files]) if result.status == "failed"]
        if failed:
            raise SystemExit(f"Adding the documents: {failed[0]}")

    def update(self, documents: list[dict[str, str]]) -> None:
        """Write the changed files over, add the folder again."""
        self.index(documents)

    def retrieve(self, question: str, k: int) -> list[tuple[str, str]]:
        """See Peer."""
        return [(hit.document, hit.passage.text) for hit in self._assistant.search(question, k)]

    def answer(self, question: str) -> tuple[str, list[tuple[str, str]]]:
        """See Peer."""
        told = self._assistant.ask(question)
        cited = [(one.document, one.quote) for sentence in told.sentences for one in sentence.citations]
        return told.text if told.status == "answered" else "Not found", cited


if __name__ == "__main__":
    run(Pincite)
