"""LangChain's own suite for embeddings, over the English embedder."""

from __future__ import annotations

import numpy as np
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from rag.chain.embeddings import PinciteEmbeddings
from rag.embedding.open import open_embedder


class TestUnit(EmbeddingsUnitTests):
    embeddings_class = PinciteEmbeddings
    embedding_model_params = {"model": "minilm"}  # noqa: RUF012


class TestIntegration(EmbeddingsIntegrationTests):
    embeddings_class = PinciteEmbeddings
    embedding_model_params = {"model": "minilm"}  # noqa: RUF012


def test_the_vectors_are_the_embedders():
    embedder = open_embedder("minilm")
    embeddings = PinciteEmbeddings(embedder)
    np.testing.assert_array_equal(
        np.asarray(embeddings.embed_documents(["one", "two"]), np.float32), embedder.embed(["one", "two"])
    )
    np.testing.assert_array_equal(np.asarray(embeddings.embed_query("one"), np.float32), embedder.embed_query("one"))
    assert embeddings.embed_documents([]) == []
