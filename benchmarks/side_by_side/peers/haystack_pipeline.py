"""Haystack: splitter, in-memory store, embedding retriever. Best: BM25 joined in, fewer chunks, a strict prompt."""

from __future__ import annotations

from typing import Any

from common import Use, minilm, run, strict
from haystack import Document
from haystack.components.builders import ChatPromptBuilder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter, RecursiveDocumentSplitter
from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.dataclasses import ChatMessage
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import Secret
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

DOCUMENTS = (
    "\n\nDocuments:\n{% for one in documents %}{{ one.content }}\n{% endfor %}\nQuestion: {{ question }}\nAnswer:"
)
SHORT = "Using the information in the documents, answer the question."


class Haystack:
    """See the module."""

    def __init__(self, setting: str, language: str, endpoint: str) -> None:
        self._best, self._language = setting == "best", language
        self._k = 4 if self._best else 10  # 10 is the retriever's own default
        self._use = Use() if language == "zh" else None
        if not self._use:
            self._texts = SentenceTransformersTextEmbedder(model=minilm(), progress_bar=False)
            self._documents = SentenceTransformersDocumentEmbedder(model=minilm(), progress_bar=False)
            self._texts.warm_up()
            self._documents.warm_up()
        if language == "zh":  # its word splitter parts at spaces
            self._splitter: Any = RecursiveDocumentSplitter(
                split_length=400, split_unit="char", separators=["\n\n", "\n", "。", "，"]
            )
        else:
            self._splitter = DocumentSplitter(split_by="word", split_length=200)
        self._splitter.warm_up()
        pattern = r"(?u)\w" if language == "zh" else r"(?u)\b\w+\b"
        self._store = InMemoryDocumentStore(bm25_tokenization_regex=pattern)
        self._lexical = InMemoryBM25Retriever(self._store)
        self._dense = InMemoryEmbeddingRetriever(self._store)
        self._joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")
        prompt = (strict(language) if self._best else SHORT) + DOCUMENTS
        self._builder = ChatPromptBuilder([ChatMessage.from_user(prompt)], required_variables=["documents", "question"])
        self._llm = OpenAIChatGenerator(
            Secret.from_token("none"), model="local", api_base_url=f"{endpoint}/v1", timeout=600, max_retries=0
        )

    def index(self, documents: list[dict[str, str]]) -> None:
        """Split, embed, write."""
        whole = [Document(content=one["text"], meta={"name": one["name"]}) for one in documents]
        chunks = self._splitter.run(documents=whole)["documents"]
        if self._use:
            vectors = self._use([chunk.content for chunk in chunks])
            chunks = [
                Document(content=chunk.content, meta=chunk.meta, embedding=vector)
                for chunk, vector in zip(chunks, vectors, strict=True)
            ]
        else:
            chunks = self._documents.run(documents=chunks)["documents"]
        self._store.write_documents(chunks)

    def update(self, documents: list[dict[str, str]]) -> None:
        """Delete the documents' chunks, write the new ones."""
        for one in documents:
            held = self._store.filter_documents({"field": "meta.name", "operator": "==", "value": one["name"]})
            self._store.delete_documents([chunk.id for chunk in held])
        self.index(documents)

    def _find(self, question: str, k: int) -> list[Any]:
        vector = self._use([question])[0] if self._use else self._texts.run(text=question)["embedding"]
        found: list[Any] = self._dense.run(query_embedding=vector, top_k=k)["documents"]
        if self._best:
            lexical = self._lexical.run(query=question, top_k=k)["documents"]
            found = self._joiner.run(documents=[found, lexical], top_k=k)["documents"]
        return found

    def retrieve(self, question: str, k: int) -> list[tuple[str, str]]:
        """See Peer."""
        return [_pair(chunk) for chunk in self._find(question, k)]

    def answer(self, question: str) -> tuple[str, list[tuple[str, str]]]:
        """See Peer."""
        found = self._find(question, self._k)
        prompt = self._builder.run(documents=found, question=question)["prompt"]
        return self._llm.run(messages=prompt)["replies"][0].text, [_pair(chunk) for chunk in found]


def _pair(chunk: Any) -> tuple[str, str]:
    return chunk.meta["name"], chunk.content


if __name__ == "__main__":
    run(Haystack)
