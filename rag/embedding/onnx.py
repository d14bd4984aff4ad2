"""A BERT encoder on ONNX Runtime, without torch: what MiniLM and the Chinese encoder share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from core.settings import threads
from core.weights import locate
from rag.embedding.base import Vectors
from rag.onnx import session

MAX_PIECES = 256
"""Word pieces read of a text, as MiniLM was trained and published with."""


class OnnxEncoder:
    """A subclass names the weights and the tokenizer, both as `locate` takes them, and how one vector is made."""

    name: str
    dimension: int
    weights: ClassVar[str]
    tokenizer: ClassVar[str]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return out
        # One text at a time on each core: batches read no faster, and would pad.
        with ThreadPoolExecutor(threads()) as pool:
            for row, vector in enumerate(pool.map(self._loaded(), texts)):
                out[row] = vector
        return out

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; questions and passages are embedded alike."""
        return self._loaded()(text)

    def _loaded(self) -> Callable[[str], Vectors]:
        """What reads a text. The weights are loaded here, so that the threads of `embed` find them loaded."""
        encode, run = self._tokenizer.encode, self._session.run

        def read(text: str) -> Vectors:
            ids = np.array([encode(self.plain(text)).ids], dtype=np.int64)
            given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            vector = self.pooled(run(None, given)[0][0])
            return vector / np.linalg.norm(vector)

        return read

    def plain(self, text: str) -> str:
        """The text as the model is to read it."""
        return text

    def pooled(self, pieces: Vectors) -> Vectors:
        """One vector out of those of the pieces, (pieces, dimension)."""
        raise NotImplementedError

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(locate(self.tokenizer)))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_PIECES)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        return session(locate(self.weights))
