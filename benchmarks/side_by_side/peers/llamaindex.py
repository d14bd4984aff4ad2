"""LlamaIndex: a vector index and its query engine. Best: BM25 fused with it, smaller chunks, a strict prompt."""

from __future__ import annotations

from typing import Any

from common import Use, minilm, run, strict
from llama_index.core import Document, PromptTemplate, Settings, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.llms.openai_like import OpenAILike
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import PrivateAttr

K = 4


class UseEmbedding(BaseEmbedding):
    """The multilingual encoder as LlamaIndex wants it."""

    _use: Any = PrivateAttr()

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        self._use = Use()

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._use([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._use(texts)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._use([query])[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class LlamaIndex:
    """See the module."""

    def __init__(self, setting: str, language: str, endpoint: str) -> None:
        self._best, self._language = setting == "best", language
        Settings.embed_model = UseEmbedding() if language == "zh" else HuggingFaceEmbedding(model_name=minilm())
        Settings.llm = OpenAILike(
            model="local", api_base=f"{endpoint}/v1", api_key="none", is_chat_model=True, context_window=8192,
            max_retries=0, timeout=600,
        )  # fmt: skip
        if self._best:
            Settings.node_parser = SentenceSplitter(chunk_size=256, chunk_overlap=32)

    def index(self, documents: list[dict[str, str]]) -> None:
        """Split, embed, build the index."""
        self._held: dict[int, Any] = {}
        self._index = VectorStoreIndex.from_documents([_document(one) for one in documents])

    def update(self, documents: list[dict[str, str]]) -> None:
        """Its own refresh: what changed is deleted and inserted."""
        self._held.clear()
        self._index.refresh_ref_docs([_document(one) for one in documents])

    def _retriever(self, k: int) -> Any:
        """The one for so many chunks, kept: BM25 over all chunks takes long to build."""
        if k not in self._held:
            self._held[k] = self._new_retriever(k)
        return self._held[k]

    def _new_retriever(self, k: int) -> Any:
        dense = self._index.as_retriever(similarity_top_k=k)
        if not self._best:
            return dense
        # Chinese has no spaces: BM25 over its characters.
        words = {"token_pattern": r"(?u)\w", "skip_stemming": True} if self._language == "zh" else {}
        lexical = BM25Retriever.from_defaults(docstore=self._index.docstore, similarity_top_k=k, **words)
        return QueryFusionRetriever(
            [dense, lexical], similarity_top_k=k, num_queries=1, mode="reciprocal_rerank", use_async=False
        )

    def retrieve(self, question: str, k: int) -> list[tuple[str, str]]:
        """See Peer."""
        return [_pair(node) for node in self._retriever(k).retrieve(question)]

    def answer(self, question: str) -> tuple[str, list[tuple[str, str]]]:
        """See Peer."""
        if not hasattr(self, "_engine"):
            if self._best:
                prompt = PromptTemplate(strict(self._language) + "\n\n{context_str}\n\n{query_str}")
                self._engine = RetrieverQueryEngine.from_args(self._retriever(K), text_qa_template=prompt)
            else:
                self._engine = self._index.as_query_engine()
        told = self._engine.query(question)
        return str(told), [_pair(node) for node in told.source_nodes]


def _document(one: dict[str, str]) -> Document:
    return Document(text=one["text"], doc_id=one["name"], metadata={"file_name": one["name"]})


def _pair(node: Any) -> tuple[str, str]:
    return node.metadata["file_name"], node.get_content()


if __name__ == "__main__":
    run(LlamaIndex)
