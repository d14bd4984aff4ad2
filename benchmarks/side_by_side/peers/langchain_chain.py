"""LangChain: recursive splitter, FAISS, the "stuff" chain. Best: BM25 beside FAISS, a strict prompt."""

from __future__ import annotations

from typing import Any

from common import Use, minilm, run, strict
from langchain_classic.chains import RetrievalQA
from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.embeddings import Embeddings
from langchain_core.prompts import ChatPromptTemplate
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_openai import ChatOpenAI
from langchain_text_splitters import RecursiveCharacterTextSplitter

CHINESE = ["\n\n", "\n", " ", "\uff0e", "\u3002", "\uff0c", "\u3001", ""]
K = 4


class UseEmbeddings(Embeddings):
    """The multilingual encoder as LangChain wants it."""

    def __init__(self) -> None:
        self._use = Use()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        return self._use(texts)

    def embed_query(self, text: str) -> list[float]:
        """The question's vector."""
        return self._use([text])[0]


def characters(text: str) -> list[str]:
    """Chinese has no spaces: BM25 over pairs of characters."""
    return [text[i : i + 2] for i in range(len(text) - 1)] or [text]


class LangChain:
    """See the module."""

    def __init__(self, setting: str, language: str, endpoint: str) -> None:
        self._best, self._language = setting == "best", language
        self._embeddings: Embeddings = (
            UseEmbeddings() if language == "zh" else HuggingFaceEmbeddings(model_name=minilm())
        )
        separators = {"separators": CHINESE} if language == "zh" else {}
        self._splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, **separators)
        self._llm = ChatOpenAI(model="local", base_url=f"{endpoint}/v1", api_key="none", max_retries=0, timeout=600)
        self._chunks: list[Any] = []

    def _split(self, documents: list[dict[str, str]]) -> list[Any]:
        names = [{"source": document["name"]} for document in documents]
        return self._splitter.create_documents([document["text"] for document in documents], metadatas=names)

    def index(self, documents: list[dict[str, str]]) -> None:
        """Split, embed, build the index."""
        self._held: dict[int, Any] = {}
        self._chunks = self._split(documents)
        self._ids = [str(number) for number in range(len(self._chunks))]
        self._store = FAISS.from_documents(self._chunks, self._embeddings, ids=self._ids)

    def update(self, documents: list[dict[str, str]]) -> None:
        """Delete the documents' chunks and add the new ones; BM25 is built anew."""
        names = {document["name"] for document in documents}
        gone = [key for key, chunk in zip(self._ids, self._chunks, strict=True) if chunk.metadata["source"] in names]
        self._store.delete(gone)
        self._store.add_documents(self._split(documents))
        self._held.clear()
        if self._best:
            self._retriever(K)

    def _retriever(self, k: int) -> Any:
        """The one for so many chunks, kept: BM25 over all chunks takes long to build."""
        if k not in self._held:
            self._held[k] = self._new_retriever(k)
        return self._held[k]

    def _new_retriever(self, k: int) -> Any:
        dense = self._store.as_retriever(search_kwargs={"k": k})
        if not self._best:
            return dense
        words = {"preprocess_func": characters} if self._language == "zh" else {}
        lexical = BM25Retriever.from_documents(self._chunks, k=k, **words)
        return EnsembleRetriever(retrievers=[lexical, dense], weights=[0.5, 0.5])

    def retrieve(self, question: str, k: int) -> list[tuple[str, str]]:
        """See Peer."""
        return [_pair(chunk) for chunk in self._retriever(k).invoke(question)[:k]]

    def answer(self, question: str) -> tuple[str, list[tuple[str, str]]]:
        """See Peer."""
        prompt = {}
        if self._best:
            messages = [("system", strict(self._language) + "\n\n{context}"), ("human", "{question}")]
            prompt = {"chain_type_kwargs": {"prompt": ChatPromptTemplate.from_messages(messages)}}
        if not hasattr(self, "_chain"):
            self._chain = RetrievalQA.from_chain_type(
                self._llm, chain_type="stuff", retriever=self._retriever(K), return_source_documents=True, **prompt
            )
        told = self._chain.invoke({"query": question})
        return told["result"], [_pair(chunk) for chunk in told["source_documents"]]


def _pair(chunk: Any) -> tuple[str, str]:
    return chunk.metadata["source"], chunk.page_content


if __name__ == "__main__":
    run(LangChain)
