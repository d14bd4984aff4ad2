"""Run systems over sets, each system over all sets in one process; what is there already is not run again.

    python -m benchmarks.side_by_side.run --work WORK --environments ENVS --model 135m \
        --sets squad2 emanual --systems langchain pincite --n 30

The server of `serve.py` must be up with the model named; --retrieval-only needs none. The records come to
WORK/runs/MODEL/SET/SYSTEM-SETTING.jsonl.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
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


def command(system: str, environments: Path) -> list[str]:
    """How a system is started."""
    name, _, setting = system.partition("-")
    if name == "pincite":
        return [sys.executable, "-m", "benchmarks.side_by_side.pincite_system", "--setting", setting]
    python = environments / name / "bin" / "python"
    return [str(python), str(HERE / "peers" / SCRIPTS[name]), "--setting", setting]


def main() -> int:
    """Run what was asked for; 1 where a system failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--environments", type=Path, required=True)
    parser.add_argument("--model", default="135m", help="the name that the records are kept under")
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--n", type=int, default=30)
    parser.add_argument("--share", type=float, default=1.0, help="of the time that may be worked; the rest is slept")
    parser.add_argument("--retrieval-only", action="store_true")
    parser.add_argument("--endpoint", default="http://127.0.0.1:8311", help="where `serve` answers")
    asked = parser.parse_args()
    failed = 0
    runs = asked.work / "runs" / ("retrieval" if asked.retrieval_only else asked.model)
    options = ["--n", str(asked.n), "--share", str(asked.share)] + ["--retrieval-only"] * asked.retrieval_only
    options += ["--endpoint", asked.endpoint]
    for system in asked.systems:
        files: list[str] = []
        for measured in asked.sets:
            (runs / measured).mkdir(parents=True, exist_ok=True)
            files += [str(asked.work / "jobs" / f"{measured}.json"), str(runs / measured / f"{system}.jsonl")]
        called = [*command(system, asked.environments), *files, *options]
        started = time.perf_counter()
        told = subprocess.run(called, env=os.environ | QUIET, cwd=HERE.parents[1], capture_output=True, text=True)
        seconds = time.perf_counter() - started
        print(f"{system}: {told.returncode}, {seconds:.0f} s", *told.stderr[-600:].splitlines()[-3:]
              if told.returncode else [], flush=True)  # fmt: skip
        failed |= told.returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
