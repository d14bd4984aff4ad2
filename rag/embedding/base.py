"""What every embedder does: text in, vectors of length 1 out, whose dot product says how alike two texts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors. Weights are loaded when they are first needed; any thread may call it.

    A text's vector depends on that text alone, not on what else is in the batch. A text longer than the model
    reads is cut at its end; an empty text has a vector like any other.
    """

    @property
    def name(self) -> str:
        """What `open_embedder` takes."""
        ...

    @property
    def sha256(self) -> str:
        """64 hex digits that change whenever the vectors do. A library belongs to one."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, (len(texts), dimension), each row of length 1."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question, (dimension,). Its dot product with a passage's vector is their cosine."""
        ...


@runtime_checkable
class KnowsBetter(Protocol):
    """An embedder that has others compare single sentences, by the languages at hand."""

    def encoder(self, question: str, texts: Sequence[str]) -> Embedder:
        """What compares sentences of these texts with the question."""
        ...


def of_sentences(embedder: Embedder, question: str, texts: Sequence[str]) -> Embedder:
    """What compares sentences of these texts with the question: the embedder itself unless it knows better."""
    return embedder.encoder(question, texts) if isinstance(embedder, KnowsBetter) else embedder
