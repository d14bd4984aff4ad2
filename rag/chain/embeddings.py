"""Our embedders as LangChain's Embeddings."""

from __future__ import annotations

from langchain_core.embeddings import Embeddings

from rag.embedding.base import Embedder
from rag.embedding.open import DEFAULT, open_embedder


class PinciteEmbeddings(Embeddings):
    """Vectors of length 1 from `model`: an Embedder, or the name of one as `open_embedder` takes it."""

    def __init__(self, model: Embedder | str = DEFAULT) -> None:
        self.embedder = open_embedder(model) if isinstance(model, str) else model

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages, in order."""
        vectors: list[list[float]] = self.embedder.embed(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        vector: list[float] = self.embedder.embed_query(text).tolist()
        return vector
