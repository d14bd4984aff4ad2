"""Run systems over sets, turn by turn: what is there already is not run again.

    python -m benchmarks.side_by_side.run --work WORK --environments ENVS --servers 135m=8311 tuned=8312 \
        --sets squad2 emanual --systems langchain-best pincite-default pincite-default:tuned --n 30

Each server of `serve.py` that is named must be up, with the model that its name stands for; --retrieval-only needs
none. A system is asked with the first server named, or with the one behind its colon. The records come to
WORK/runs/MODEL/SET/SYSTEM-SETTING.jsonl.

All systems of a set are up at once, a process each, and work in turn: each takes the documents in, then asks a few
questions, then the next one does; so whatever else the machine does in the meantime falls on all of them. A turn is
more than one question because llama.cpp keeps what it has read of the last prompt, and a system's prompts begin alike.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = {
    "langchain": "langchain_chain.py",
    "llamaindex": "llamaindex.py",
    "haystack": "haystack_pipeline.py",
    "txtai": "txtai_rag.py",
}
SYSTEMS = [f"{name}-{setting}" for name in SCRIPTS for setting in ("default", "best")] + ["pincite-default"]
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
TURN = "TURN"
"""The line with which a system's process ends its turn; `peers/common.py` writes it."""


def command(system: str, environments: Path) -> list[str]:
    """How a system is started."""
    name, _, setting = system.partition("-")
    if name == "pincite":
        return [sys.executable, "-m", "benchmarks.side_by_side.pincite_system", "--setting", setting]
    python = environments / name / "bin" / "python"
    return [str(python), str(HERE / "peers" / SCRIPTS[name]), "--setting", setting]


def turns(name: str, called: list[str]) -> Iterator[None]:
    """A system's process on one set, which works only while it is asked for its next turn. Raises SystemExit with the
    last of its errors where it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        process = subprocess.Popen(
            called, env=os.environ | QUIET, cwd=HERE.parents[1], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        assert process.stdin
        assert process.stdout
        while any(line.strip() == TURN for line in process.stdout):
            yield
            process.stdin.write("\n")
            process.stdin.flush()
        if process.wait():
            errors.seek(0)
            raise SystemExit(f"{name}: {process.returncode} {errors.read()[-600:].splitlines()[-3:]}")


def run_set(systems: list[Iterator[None]]) -> bool:
    """Give the systems their turns until all have ended; whether all ended well."""
    well = True
    while systems:
        for system in list(systems):
            try:
                next(system)
            except StopIteration:
                systems.remove(system)
            except SystemExit as error:
                print(error, flush=True)
                systems.remove(system)
                well = False
    return well


def main() -> int:
    """Run what was asked for; 1 where a system failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--environments", type=Path, required=True)
    parser.add_argument("--servers", nargs="+", default=["135m=8311"], metavar="MODEL=PORT")
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--systems", nargs="+", default=SYSTEMS, metavar="SYSTEM[:MODEL]", help=", ".join(SYSTEMS))
    parser.add_argument("--n", type=int, default=30)
    parser.add_argument("--turn", type=int, default=4, help="the questions that a system asks in a turn")
    parser.add_argument("--retrieval-only", action="store_true")
    asked = parser.parse_args()
    ports = dict(one.split("=") for one in asked.servers)
    options = ["--n", str(asked.n), "--turn", str(asked.turn)] + ["--retrieval-only"] * asked.retrieval_only
    well = True
    for measured in asked.sets:
        systems = []
        for one in asked.systems:
            system, _, model = one.partition(":")
            model = model or next(iter(ports))
            if system not in SYSTEMS or model not in ports:
                parser.error(f"--systems {one}: the systems are {', '.join(SYSTEMS)}, the models {', '.join(ports)}")
            folder = asked.work / "runs" / ("retrieval" if asked.retrieval_only else model) / measured
            folder.mkdir(parents=True, exist_ok=True)
            files = [str(asked.work / "jobs" / f"{measured}.json"), str(folder / f"{system}.jsonl")]
            address = ["--endpoint", f"http://127.0.0.1:{ports[model]}"]
            systems.append(
                turns(f"{measured}, {one}", [*command(system, asked.environments), *files, *options, *address])
            )
        well = run_set(systems) and well
    return int(not well)


if __name__ == "__main__":
    sys.exit(main())
