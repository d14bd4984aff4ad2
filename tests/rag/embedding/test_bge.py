import pytest

from rag.embedding.bge import BgeChinese
from tests.rag.embedding.conformance import ChineseEmbedderConformance


@pytest.fixture(scope="class")
def embedder():
    return BgeChinese()


class TestBgeChinese(ChineseEmbedderConformance):
    def test_other_words_for_the_same_are_nearer_than_other_matters(self, embedder):
        said = embedder.embed(["本产品的保修期为自购买之日起24个月。", "每六个月更换一次前置滤芯。", "今天天气很好。"])
        assert said @ embedder.embed_query("滤芯多久换一次") == pytest.approx([0.516, 0.777, 0.303], abs=0.01)

    def test_traditional_is_read_as_simplified(self, embedder):
        one, other = embedder.embed(["請更換濾芯。", "请更换滤芯。"])
        assert one @ other == pytest.approx(1, abs=1e-6)
