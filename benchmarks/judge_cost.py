"""What the judges add to a service: resident memory, and seconds to an answer.

    python -m benchmarks.judge_cost examples/documents --work WORK

A library is made of the documents, both encoders read, and only then the judges: what the process has grown by is
theirs. Then questions of each language are asked, with the judges and without, quotes only, each of them new to the
judge. Wants Linux, whose /proc says what is resident.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from core.types import Hit
from rag.answer.answer import AnswerSettings, gather
from rag.assistant import Assistant
from rag.judge.open import Judges
from rag.retrieval.retriever import RetrievalSettings, Retriever

LONG = 1500
"""Characters of a passage at most, as Pincite splits them."""
QUESTIONS = {
    "en": ("How long is {} stored?", "Who pays for {}?", "When must {} be replaced?", "What does {} cost?"),
    "zh": ("{}要保存多久？", "谁支付{}的费用？", "{}什么时候更换？", "{}的价格是多少？"),
}
THINGS = {"en": ("the pump", "the seal", "a report", "the filter"), "zh": ("滤芯", "报告", "反渗透膜", "设备")}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="where the library is made, or lies already")
    asked = parser.parse_args()
    with Assistant.open(asked.work, create=True) as assistant:
        if not assistant.documents():
            list(assistant.add([asked.documents]))
        retriever = Retriever(assistant._library, assistant._embedder, RetrievalSettings(rerank=0))
        found = {question: retriever.search(question) for language in QUESTIONS for question in questions(language)}
        for question, hits in found.items():
            gather(question, hits, assistant._embedder, AnswerSettings())
        before = resident()
        judges = Judges()
        judges.load()
        loaded = resident()
        for language in ("en", "zh"):
            _read_long(judges, language)
            print(f"{language}: {resident() - before:.0f} MiB added after eight passages of {LONG} characters")
        print(f"{loaded - before:.0f} MiB added by loading both, to the {before:.0f} of the service without a model")
        for language in ("en", "zh"):
            _print_times(assistant, judges, language, found)
        print(f"{resident() - before:.0f} MiB added in the end")


def questions(language: str) -> Iterator[str]:
    """Questions that differ, so that a judge remembers none."""
    return (form.format(thing) for form in QUESTIONS[language] for thing in THINGS[language])


def resident() -> float:
    """MiB of this process in memory, and those of it that a busy machine has swapped out."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return sum(map(int, re.findall(r"Vm(?:RSS|Swap):\s+(\d+)", status))) / 1024


def _read_long(judges: Judges, language: str) -> None:
    sentence = {"en": "The pump must be drained before the seal is replaced. ", "zh": "更换滤芯之前必须先关闭进水阀。"}
    passage = (sentence[language] * LONG)[:LONG]
    judge = judges.reading(next(questions(language)), [passage])
    assert judge is not None
    judge.read(next(questions(language)), [f"{number} {passage}" for number in range(8)])


def _print_times(assistant: Assistant, judges: Judges, language: str, found: dict[str, list[Hit]]) -> None:
    with_them = Retriever(assistant._library, assistant._embedder, RetrievalSettings(), judges)
    plain = Retriever(assistant._library, assistant._embedder, RetrievalSettings(rerank=0))
    seconds: dict[str, list[float]] = {"with": [], "without": []}
    spent = dict.fromkeys(seconds, 0.0)
    for question in questions(language):
        for name, retriever, heard in (("without", plain, None), ("with", with_them, judges)):
            started, processor = time.perf_counter(), time.process_time()
            gather(question, retriever.search(question), assistant._embedder, AnswerSettings(), heard)
            seconds[name].append(time.perf_counter() - started)
            spent[name] += time.process_time() - processor
    count = len(seconds["with"])
    added = statistics.median(seconds["with"]) - statistics.median(seconds["without"])
    processor = (spent["with"] - spent["without"]) / count
    print(f"{language}: {added:.3f} s added to an answer at the median of {count}, {processor:.3f} processor seconds")


if __name__ == "__main__":
    main()
