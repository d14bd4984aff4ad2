import numpy as np
import pytest

from rag.embedding.bilingual import Bilingual
from tests.rag.embedding.conformance import CHINESE, ENGLISH, ChineseEmbedderConformance


@pytest.fixture(scope="class")
def embedder():
    return Bilingual()


class TestBilingual(ChineseEmbedderConformance):
    def test_a_passage_fills_the_half_of_its_language(self, embedder):
        english, chinese = embedder.embed([ENGLISH, CHINESE])
        assert np.linalg.norm(english[:384]) == pytest.approx(1, abs=1e-5)
        assert not english[384:].any()
        assert np.linalg.norm(chinese[384:]) == pytest.approx(1, abs=1e-5)
        assert not chinese[:384].any()
