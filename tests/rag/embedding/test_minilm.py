import numpy as np
import pytest

from rag.embedding.minilm import MiniLM
from tests.rag.embedding.conformance import EmbedderConformance


@pytest.fixture(scope="class")
def embedder():
    return MiniLM()


class TestMiniLM(EmbedderConformance):
    def test_cosines_as_published(self, embedder):
        # The model card's own example for all-MiniLM-L6-v2; the int8 weights may differ by a hundredth.
        vectors = embedder.embed(
            [
                "That is a happy person",
                "That is a happy dog",
                "That is a very happy person",
                "Today is a sunny day",
            ]
        )
        assert vectors[0] @ vectors.T == pytest.approx(np.array([1, 0.695, 0.943, 0.257]), abs=0.01)

    def test_reads_256_pieces(self, embedder):
        words = ["pump"] * 254  # and the marks of begin and end
        start, longer, different = (" ".join(words + more) for more in ([], ["filter"], []))
        vectors = embedder.embed([start, longer, different.replace("pump", "valve", 1)])
        assert np.array_equal(vectors[0], vectors[1])
        assert not np.array_equal(vectors[0], vectors[2])
