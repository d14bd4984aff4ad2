"""Our measure of ranking beside published figures: BM25 and all-MiniLM-L6-v2 on a set in BEIR's form.

    python -m benchmarks.published --set DATA/05_retrieval_beir/scifact

Documents are ranked as the published figures rank them: each as one text, title first; by our words alone (BM25), and
by the similarity of the 8-bit model that Pincite embeds with. Beside them, by passages as Pincite ranks them by
default, both together, without a judge. One table, in Markdown, on standard output.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import R, nDCG

from core.types import Block, Document
from ingestion.passages import PassageSettings, split
from rag.embedding.base import Embedder, Vectors
from rag.embedding.minilm import MiniLM
from rag.evaluation.public.passages import beir
from rag.evaluation.questions import Question
from rag.evaluation.statistics import mean_interval
from rag.library.manifest import Manifest
from rag.library.rows import Source
from rag.library.store import Library
from rag.retrieval.retriever import RetrievalSettings, Retriever

DEPTH = 100
"""Documents ranked a question."""
WHOLE = PassageSettings(target=100_000, maximum=100_000)
"""A document as one passage."""
BY = ("words", "similarity", "both")
Ranking = Callable[[str], Sequence[str]]


class NoVectors:
    """An embedder for a search by words alone."""

    name, sha256, dimension = "none", "0" * 64, 1

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The same for every text."""
        return np.ones((len(texts), 1), dtype=np.float32)

    def embed_query(self, text: str) -> Vectors:
        """The same for every question."""
        return np.ones(1, dtype=np.float32)


def main() -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", type=Path, required=True, help="a folder in BEIR's form, or one of its qrels")
    parser.add_argument("--by", choices=BY, nargs="+", default=list(BY))
    asked = parser.parse_args()
    found = beir(asked.set)
    print(f"{len(found.records)} documents, {len(found.questions)} questions\n")
    print("| ranked by | nDCG@10 | 95 % interval | recall@100 |\n|---|--:|--:|--:|", flush=True)
    for by in asked.by:
        if by == "similarity":
            _print(by, found.questions, _similarity(found.records))
            continue
        embedder, passages = (NoVectors(), WHOLE) if by == "words" else (MiniLM(), PassageSettings())
        with (
            tempfile.TemporaryDirectory() as folder,
            _library(Path(folder) / "library", found.records, embedder, passages) as library,
        ):
            _print(by, found.questions, _ranked(library, embedder, 0.0 if by == "words" else None))


def _library(
    folder: Path, records: Mapping[str, tuple[str, str]], embedder: Embedder, passages: PassageSettings
) -> Library:
    library = Library.create(folder, Manifest(embedder.name, embedder.sha256, embedder.dimension, "en"))
    with library.writing(), library.transaction():
        for name, (title, text) in records.items():
            whole = f"{title}\n{text}"
            blocks = (Block("heading", 0, len(title), level=1), Block("text", len(title) + 1, len(whole)))
            document = Document(name, "text/plain", whole, "0" * 64, blocks=blocks)
            library.put(document, split(document, passages), embedder.embed, Source(f"/{name}", 0, 0, "", name=name))
    return library


def _ranked(library: Library, embedder: Embedder, dense_weight: float | None) -> Ranking:
    """By the weight of meaning given, or by the default one."""
    settings = RetrievalSettings(candidates=DEPTH, rerank=0)
    if dense_weight is not None:
        settings = replace(settings, dense_weight=dense_weight)
    retriever = Retriever(library, embedder, settings)
    return lambda asked: [hit.document for hit in retriever.search(asked, DEPTH)]


def _similarity(records: Mapping[str, tuple[str, str]]) -> Ranking:
    embedder, names = MiniLM(), list(records)
    vectors = embedder.embed([f"{title} {text}" for title, text in records.values()])

    def ranking(asked: str) -> Sequence[str]:
        order = np.argsort(-(vectors @ embedder.embed_query(asked)))[:DEPTH]
        return [names[at] for at in order]

    return ranking


def _print(by: str, questions: Sequence[Question], ranking: Ranking) -> None:
    measures = [nDCG @ 10, R @ 100]
    qrels = [ir_measures.Qrel(each.id, gold.document, 1) for each in questions for gold in each.gold]
    run = [
        ir_measures.ScoredDoc(each.id, name, -float(rank))
        for each in questions
        for rank, name in enumerate(dict.fromkeys(ranking(each.question)))
    ]
    values: dict[str, list[float]] = {str(measure): [] for measure in measures}
    for each in ir_measures.iter_calc(measures, qrels, run):
        values[str(each.measure)].append(each.value)
    gain, recall = (mean_interval(values[str(measure)]) for measure in measures)
    print(f"| {by} | {gain.estimate:.4f} | {gain.low:.3f} to {gain.high:.3f} | {recall.estimate:.3f} |", flush=True)


if __name__ == "__main__":
    main()
