"""txtai: paragraphs in an embeddings database, its RAG pipeline. Best: hybrid search, more context, a strict prompt."""

from __future__ import annotations

from collections.abc import Callable

from common import Use, minilm, run, strict
from txtai import LLM, RAG, Embeddings
from txtai.pipeline import Segmentation

SHORT = "Answer the following question using the provided context.\n\nQuestion:\n{question}\n\nContext:\n{context}"


class Txtai:
    """See the module."""

    def __init__(self, setting: str, language: str, endpoint: str) -> None:
        best = setting == "best"
        self._paragraphs = Segmentation(paragraphs=True)
        weights = {"method": "external", "transform": _multilingual()} if language == "zh" else {"path": minilm()}
        self._embeddings = Embeddings(content=True, hybrid=best, **weights)
        llm = LLM("openai/local", method="litellm", api_base=f"{endpoint}/v1", api_key="none")
        template = strict(language) + "\n\n{context}\n\n{question}" if best else SHORT
        self._k = 5 if best else 3
        self._rag = RAG(self._embeddings, llm, template=template, context=self._k, output="flatten")
        self._held: dict[str, list[str]] = {}

    def _rows(self, documents: list[dict[str, str]]) -> list[tuple[str, str]]:
        rows = []
        for one in documents:
            parts = [(f"{one['name']}#{i}", part) for i, part in enumerate(self._paragraphs(one["text"]))]
            self._held[one["name"]] = [key for key, _ in parts]
            rows += parts
        return rows

    def index(self, documents: list[dict[str, str]]) -> None:
        """Paragraphs into a new index."""
        self._embeddings.index(self._rows(documents))

    def update(self, documents: list[dict[str, str]]) -> None:
        """Delete what stood there, upsert what stands there now."""
        self._embeddings.delete([key for one in documents for key in self._held[one["name"]]])
        self._embeddings.upsert(self._rows(documents))

    def retrieve(self, question: str, k: int) -> list[tuple[str, str]]:
        """See Peer."""
        return [(row["id"].rpartition("#")[0], row["text"]) for row in self._embeddings.search(question, k)]

    def answer(self, question: str) -> tuple[str, list[tuple[str, str]]]:
        """See Peer."""
        return str(self._rag(question, defaultrole="user")), self.retrieve(question, self._k)


def _multilingual() -> Callable[[list[str]], list[list[float]]]:
    """The multilingual encoder as a plain function: anything else that can be called, txtai would make anew."""
    use = Use()
    return lambda texts: use(texts)


if __name__ == "__main__":
    run(Txtai)
