"""LangChain's own suite for retrievers, over a small library."""

from __future__ import annotations

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from core.errors import UsageError
from core.types import Filters
from rag.chain.retriever import PinciteRetriever
from rag.retrieval.retriever import Retriever


class TestStandard(RetrieversIntegrationTests):
    retriever_constructor = PinciteRetriever
    retriever_query_example = "When does the lease end?"

    @pytest.fixture(autouse=True)
    def _take(self, library, embedder):
        self._retriever = Retriever(library, embedder)

    @property
    def retriever_constructor_params(self):
        return {"retriever": self._retriever}


@pytest.fixture
def retriever(library, embedder):
    return PinciteRetriever(retriever=Retriever(library, embedder), k=2)


def test_a_document_says_its_place(library, retriever):
    first, second = retriever.invoke("When does the lease end?")
    place = first.metadata
    assert library.text(place["document"], place["start"], place["end"]) == first.page_content
    assert "31 December 2027" in first.page_content
    assert (place["document"], place["heading"], place["page"], place["shelf"]) == ("lease.txt", "Term", None, "green")
    assert place["score"] >= second.metadata["score"]
    assert first.id != second.id


def test_filters(library, embedder):
    retriever = PinciteRetriever(retriever=Retriever(library, embedder), filters=Filters(documents=("boiler*",)))
    assert {found.metadata["document"] for found in retriever.invoke("When does the lease end?")} == {"boiler.txt"}


def test_a_question_must_be_asked(retriever):
    with pytest.raises(UsageError, match="empty"):
        retriever.invoke(" ")
