"""Our hybrid search as LangChain's retriever."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from core.types import Filters, Hit


class PinciteRetriever(BaseRetriever):
    """The `k` best passages for a question, by words and meaning; `invoke(question, k=3)` overrides `k`.

    Raises UsageError for an empty question or k below 1.
    """

    retriever: Any
    """A rag.retrieval.retriever.Retriever."""
    k: int = 4
    filters: Filters | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits: list[Hit] = self.retriever.search(query, self.k if k is None else k, self.filters)
        return [document_of(hit) for hit in hits]


def document_of(hit: Hit) -> Document:
    """A hit as LangChain's Document: its text, and in the metadata its place, its score and its document's metadata.

    `document`, `page`, `start` and `end` make a pincite; offsets are into the document's canonical text.
    """
    passage = hit.passage
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            **hit.metadata,
            "document": hit.document,
            "document_id": passage.document_id,
            "page": passage.page,
            "start": passage.start,
            "end": passage.end,
            "heading": " > ".join(passage.heading),
            "score": hit.score,
        },
    )
