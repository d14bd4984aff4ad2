"""What a library was made with: the embedder, its hash, the passage settings, the language, the Pincite version.

The truth is a row of `library.db`; `manifest.json` is its copy for people and other programs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path

from core.errors import ManifestMismatch
from core.types import MetadataValue
from ingestion.passages import PassageSettings
from rag.embedding.base import Embedder

FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`embedder` is its name, `embedder_sha256` the hash of its weights, `dimension` the length of its vectors.

    `passages` holds the settings that documents were split with; `language` is "en", "zh" or "mixed";
    `pincite` is the version that made the library.
    """

    embedder: str
    embedder_sha256: str
    dimension: int
    language: str
    passages: Mapping[str, MetadataValue] = field(default_factory=dict)
    pincite: str = ""

    @classmethod
    def made_with(cls, embedder: Embedder, passages: PassageSettings, language: str) -> Manifest:
        """For a new library, of this Pincite."""
        return cls(
            embedder.name, embedder.sha256, embedder.dimension, language, asdict(passages), metadata.version("pincite")
        )

    def check(self, wanted: Manifest) -> None:
        """Raise ManifestMismatch when a library made with this cannot be used with the `wanted` settings."""
        for meaning, mine, theirs in (
            ("embedder", self.embedder, wanted.embedder),
            ("SHA-256 of the embedder", self.embedder_sha256, wanted.embedder_sha256),
            ("length of the vectors", self.dimension, wanted.dimension),
            ("passage settings", dict(self.passages), dict(wanted.passages)),
        ):
            if mine != theirs:
                raise ManifestMismatch(
                    f"Opening the library: it was made with the {meaning} {mine!r}, the settings say {theirs!r}. "
                    "Run `pincite reindex` to bring the library to the settings, or set them back in pincite.toml."
                )

    def to_json(self) -> str:
        """As it is kept, one line."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """The inverse of `to_json`."""
        return cls(**json.loads(text))

    def write(self, folder: Path) -> None:
        """Lay `manifest.json` in the folder, whole or not at all, unless it is there and says the same."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"
        path = folder / FILE_NAME
        if path.exists() and path.read_text(encoding="utf-8", errors="replace") == text:
            return
        temporary = folder / f".{FILE_NAME}.{os.getpid()}"
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
