"""English and Chinese in one library: MiniLM and the multilingual encoder side by side in one vector.

The multilingual encoder reads every text, so that a question meets passages in either language. MiniLM, which knows
English alone, joins it for English texts: two opinions of different make find more than the better of the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from ingestion.tokens import language
from rag.embedding.across import across
from rag.embedding.base import Embedder, Vectors
from rag.embedding.minilm import MiniLM
from rag.embedding.use import MultilingualUSE

ENGLISH_SHARE = 0.4
"""What MiniLM's cosine counts for between two English texts; the multilingual encoder's counts for the rest."""

_ENGLISH = np.float32(ENGLISH_SHARE**0.5)
_MULTILINGUAL = np.float32((1 - ENGLISH_SHARE) ** 0.5)


class Bilingual:
    """896 numbers a text: MiniLM's 384, zero unless the text is English, and the multilingual encoder's 512.

    The dot product is 0.4 and 0.6 of both cosines between two English texts, the multilingual cosine between two
    Chinese ones, and 0.77 of it between the languages: a passage in the question's own language goes first.
    """

    name = "bilingual"
    dimension = MiniLM.dimension + MultilingualUSE.dimension
    sha256 = sha256(f"{MiniLM.sha256} {MultilingualUSE.sha256} {ENGLISH_SHARE}".encode()).hexdigest()

    def __init__(self) -> None:
        self._english = MiniLM()
        self._multilingual = MultilingualUSE()

    def encoder(self, question: str, texts: Sequence[str]) -> Embedder:
        """What compares sentences of these texts with the question: the encoder of its language, and for texts in the
        other one the multilingual one."""
        if language(question) != "en":
            return self._multilingual.encoder(question, texts)
        return across("en", self._english, self._multilingual, texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        out[:, MiniLM.dimension :] = self._multilingual.embed(texts)
        english = [position for position, text in enumerate(texts) if language(text) == "en"]
        vectors = self._english.embed([texts[position] for position in english])
        out[english] = np.hstack([_ENGLISH * vectors, _MULTILINGUAL * out[english, MiniLM.dimension :]])
        return out

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; questions and passages are embedded alike."""
        multilingual = self._multilingual.embed_query(text)
        if language(text) == "en":
            return np.hstack([_ENGLISH * self._english.embed_query(text), _MULTILINGUAL * multilingual])
        return np.hstack([np.zeros(MiniLM.dimension, dtype=np.float32), multilingual])
