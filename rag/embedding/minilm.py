"""English: all-MiniLM-L6-v2 on ONNX Runtime, without torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np

from core.settings import threads
from core.weights import KNOWN, locate
from rag.embedding.base import Vectors

MAX_PIECES = 256
"""Word pieces read of a text, as the model was trained and published with."""


class MiniLM:
    """384 numbers a text: the mean of what the model makes of its word pieces. English only."""

    name = "minilm"
    dimension = 384
    sha256 = KNOWN["minilm-l6-int8"].sha256

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        run = self._session.run
        # One text at a time on each core: batches read no faster, and would pad.
        with ThreadPoolExecutor(threads()) as pool:
            for row, vector in enumerate(pool.map(lambda encoding: _mean(run, encoding.ids), encodings)):
                out[row] = vector
        return out

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; questions and passages are embedded alike."""
        return _mean(self._session.run, self._tokenizer.encode(text).ids)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(locate("minilm-l6-tokenizer")))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_PIECES)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = str(locate("minilm-l6-int8"))
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _mean(run: Callable[..., Any], pieces: list[int]) -> Vectors:
    ids = np.array([pieces], dtype=np.int64)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    mean: Vectors = run(None, inputs)[0][0].mean(axis=0)
    mean /= np.linalg.norm(mean)
    return mean
