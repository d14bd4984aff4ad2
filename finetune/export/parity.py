"""Whether a GGUF file says what the tuned model says: RUN/parity.json, and an end to every file that does not.

Compared with transformers: the ids of awkward texts and of conversations through the chat template, all of which must
be the same; how far the probabilities of answers are apart; and greedy answers, by the engine that serves.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from core.errors import WeightsError, WeightsMismatch
from core.weights import locate, sha256_of
from finetune.export import adapter as adapters
from finetune.export import llama, manifest
from finetune.export.files import ADAPTER
from finetune.export.merge import check_base, check_vocabulary
from finetune.export.reference import Reference, take, take_base
from finetune.export.texts import Conversation

NAME = "parity.json"
MOST_KL = {"F16": 0.01, "Q8_0": 0.05, ADAPTER: 0.1, "Q4_K_M": 0.5, "Q4_0": 0.7}
"""Nats a token, in the mean, that a form's answers may diverge from those of the tuned model."""
MOST_ASTRAY = 0.4
"""How far the share of what tuning changed that is in a file may be from 1, beside what rounding does to it. Rounding
points in no direction of its own: over many positions it comes out of the share, the better the more there are."""
LEAST_ALIKE = 0.25
"""Of the golden answers, the share of their beginnings that F16 must write as the tuned model does. Rounding alone may
turn a close choice, and all behind it is then other."""
LEAST_MOVED = 1e-5
"""Nats a token: a tuning that moved answers less than this cannot be told from none."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the tuned model says, with its logits and those of its base in `folder`; `moved` is how far, in nats a
    token, the two are apart."""

    reference: Reference
    folder: Path
    moved: float


def prove(base: str, run: Path, conversations: Sequence[Conversation] = ()) -> dict[str, Any]:
    """Compares every exported file of a run with its tuned model; gives what parity.json then holds.

    Files that were found good of the same weights are not compared again. `conversations` of the task itself, each with
    its answer, are compared on beside those that are always. A file that fails is renamed to end in `.broken`, so that
    nothing serves it; all are compared before WeightsMismatch is raised for the first. Raises UsageError for another
    base than the one that was trained on, which would make every file look broken.
    """
    check_base(run, base)
    exported = manifest.read(run).get("export", {})
    if not exported.get("files"):
        raise WeightsError(f"Comparing the GGUF files of {run}: none was exported. Export first.")
    files: dict[str, dict[str, str]] = exported["files"]
    held = _held(run, exported["inputs"], files)
    wanted = [form for form, one in files.items() if not _good(run, held, form, one)]
    if wanted:
        with manifest.working_folder(run / ".parity.part") as folder:
            source = _source(base, run, folder, conversations)
            held["reference"] = {"perplexity": perplexity(source.reference.nll), "moved": source.moved}
            held["reference"]["scored_tokens"] = len(source.reference.nll)
            for form in wanted:
                held["files"][form] = _compare(base, run, form, files[form], source)
                manifest.write(run / NAME, held)
    manifest.record(run, "parity", {"inputs": held["inputs"], "files": _verdicts(held)})
    _refuse(run, held)
    return held


def faults(form: str, found: dict[str, Any], reference: Reference, moved: float) -> list[str]:
    """What is wrong with a file, each a sentence's beginning; empty for a good one. `found` is as llama.read gives."""
    wrong = []
    for name, meant in (("vocabulary", reference.vocabulary), ("bos", reference.bos), ("eos", reference.eos)):
        if meant is not None and found[name] != meant:
            wrong.append(f"its {name} is {found[name]}, that of the tuned model {meant}")
    if found["template"] != reference.template:
        wrong.append("its chat template is another one")
    for kind, meant_ids in (("texts", reference.text_ids), ("chats", reference.chat_ids)):
        other = [number for number, ids in enumerate(meant_ids) if found[kind][number] != ids]
        if other:
            first = getattr(reference, kind)[other[0]]
            wrong.append(f"{len(other)} of {len(meant_ids)} {kind} have other ids, {str(first)[:60]!r} first")
    if found["kl"]:
        wrong += _far(form, found, moved)
    if form == "F16" and (share := alike(reference.golden_answers, found["golden"])) < LEAST_ALIKE:
        wrong.append(f"its golden answers begin as the tuned model's for {share:.2f} of their length only")
    return wrong


def alike(meant: Sequence[str], said: Sequence[str]) -> float:
    """How much of the answers is the same from their beginning on, 0 to 1."""
    return fmean(
        len(os.path.commonprefix(pair)) / max(map(len, pair)) if any(pair) else 1.0
        for pair in zip(meant, said, strict=True)
    )


def perplexity(nll: Sequence[float]) -> float:
    """Of negative log-likelihoods in nats."""
    return math.exp(fmean(nll))


def _far(form: str, found: dict[str, Any], moved: float) -> list[str]:
    wrong = []
    kl, share = fmean(found["kl"]), found["tuning"]
    if not kl <= MOST_KL[form]:
        wrong.append(f"its answers diverge by {kl:.3g} nats a token, {MOST_KL[form]} is the most")
    if moved >= LEAST_MOVED:
        chance = 4 * math.sqrt(kl / moved / len(found["kl"]))
        if not abs(share - 1) <= MOST_ASTRAY + chance:
            wrong.append(f"{share:.2f} times what tuning changed is in it, which ought to be 1")
    return wrong


def _source(base: str, run: Path, folder: Path, conversations: Sequence[Conversation]) -> Source:
    """The tuned model's answers, from the base and the adapter themselves, so that the merge is proven as well."""
    from finetune.training.base import open_base, open_model

    whole = run / "model"
    tuned = str(whole) if (whole / "config.json").is_file() else base
    model, tokenizer = open_base(tuned)
    check_vocabulary(model, tokenizer, tuned)
    if tuned == base:
        model = adapters.put_on(model, run / "adapter", base)
    reference = take(model, tokenizer, tuned, folder, conversations)
    llama.store(reference, folder)
    if tuned == base:
        with model.disable_adapter():
            return Source(reference, folder, take_base(model, reference, folder))
    del model  # the two need not be in memory at once
    return Source(reference, folder, take_base(open_model(base), reference, folder))


def _compare(base: str, run: Path, form: str, file: dict[str, str], source: Source) -> dict[str, Any]:
    """What parity.json keeps of one file; a broken one is renamed."""
    path = run / "gguf" / file["file"]
    if form == ADAPTER and not locate(base).is_file():
        return {"sha256": file["sha256"], "verdict": "not compared", "faults": [], "reason": f"{base} is no GGUF file"}
    model, adapter = (locate(base), path) if form == ADAPTER else (path, None)
    found = llama.read(model, adapter, source.folder)
    wrong = faults(form, found, source.reference, source.moved)
    if wrong:
        path.replace(path.with_name(f"{path.name}.broken"))
    scored = {}
    if found["kl"]:
        scored = {
            "kl": fmean(found["kl"]),
            "kl_worst": max(found["kl"]),
            "perplexity": perplexity(found["nll"]),
            "same_token": fmean(found["same"]),
            "tuning": found["tuning"],
        }
    golden = [
        {"question": talk[-1]["content"], "tuned": meant, "file": said}
        for talk, meant, said in zip(
            source.reference.golden, source.reference.golden_answers, found["golden"], strict=True
        )
    ]
    return {
        "sha256": file["sha256"],
        "verdict": "broken" if wrong else "good",
        "faults": wrong,
        "texts": len(source.reference.texts),
        "conversations": len(source.reference.chats),
        **scored,
        "alike": alike(source.reference.golden_answers, found["golden"]),
        "golden": golden,
    }


def _held(run: Path, inputs: dict[str, str], files: Collection[str]) -> dict[str, Any]:
    """What is known of the files that there are."""
    held = manifest.read(run, NAME)
    if held.get("inputs") != inputs:
        return {"inputs": inputs, "reference": {}, "files": {}}
    return held | {"files": {form: one for form, one in held["files"].items() if form in files}}


def _good(run: Path, held: dict[str, Any], form: str, file: dict[str, str]) -> bool:
    known = held["files"].get(form, {})
    if known.get("sha256") != file["sha256"] or known["verdict"] == "broken":
        return False
    path = run / "gguf" / file["file"]
    return path.is_file() and sha256_of(path) == file["sha256"]


def _verdicts(held: dict[str, Any]) -> dict[str, str]:
    return {form: one["verdict"] for form, one in held["files"].items()}


def _refuse(run: Path, held: dict[str, Any]) -> None:
    for form, one in held["files"].items():
        if one["verdict"] == "broken":
            raise WeightsMismatch(
                f"Comparing {run / 'gguf'}, {form}: {'; '.join(one['faults'])}. The file was put aside; see "
                f"{run / NAME}. Merge and export again, from the base that was trained on."
            )
