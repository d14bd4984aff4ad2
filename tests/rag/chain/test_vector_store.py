"""LangChain's own suite for vector stores, over a library of our own."""

from __future__ import annotations

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from core.errors import ManifestMismatch, UsageError
from core.types import Filters
from rag.chain.embeddings import PinciteEmbeddings
from rag.chain.vector_store import PinciteVectorStore
from rag.embedding.open import open_embedder


@pytest.fixture
def store(tmp_path, embedder):
    return PinciteVectorStore.from_texts([], PinciteEmbeddings(embedder), folder=tmp_path / "library")


class TestStandard(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, store):
        return store


def test_the_nearest_with_scores(store):
    store.add_texts(["A cat sleeps.", "Interest rates rise."], [{"kind": "pet"}, {"kind": "money"}], ids=["a", "b"])
    (first, best), (second, worse) = store.similarity_search_with_score("kitten", k=5)
    assert first == Document(id="a", page_content="A cat sleeps.", metadata={"kind": "pet"})
    assert second.id == "b"
    assert 1 > best > 0.3 > worse > -1
    vector = store.embeddings.embed_query("kitten")
    assert store.similarity_search_by_vector(vector, k=1) == [first]
    assert store.similarity_search_with_relevance_scores("kitten", k=1)[0][1] == pytest.approx(best)


def test_filters(store):
    store.add_texts(["A cat sleeps.", "A dog sleeps."], [{"kind": "cat"}, {"kind": "dog"}], ids=["a", "b"])
    only = Filters(metadata=(("kind", "dog"),))
    assert [found.id for found in store.similarity_search("cat", filter=only)] == ["b"]


def test_ids_are_made_up_where_none_are_given(store):
    names = store.add_texts(["one", "two"], ids=[None, "mine"])
    assert names[1] == "mine"
    assert [found.page_content for found in store.get_by_ids(names)] == ["one", "two"]


def test_all_or_none(store):
    with pytest.raises(UsageError, match=r"'b': metadata 'tags' is a list"):
        store.add_texts(["one", "two"], [{}, {"tags": ["x"]}], ids=["a", "b"])
    with pytest.raises(UsageError, match="Adding 2 texts: 1 ids"):
        store.add_texts(["one", "two"], ids=["a"])
    assert store.similarity_search("one") == []


def test_passages_of_files_say_their_place(library, embedder):
    store = PinciteVectorStore(library, PinciteEmbeddings(embedder))
    (found,) = store.similarity_search("When does the lease end?", k=1)
    place = found.metadata
    assert (place["document"], place["heading"]) == ("lease.txt", "Term")
    assert library.text("lease.txt", place["start"], place["end"]) == found.page_content


def test_as_a_retriever(store):
    store.add_texts(["A cat sleeps.", "Interest rates rise."], ids=["a", "b"])
    assert [found.id for found in store.as_retriever(search_kwargs={"k": 1}).invoke("kitten")] == ["a"]


def test_embeddings_must_be_the_librarys(tmp_path, library):
    with pytest.raises(ManifestMismatch, match="embedder"):
        PinciteVectorStore(library, PinciteEmbeddings(open_embedder("use")))
    with pytest.raises(UsageError, match="PinciteEmbeddings"):
        PinciteVectorStore.from_texts(["a"], DeterministicFakeEmbedding(size=3), folder=tmp_path)


def test_deleting_wants_ids(store):
    with pytest.raises(UsageError, match="no ids"):
        store.delete()
