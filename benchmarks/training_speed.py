"""How fast `pincite tune` trains beside a plain transformers Trainer, and its memory beside what was foretold.

    pincite --library /tmp/example pairs /tmp/pairs
    python benchmarks/training_speed.py --pairs /tmp/pairs

Every way trains the same model on the same pairs, as many a step, with LoRA of the same rank and the loss on the answer
alone, in a process of its own, one after the other. "plain" is the Trainer with its defaults and a collator that pads;
"plain bf16" is the same with its documented switch. Tokens are those of the pairs, not of the padding. The first steps
are left out. Seconds are those of the clock and, behind a slash, of the processor's cores, which other work on the
machine changes less. Memory is the most that the process had resident.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from finetune.training import allocator

WAYS = ("plain", "plain bf16", "pincite", "pincite full")
WARM = 2
"""Steps that are not counted."""


def main() -> None:
    """Measure each way in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, help="a folder that `pincite pairs` made")
    parser.add_argument("--base", default="smollm2-135m-instruct")
    parser.add_argument("--batch", type=int, default=16, help="pairs a step")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS)
    parser.add_argument("--out", type=Path, default=Path("/tmp/pincite-training-speed"))
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        if asked.one.startswith("pincite"):
            allocator.preload()  # as `pincite tune` does
        print(json.dumps(measured(asked)))
        return
    found = {}
    for way in asked.ways:
        arguments = [sys.executable, __file__, *sys.argv[1:], "--one", way]
        ran = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True)
        found[way] = json.loads(ran.stdout.splitlines()[-1])
        print(way, found[way], file=sys.stderr)
    table(found)


def table(found: dict[str, dict[str, Any]]) -> None:
    """Prints the ways side by side, as Markdown."""
    titles = (
        "way",
        "tokens/s",
        "times plain",
        "s/step",
        "loss, first and last step",
        "peak memory, GB",
        "foretold, GB",
    )
    print(f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}")
    for way, one in found.items():
        usual = found.get("plain", one)
        times = f"{one['rate'] / usual['rate']:.2f} / {usual['cores_s'] / one['cores_s']:.2f}"
        foretold = f"{one['foretold'] / 1e9:.2f} ({one['foretold'] / one['peak'] - 1:+.0%})" if one["foretold"] else ""
        seconds = f"{one['step_s']:.2f} / {one['cores_s']:.2f}"
        losses = f"{one['losses'][0]:.3f}, {one['losses'][-1]:.3f}"
        print(f"| {way} | {one['rate']:.0f} | {times} | {seconds} | {losses} | {one['peak'] / 1e9:.2f} | {foretold} |")


def measured(asked: argparse.Namespace) -> dict[str, Any]:
    """One way, measured in this process."""
    import torch

    from core.settings import threads
    from finetune.pairs.pair import read_pairs
    from finetune.training.base import open_tokenizer
    from finetune.training.encoding import Encoder

    torch.set_num_threads(threads())
    encoder = Encoder(open_tokenizer(asked.base), asked.base)
    pairs = [one for pair in read_pairs(asked.pairs / "train.jsonl") for one in encoder.encode(pair, 1024)]
    chosen = pairs[: asked.batch * asked.steps]
    assert len(chosen) == asked.batch * asked.steps, f"{asked.pairs} has {len(pairs)} pairs; fewer steps, or more pairs"
    run = ours if asked.one.startswith("pincite") else plain
    steps, foretold = run(asked, chosen)
    kept = steps[WARM:]
    seconds, tokens = sum(one["seconds"] for one in kept), sum(one["tokens"] for one in kept)
    return {
        "rate": tokens / seconds,
        "step_s": seconds / len(kept),
        "cores_s": sum(one["cores"] for one in kept) / len(kept),
        "losses": [one["loss"] for one in steps],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "foretold": foretold,
    }


def ours(asked: argparse.Namespace, chosen: list[Any]) -> tuple[list[dict[str, float]], int]:
    """Pincite's loop over these pairs; the seconds and tokens of each step, and the memory foretold."""
    import torch

    from finetune.training import loop, memory
    from finetune.training.base import open_config, reading_bytes
    from finetune.training.batches import steps
    from finetune.training.recipe import TrainSettings
    from finetune.training.strategies import halve_frozen, halved, open_for, prepared

    full = asked.one == "pincite full"
    settings = TrainSettings(strategy="full" if full else "lora", passes=1, learning_rate=2e-5 if full else 2e-4)
    bf16 = loop.precision(settings, "cpu") == "bf16"
    plan = [
        [read for part in steps(chosen, range(at, at + asked.batch), 10**9, settings.read_tokens) for read in part]
        for at in range(0, len(chosen), asked.batch)
    ]
    reading = reading_bytes(asked.base, halved(settings, bf16))
    largest = memory.largest([read for step in plan for read in step])
    resident, several = _resident(), any(len(step) > 1 for step in plan)
    expected = memory.estimate(memory.Shape(open_config(asked.base), settings, largest, bf16, reading, None, several))
    torch.manual_seed(0)
    model = halve_frozen(prepared(open_for(asked.base, settings, bf16), settings), halved(settings, bf16))
    training = loop.Training(model, settings, 0, chosen, [], asked.out / asked.one.replace(" ", "-"))
    training.plan = plan
    found, last = [], [time.monotonic(), time.process_time(), 0]

    def told(said: loop.Said) -> None:
        now = [time.monotonic(), time.process_time(), said.tokens]
        seconds, cores, tokens = (later - before for later, before in zip(now, last, strict=True))
        found.append({"seconds": seconds, "cores": cores, "tokens": tokens, "loss": said.loss})
        last[:] = now

    training.run(told)
    return found, resident + expected.most


def plain(asked: argparse.Namespace, chosen: list[Any]) -> tuple[list[dict[str, float]], int]:
    """The Trainer over the same pairs in the same order."""
    import peft
    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    from finetune.training.base import open_model

    class Times(TrainerCallback):
        def __init__(self) -> None:
            self.at = [(time.monotonic(), time.process_time())]

        def on_step_end(self, *_: Any, **__: Any) -> None:
            self.at.append((time.monotonic(), time.process_time()))

    class InOrder(Trainer):
        def _get_train_sampler(self, *_: Any) -> Any:
            return torch.utils.data.SequentialSampler(chosen)

    def padded(rows: list[Any]) -> dict[str, torch.Tensor]:
        longest = max(len(one.chosen.ids) for one in rows)
        ids, mask, labels = (torch.full((len(rows), longest), empty) for empty in (0, 0, -100))
        for at, one in enumerate(rows):
            length, learnt = len(one.chosen.ids), one.chosen.learnt
            ids[at, :length] = torch.tensor(one.chosen.ids)
            mask[at, :length] = 1
            labels[at, learnt:length] = ids[at, learnt:length]
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}

    torch.manual_seed(0)
    config = peft.LoraConfig(task_type="CAUSAL_LM", r=16, lora_alpha=32, target_modules="all-linear")
    model = peft.get_peft_model(open_model(asked.base), config)
    arguments = TrainingArguments(
        output_dir=str(asked.out / "plain"),
        per_device_train_batch_size=asked.batch,
        num_train_epochs=1,
        learning_rate=2e-4,
        warmup_steps=1,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        remove_unused_columns=False,
        use_cpu=not torch.cuda.is_available(),
        disable_tqdm=True,
        bf16=asked.one == "plain bf16",
    )
    times = Times()
    trainer = InOrder(model, arguments, train_dataset=chosen, data_collator=padded, callbacks=[times])
    times.at = [(time.monotonic(), time.process_time())]
    trainer.train()
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    batches = [chosen[at : at + asked.batch] for at in range(0, len(chosen), asked.batch)]
    return [
        {"seconds": to - at, "cores": used - was, "tokens": sum(one.tokens for one in batch), "loss": float(loss)}
        for (at, was), (to, used), batch, loss in zip(times.at, times.at[1:], batches, losses, strict=False)
    ], 0


def _resident() -> int:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmRSS"].split()[0]) * 1024


if __name__ == "__main__":
    main()
