"""What every Embedder must do, whatever runs it. A subclass gives the class-scoped fixture `embedder`."""

from __future__ import annotations

import numpy as np
import pytest

from rag.embedding.base import Embedder

ENGLISH = "Hold the power key and the volume key for ten seconds to restart the telephone."
CHINESE = "同时按住电源键和音量键十秒钟即可重新启动手机。"
LONG = "The supplier shall repair the pump within five working days. " * 170
TEXTS = [ENGLISH, "", CHINESE, LONG, "E-42", " \n ", "\U0001f600", "a\0b"]


class EmbedderConformance:
    """Runs on the real weights."""

    @pytest.fixture(scope="class")
    @classmethod
    def vectors(cls, embedder: Embedder):
        return embedder.embed(TEXTS)

    def test_says_what_it_is(self, embedder: Embedder):
        assert embedder.name
        assert len(embedder.sha256) == 64
        assert int(embedder.sha256, 16) > 0

    def test_a_row_of_length_1_a_text(self, embedder: Embedder, vectors):
        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)

    def test_no_texts(self, embedder: Embedder):
        none = embedder.embed([])
        assert none.shape == (0, embedder.dimension)
        assert none.dtype == np.float32

    def test_a_vector_depends_on_its_text_alone(self, embedder: Embedder, vectors):
        alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
        assert np.abs(alone - vectors).max() < 1e-3
        assert np.abs(embedder.embed(TEXTS[::-1])[::-1] - vectors).max() < 1e-3

    def test_the_same_twice(self, embedder: Embedder, vectors):
        assert np.array_equal(embedder.embed(TEXTS), vectors)

    def test_a_question_has_a_cosine_with_a_passage(self, embedder: Embedder, vectors):
        question = embedder.embed_query(ENGLISH)
        assert question.shape == (embedder.dimension,)
        assert question.dtype == np.float32
        cosines = vectors @ question
        assert cosines[0] == pytest.approx(1, abs=1e-3)
        assert cosines.max() <= 1.001
        assert cosines.min() >= -1.001

    def test_what_bears_on_a_question_is_nearest(self, embedder: Embedder):
        passages = embedder.embed([ENGLISH, "The lease ends on 3 May 2027.", "Rinse the filter under running water."])
        assert np.argmax(passages @ embedder.embed_query("How do I reboot my phone?")) == 0


class ChineseEmbedderConformance(EmbedderConformance):
    """The same for an embedder that knows Chinese, and meets Chinese passages with English questions."""

    @pytest.mark.parametrize("question", ["手机怎么重启？", "手機如何重新開機？", "How do I reboot my phone?"])
    def test_chinese_passages(self, embedder: Embedder, question: str):
        passages = embedder.embed([CHINESE, "租约于二〇二七年五月三日到期。", "用流动的清水冲洗滤网。"])
        assert np.argmax(passages @ embedder.embed_query(question)) == 0
