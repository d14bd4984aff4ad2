"""From a name to an embedder."""

from __future__ import annotations

from collections.abc import Callable

from rag.embedding.base import Embedder

DEFAULT = "bilingual"


def open_embedder(name: str = DEFAULT) -> Embedder:
    """The embedder of that name: "minilm" (English), "use" (16 languages, Chinese and English among them; the fastest),
    "bilingual" (both together, the best), or a folder or `hf:OWNER/NAME` for sentence-transformers.

    Loads no weights. Raises WeightsMissing.
    """
    embedded = _EMBEDDED.get(name)
    return embedded() if embedded else _other(name)


def _minilm() -> Embedder:
    from rag.embedding.minilm import MiniLM

    return MiniLM()


def _use() -> Embedder:
    from rag.embedding.use import MultilingualUSE

    return MultilingualUSE()


def _bilingual() -> Embedder:
    from rag.embedding.bilingual import Bilingual

    return Bilingual()


def _other(name: str) -> Embedder:
    from rag.embedding.sentence_transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(name)


_EMBEDDED: dict[str, Callable[[], Embedder]] = {"minilm": _minilm, "use": _use, "bilingual": _bilingual}
