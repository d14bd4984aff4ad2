"""Any other embedder, by the name of its folder or its name on the hub: sentence-transformers runs it.

The only module that imports it. It brings torch and takes some 16 s to import, so that nothing here is on the way
of a library that does without.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import MissingDependency
from core.weights import locate, sha256_of
from rag.embedding.base import Vectors

_WEIGHTS = ("*.safetensors", "*.bin", "config*.json", "modules.json", "tokenizer.json", "vocab.txt")


class SentenceTransformerEmbedder:
    """A model that sentence-transformers loads. `name` is a folder, or `hf:OWNER/NAME` with PINCITE_OFFLINE=0.

    Raises WeightsMissing, MissingDependency.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = locate(name)

    @cached_property
    def sha256(self) -> str:
        """Over every file that decides the vectors."""
        return folder_sha256(self._folder)

    @cached_property
    def dimension(self) -> int:
        """As the model says."""
        return int(self._model.get_sentence_embedding_dimension())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return self._normalised(self._model.encode_document(list(texts), show_progress_bar=False))

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; with the prompt for questions, where the model has one."""
        vector: Vectors = self._normalised(self._model.encode_query([text], show_progress_bar=False))[0]
        return vector

    @staticmethod
    def _normalised(vectors: Any) -> Vectors:
        rows: Vectors = np.asarray(vectors, dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return rows

    @cached_property
    def _model(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise MissingDependency(
                f"The embedder {self.name!r} needs sentence-transformers, which is not installed: "
                "pip install 'pincite[embedders]'. The embedders minilm, use and bilingual need nothing more."
            ) from error
        return SentenceTransformer(str(self._folder), local_files_only=True)


def folder_sha256(folder: Path) -> str:
    """One SHA-256 over the names and contents of the model's files."""
    files = sorted({path for pattern in _WEIGHTS for path in folder.rglob(pattern)})
    lines = [f"{path.relative_to(folder).as_posix()} {sha256_of(path)}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
