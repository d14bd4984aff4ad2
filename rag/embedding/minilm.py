"""English: all-MiniLM-L6-v2 on ONNX Runtime."""

from __future__ import annotations

from core.weights import KNOWN
from rag.embedding.base import Vectors
from rag.embedding.onnx import OnnxEncoder


class MiniLM(OnnxEncoder):
    """384 numbers a text: the mean of what the model makes of its word pieces. English only."""

    name = "minilm"
    dimension = 384
    weights = "minilm-l6-int8"
    tokenizer = "minilm-l6-tokenizer"
    sha256 = KNOWN["minilm-l6-int8"].sha256

    def pooled(self, pieces: Vectors) -> Vectors:
        """See OnnxEncoder."""
        mean: Vectors = pieces.mean(axis=0)
        return mean
