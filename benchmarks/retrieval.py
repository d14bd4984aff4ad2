"""How well and how fast passages are found, through the real library and the real retriever.

    python -m benchmarks.retrieval --data DATA --work /tmp/retrieval --sets emanual squad2 cmrc
    python -m benchmarks.retrieval --data DATA --work /tmp/retrieval --latency

Libraries are kept under --work, so that a second run embeds nothing. One table, in Markdown, on standard output.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import R, Success, nDCG

from benchmarks.retrieval_sets import LOADERS, MeasuringSet, Question, Sets
from core.types import Document, Filters, Hit, Passage
from ingestion.passages import split
from rag.embedding.base import Embedder
from rag.embedding.open import DEFAULT, open_embedder
from rag.library.manifest import Manifest
from rag.library.rows import Source
from rag.library.store import Library
from rag.retrieval.retriever import RetrievalSettings, Retriever

MEASURES = [nDCG @ 10, R @ 5, Success @ 5, Success @ 1]
DEPTH = 40  # passages asked for: of ten documents at least, where a document gives several
PASSAGES = 10_000


def main() -> None:
    """Measure what was asked for and print the table."""
    asked = _arguments()
    sets = Sets(asked.data)
    if asked.latency:
        _print_latency(sets, asked.work, asked.embedder)
        return
    settings = RetrievalSettings()
    if asked.dense_weight is not None:
        settings = RetrievalSettings(dense_weight=asked.dense_weight, rerank=0)
    print("| set | passages | questions | nDCG@10 | recall@5 | one in 5 | first | median ms |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name in asked.sets:
        measured = _sample(sets.load(name), asked.documents)
        embedder = open_embedder(asked.embedder)
        with _library(asked.work / f"{name}-{asked.embedder}-{asked.documents}", measured, embedder) as library:
            passages = library.status().passages
            figures, milliseconds = _measure(Retriever(library, embedder, settings), measured)
        cells = " | ".join(f"{figures[measure]:.3f}" for measure in MEASURES)
        print(f"| {name} | {passages} | {len(measured.questions)} | {cells} | {milliseconds:.0f} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with DEV_SPLIT.json")
    parser.add_argument("--work", type=Path, required=True, help="where libraries are made and kept")
    parser.add_argument("--sets", nargs="+", choices=LOADERS, default=list(LOADERS))
    parser.add_argument("--documents", type=int, help="the gold documents and, drawn at random, as many as make these")
    parser.add_argument("--embedder", default=DEFAULT)
    parser.add_argument("--dense-weight", type=float, help="meaning against words, 0 to 1; nothing is reranked then")
    parser.add_argument("--latency", action="store_true", help=f"time a search of {PASSAGES} passages instead")
    return parser.parse_args()


def _sample(measured: MeasuringSet, count: int | None) -> MeasuringSet:
    gold = frozenset[str]().union(*(question.gold for question in measured.questions))
    others = [document.name for document in measured.documents if document.name not in gold]
    if count is None or len(measured.documents) <= count:
        return measured
    kept = gold.union(random.Random(0).sample(others, max(0, count - len(gold))))
    documents = [document for document in measured.documents if document.name in kept]
    return MeasuringSet(measured.name, measured.language, documents, measured.questions)


def _library(folder: Path, measured: MeasuringSet, embedder: Embedder) -> Library:
    if folder.exists():
        return Library.open(folder)
    library = Library.create(folder, Manifest(embedder.name, embedder.sha256, embedder.dimension, measured.language))
    passages = [split(document) for document in measured.documents]
    texts = library.missing_embeddings(passage.indexed_text for found in passages for passage in found)
    started = time.perf_counter()
    for at in range(0, len(texts), 64):
        library.store_embeddings(texts[at : at + 64], embedder.embed(texts[at : at + 64]))
        print(f"  {measured.name}: {at} of {len(texts)} embedded", end="\r", file=sys.stderr)
    rate = len(texts) / (time.perf_counter() - started)
    print(f"  {measured.name}: {len(texts)} passages embedded, {rate:.1f} a second", file=sys.stderr)
    _put(library, measured.documents, passages, embedder)
    return library


def _put(library: Library, documents: list[Document], passages: list[list[Passage]], embedder: Embedder) -> None:
    with library.writing(), library.transaction():
        for document, found in zip(documents, passages, strict=True):
            library.put(document, found, embedder.embed, Source(f"/{document.name}", 0, 0, "", name=document.name))


def _measure(retriever: Retriever, measured: MeasuringSet) -> tuple[dict[object, float], float]:
    """The figures over all questions, and the median of the milliseconds a search took."""
    qrels, run, seconds = [], [], []
    documents = {document.name: document for document in measured.documents}
    for question in measured.questions:
        filters = Filters(documents=tuple(question.gold)) if question.spans else Filters()
        started = time.perf_counter()
        hits = retriever.search(question.text, DEPTH, filters)
        seconds.append(time.perf_counter() - started)
        qrels += [ir_measures.Qrel(question.id, unit, 1) for unit in _gold(question, documents)]
        for rank, unit in enumerate(dict.fromkeys(_units(question, hits))):
            run.append(ir_measures.ScoredDoc(question.id, unit, -float(rank)))
    return ir_measures.calc_aggregate(MEASURES, qrels, run), 1000 * statistics.median(seconds)


def _gold(question: Question, documents: dict[str, Document]) -> Iterator[str]:
    if not question.spans:
        yield from question.gold
        return
    for name in question.gold:
        for passage in split(documents[name]):
            if any(passage.start < end and start < passage.end for start, end in question.spans):
                yield passage.id


def _units(question: Question, hits: list[Hit]) -> Iterator[str]:
    """What is ranked: passages where the question has spans, documents otherwise."""
    for hit in hits:
        if question.spans:
            yield hit.passage.id
        else:
            yield hit.document
            yield from hit.also_in


def _print_latency(sets: Sets, work: Path, name: str) -> None:
    """Time searches of English and Chinese passages that have vectors drawn at random: time does not depend on them."""
    embedder = open_embedder(name)
    parts = [sets.load(part) for part in ("scifact", "squad2", "cmrc", "drcd", "rulings")]
    documents = [document for part in parts for document in part.documents]
    folder = work / f"latency-{name}"
    if not folder.exists():
        passages = [split(document) for document in documents]
        while sum(map(len, passages)) > PASSAGES:
            passages.pop(0)
        library = Library.create(folder, Manifest(embedder.name, embedder.sha256, embedder.dimension, "mixed"))
        texts = library.missing_embeddings(passage.indexed_text for found in passages for passage in found)
        vectors = np.random.default_rng(0).normal(size=(len(texts), embedder.dimension)).astype(np.float32)
        library.store_embeddings(texts, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        _put(library, documents[-len(passages) :], passages, embedder)
        library.close()
    print("| questions | passages | median ms | 95th of 100 | processor ms |\n|---|--:|--:|--:|--:|")
    with Library.open(folder) as library:
        retriever = Retriever(library, embedder)
        for part in parts[1:3]:
            _time(retriever, part, library.status().passages)


def _time(retriever: Retriever, measured: MeasuringSet, passages: int) -> None:
    questions = [question.text for question in measured.questions[:105]]
    for question in questions[:5]:
        retriever.search(question)
    seconds, processor = [], time.process_time()
    for question in questions[5:]:
        started = time.perf_counter()
        retriever.search(question)
        seconds.append(time.perf_counter() - started)
    processor = (time.process_time() - processor) / len(seconds)
    slow = statistics.quantiles(seconds, n=20)[-1]
    figures = [1000 * value for value in (statistics.median(seconds), slow, processor)]
    print(f"| {measured.language} | {passages} | " + " | ".join(f"{value:.0f}" for value in figures) + " |")


if __name__ == "__main__":
    main()
