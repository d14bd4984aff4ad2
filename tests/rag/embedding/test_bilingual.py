import numpy as np
import pytest

from rag.embedding.bilingual import Bilingual
from rag.embedding.minilm import MiniLM
from rag.embedding.use import MultilingualUSE
from tests.rag.embedding.conformance import CHINESE, ENGLISH, ChineseEmbedderConformance


@pytest.fixture(scope="class")
def embedder():
    return Bilingual()


class TestBilingual(ChineseEmbedderConformance):
    def test_chinese_is_the_multilingual_vector(self, embedder):
        (vector,) = embedder.embed([CHINESE])
        assert not vector[:384].any()
        assert np.array_equal(vector[384:], MultilingualUSE().embed([CHINESE])[0])

    def test_english_is_both(self, embedder):
        one, other = embedder.embed([ENGLISH, "The lease ends on 3 May 2027."])
        minilm = MiniLM().embed([ENGLISH, "The lease ends on 3 May 2027."])
        use = MultilingualUSE().embed([ENGLISH, "The lease ends on 3 May 2027."])
        assert one @ other == pytest.approx(0.4 * minilm[0] @ minilm[1] + 0.6 * use[0] @ use[1], abs=1e-5)

    def test_a_chinese_question_meets_english_passages(self, embedder):
        passages = embedder.embed([ENGLISH, "The lease ends on 3 May 2027.", "Rinse the filter under running water."])
        assert np.argmax(passages @ embedder.embed_query("手机怎么重启？")) == 0

    @pytest.mark.parametrize("text", [ENGLISH, CHINESE, "", "E-43"])
    def test_questions_are_embedded_like_passages(self, embedder, text):
        assert embedder.embed_query(text) == pytest.approx(embedder.embed([text])[0], abs=1e-6)
