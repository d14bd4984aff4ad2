"""A BERT encoder on ONNX Runtime, without torch: what MiniLM and the Chinese encoder share."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from core.settings import threads
from core.weights import locate
from rag.embedding.base import Vectors

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
        # One text at a time on each core: batches read no faster, and would pad.
        with ThreadPoolExecutor(threads()) as pool:
            for row, vector in enumerate(pool.map(self.embed_query, texts)):
                out[row] = vector
        return out

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; questions and passages are embedded alike."""
        ids = np.array([self._tokenizer.encode(self.plain(text)).ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        vector = self.pooled(self._session.run(None, given)[0][0])
        return vector / np.linalg.norm(vector)

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
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(str(locate(self.weights)), options, providers=["CPUExecutionProvider"])
