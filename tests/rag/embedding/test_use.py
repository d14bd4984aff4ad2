import pytest

from rag.embedding.use import MultilingualUSE
from tests.rag.embedding.conformance import ChineseEmbedderConformance


@pytest.fixture(scope="class")
def embedder():
    return MultilingualUSE()


class TestMultilingualUSE(ChineseEmbedderConformance):
    def test_order_of_many_texts(self, embedder):
        texts = [f"第{number}条" for number in range(40)]
        vectors = embedder.embed(texts)
        assert (vectors @ vectors.T).argmax(axis=1).tolist() == list(range(40))
        assert vectors[27] == pytest.approx(embedder.embed_query("第27条"), abs=1e-3)
