"""English: all-MiniLM-L6-v2 on ONNX Runtime, without torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from core.settings import threads
from core.weights import KNOWN, locate
from rag.embedding.base import Vectors

MAX_PIECES = 256
"""Word pieces read of a text, as the model was trained and published with."""

_BATCH_PIECES = 1024  # padded; more reads no faster and leaves the processor's cache


class MiniLM:
    """384 numbers a text: the mean of what the model makes of its word pieces. English only."""

    name = "minilm"
    dimension = 384
    sha256 = KNOWN["minilm-l6-int8"].sha256

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        for batch in _batches([len(ids) for ids in pieces]):
            out[batch] = self._run([pieces[position] for position in batch])
        return out

    def embed_query(self, text: str) -> Vectors:
        """See Embedder; questions and passages are embedded alike."""
        vector: Vectors = self.embed([text])[0]
        return vector

    def _run(self, pieces: list[list[int]]) -> Vectors:
        ids = np.zeros((len(pieces), max(map(len, pieces))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, found in enumerate(pieces):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(None, inputs)
        summed: Vectors = np.einsum("bsd,bs->bd", hidden, mask.astype(np.float32))
        summed /= np.linalg.norm(summed, axis=1, keepdims=True)
        return summed

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
        options.intra_op_num_threads = threads()
        # Idle threads that spin would take the cores from the language model.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = str(locate("minilm-l6-int8"))
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Positions of texts of like length, as many together as fit into _BATCH_PIECES when padded."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[position] > _BATCH_PIECES:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
