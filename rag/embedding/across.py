"""Sentences of two languages beside a question in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from ingestion.tokens import language
from rag.embedding.base import Embedder, Vectors

# What makes a cosine across the languages comparable with those within one: so much is added to so much of it.
# Sentences that have nothing in common have .08 at the mean by the multilingual encoder, .36 by the Chinese one.
_MEANT = {"en": (0.0, 1.0), "zh": (0.28, 0.8)}


def across(spoken: str, own: Embedder, multilingual: Embedder, texts: Sequence[str]) -> Embedder:
    """What compares sentences of the texts with a question in the language `spoken`, "en" or "zh": its `own` encoder
    alone where all of them are in it."""
    return own if all(language(text) == spoken for text in texts) else Across(spoken, own, multilingual)


class Across:
    """Each sentence by the encoder that knows it best: the dot product with the question is its own encoder's cosine
    if the sentence is in the question's language, and else made of the multilingual one's.

    Only the vectors of sentences in the question's language are of length 1.
    """

    name = "across"

    def __init__(self, spoken: str, own: Embedder, multilingual: Embedder) -> None:
        self._spoken, self._own, self._multilingual = spoken, own, multilingual
        self.dimension = own.dimension + multilingual.dimension + 1
        self.sha256 = sha256(f"{own.sha256} {multilingual.sha256} {_MEANT[spoken]}".encode()).hexdigest()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        shift, share = _MEANT[self._spoken]
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        native = [position for position, text in enumerate(texts) if language(text) == self._spoken]
        foreign = [position for position, text in enumerate(texts) if language(text) != self._spoken]
        out[native, : self._own.dimension] = self._own.embed([texts[position] for position in native])
        meant = self._multilingual.embed([texts[position] for position in foreign])
        out[foreign, self._own.dimension :] = np.hstack([share * meant, np.full((len(foreign), 1), shift)])
        return out

    def embed_query(self, text: str) -> Vectors:
        """See Embedder."""
        one = np.ones(1, dtype=np.float32)
        return np.hstack([self._own.embed_query(text), self._multilingual.embed_query(text), one])
