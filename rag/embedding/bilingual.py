"""English and Chinese in one library: a vector of two halves, MiniLM's and the multilingual encoder's.

A passage fills the half of its language and leaves the other zero. A question fills both, so that the dot product
is its cosine with each passage in the space where that passage lives: an English passage is met by MiniLM, the
better of the two for English, and a Chinese one by the encoder that knows both languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from ingestion.tokens import language
from rag.embedding.base import Vectors
from rag.embedding.minilm import MiniLM
from rag.embedding.use import MultilingualUSE


class Bilingual:
    """896 numbers a text: 384 for English, 512 for Chinese. A passage's vector has length 1, a question's √2."""

    name = "bilingual"
    dimension = MiniLM.dimension + MultilingualUSE.dimension
    sha256 = sha256(f"{MiniLM.sha256} {MultilingualUSE.sha256}".encode()).hexdigest()

    def __init__(self) -> None:
        self._english = MiniLM()
        self._multilingual = MultilingualUSE()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        chinese = [position for position, text in enumerate(texts) if language(text) == "zh"]
        english = sorted(set(range(len(texts))) - set(chinese))
        out[english, : MiniLM.dimension] = self._english.embed([texts[position] for position in english])
        out[chinese, MiniLM.dimension :] = self._multilingual.embed([texts[position] for position in chinese])
        return out

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; here the length is √2, each half being of length 1."""
        return np.concatenate([self._english.embed_query(text), self._multilingual.embed_query(text)])
