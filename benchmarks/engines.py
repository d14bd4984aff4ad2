"""Engines side by side: reading the prompt, writing the answer, and what the kept prefix saves.

    python benchmarks/engines.py [--model NAME_OR_GGUF] [--repeats 3] [--threads 1 2]

Every round runs each configuration once, in turn, so that a busy moment falls on all of them; the figure is the
median over the rounds. Ratios are against the first line of the same machine and run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median

from core.settings import threads as available_threads
from rag.engines.base import EngineSettings, Generator, Message

SYSTEM = (
    "You answer questions from quotes. Copy the words, numbers and names of the quotes that answer the question, in "
    "one to three short sentences. Add nothing. If the quotes do not hold the answer, say: Not found. "
) * 3
QUOTES = "\n".join(
    f"[{number}] <Clause {number} was agreed on {number} May 2024 and ends after {number * 3} months.>"
    for number in range(1, 9)
)
WRITTEN = 32


@dataclass(frozen=True, slots=True)
class Run:
    """One answer: tokens a second for reading and writing; seconds to the first token, without and with the prefix."""

    read: float
    write: float
    cold_s: float
    warm_s: float


def measure(generator: Generator, round: int) -> Run:
    """Asks twice: once with a beginning that no prompt had before, once with the same beginning."""
    system = Message("system", f"Round {round} {time.time_ns()}. {SYSTEM}")
    started = time.perf_counter()
    first = generator.stream([system, Message("user", f"{QUOTES}\nWhen does clause 3 end?")], WRITTEN, temperature=1.0)
    first.text()
    total = time.perf_counter() - started
    second = generator.stream([system, Message("user", f"Quotes: {QUOTES}\nAnd clause 5?")], 1)
    second.text()
    cold, warm = first.usage, second.usage
    assert cold.first_token_s and warm.first_token_s
    return Run(
        (cold.prompt_tokens - cold.cached_tokens) / cold.first_token_s,
        (cold.output_tokens - 1) / max(total - cold.first_token_s, 1e-9),
        cold.first_token_s,
        warm.first_token_s,
    )


def engines() -> dict[str, Callable[[EngineSettings], Generator]]:
    """Those that are installed."""
    found: dict[str, Callable[[EngineSettings], Generator]] = {}
    if find_spec("llama_cpp"):
        from rag.engines.llama_cpp import LlamaCppGenerator

        found["llama-cpp-python"] = LlamaCppGenerator
    if find_spec("xllamacpp"):
        from rag.engines.xllamacpp import XLlamaCppGenerator

        found["xllamacpp"] = XLlamaCppGenerator
    return found


def main() -> None:
    """Prints one line a configuration."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=EngineSettings().model)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=list(range(1, available_threads() + 1)))
    arguments = parser.parse_args()
    opened = {
        (name, count): make(EngineSettings(model=arguments.model, context=2048, threads=count))
        for name, make in engines().items()
        for count in arguments.threads
    }
    runs: dict[tuple[str, int], list[Run]] = {key: [] for key in opened}
    for round in range(arguments.repeats):
        for key, generator in opened.items():
            runs[key].append(measure(generator, round))
    for generator in opened.values():
        generator.close()
    report(runs)


def report(runs: dict[tuple[str, int], list[Run]]) -> None:
    """The table."""
    print(f"{'engine':18}{'threads':>8}{'read t/s':>10}{'':7}{'write t/s':>10}{'':7}{'first s':>9}{'prefix kept':>13}")
    base: Run | None = None
    for (name, count), found in runs.items():
        run = Run(*(median(getattr(one, part) for one in found) for part in ("read", "write", "cold_s", "warm_s")))
        base = base or run
        print(
            f"{name:18}{count:8}{run.read:10.0f}{_times(run.read / base.read)}{run.write:10.1f}"
            f"{_times(run.write / base.write)}{run.cold_s:9.2f}{run.warm_s:9.2f} s{_times(run.cold_s / run.warm_s)}"
        )


def _times(ratio: float) -> str:
    return f"{f'x{ratio:.2f}':>7}"


if __name__ == "__main__":
    main()
