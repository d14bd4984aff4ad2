"""The mean of two trainings of one judge: `python -m finetune.judge.mean RUN OTHER OUT`.

Two that went on from the same base, on different examples, lie near each other; the judge between them keeps most of
what each learned, and forgets less. RUN and OTHER are folders as `finetune.judge.train` writes them, and so is OUT.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from core.errors import UsageError
from finetune.judge.model import load, save


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the mean as the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("run", "other", "out"):
        parser.add_argument(name, type=Path)
    asked = parser.parse_args(arguments)
    mean(asked.run, asked.other, asked.out)


def mean(run: Path, other: Path, out: Path) -> None:
    """Writes the mean of the weights of two runs to the folder `out`, with both manifests in its own.

    Raises UsageError where they did not go on from the same base.
    """
    manifests = [json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (run, other)]
    bases = [made["recipe"]["base"] for made in manifests]
    if bases[0] != bases[1]:
        raise UsageError(
            f"Taking the mean of {run} and {other}: one went on from {bases[0]!r}, the other from {bases[1]!r}. "
            "Train both from the same base."
        )
    model, weights = load(run), load(other).state_dict()
    model.load_state_dict({name: (value + weights[name]) / 2 for name, value in model.state_dict().items()})
    save(model, out)
    made = {"recipe": {"base": bases[0]}, "mean_of": manifests}
    (out / "manifest.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
