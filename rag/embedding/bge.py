"""Chinese: bge-small-zh-v1.5 on ONNX Runtime."""

from __future__ import annotations

from core.weights import KNOWN
from ingestion.chinese import fold
from rag.embedding.base import Vectors
from rag.embedding.onnx import OnnxEncoder


class BgeChinese(OnnxEncoder):
    """512 numbers a text: what the model makes of its beginning. Chinese only; Traditional is read as Simplified.

    Any two sentences have a cosine of .36 at the mean, and those that say the same one of .7 and more.
    """

    name = "bge-small-zh"
    dimension = 512
    weights = "bge-small-zh-int8"
    tokenizer = "judge-zh-tokenizer"
    sha256 = KNOWN["bge-small-zh-int8"].sha256

    def plain(self, text: str) -> str:
        """See OnnxEncoder."""
        return fold(text)

    def pooled(self, pieces: Vectors) -> Vectors:
        """See OnnxEncoder."""
        first: Vectors = pieces[0]
        return first
