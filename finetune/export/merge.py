"""An adapter merged into its base: RUN/merged, a folder as transformers saves it, proven to say what the two said."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

from core.errors import UsageError, WeightsMismatch, WeightsMissing
from finetune.export import adapter as adapters
from finetune.export import manifest
from finetune.export.reference import divergence, logits, template_of
from finetune.export.texts import CONVERSATIONS

LIMIT = {"torch.float32": 1e-4}
LOOSE_LIMIT = 5e-3
"""The most that the merged model's answers may diverge, in nats a token; the loose limit is for 16-bit weights."""


def weights_of(run: Path) -> Path:
    """The tuned weights: RUN/model of a run that trained whole weights, else RUN/merged. Raises WeightsMissing."""
    for name in ("model", "merged"):
        if (run / name / "config.json").is_file():
            return run / name
    raise WeightsMissing(f"Looking for the tuned weights in {run}: neither model nor merged is there. Merge first.")


def merge(base: str, run: Path) -> dict[str, Any]:
    """Merges RUN/adapter into its base; what is merged of the same already stays, and whole weights need none.

    Gives what the manifest keeps: the inputs' hashes, `kl`, by how much the merged model diverges from the two that it
    was made of, and `moved`, by how much those diverge from the base, in nats a token. Raises WeightsMissing,
    WeightsMismatch (an adapter for another base, a merge that went wrong), UsageError (no chat template, no room).
    """
    from finetune.training.base import base_sha256

    adapter, out = run / "adapter", run / "merged"
    check_base(run, base)
    if (run / "model" / "config.json").is_file():
        return {}
    adapters.check_mergeable(adapter)
    inputs = {"base": base, "base_sha256": base_sha256(base), "adapter_sha256": manifest.folder_sha256(adapter)}
    held: dict[str, Any] = manifest.read(run).get("merge", {})
    if held.get("inputs") == inputs and out.is_dir() and manifest.folder_sha256(out) == held["merged_sha256"]:
        return held
    found = {"inputs": inputs, **_merge(base, adapter, out)}
    found["merged_sha256"] = manifest.folder_sha256(out)
    found["versions"] = manifest.versions("torch", "transformers", "peft")
    manifest.record(run, "merge", found)
    return found


def _merge(base: str, adapter: Path, out: Path) -> dict[str, Any]:
    from finetune.training.base import open_base

    model, tokenizer = open_base(base)
    template_of(tokenizer, base)
    check_vocabulary(model, tokenizer, base)
    asked = [tokenizer.apply_chat_template(talk, tokenize=True, return_dict=False) for talk in CONVERSATIONS]
    plain = [logits(model, ids) for ids in asked]
    adapted = adapters.put_on(model, adapter, base)
    meant = [logits(adapted, ids) for ids in asked]
    merged = adapted.merge_and_unload(safe_merge=True)
    said = [logits(merged, ids) for ids in asked]
    found = {"kl": _mean(meant, said), "moved": _mean(meant, plain)}
    limit = LIMIT.get(str(merged.dtype), LOOSE_LIMIT)
    if not found["kl"] <= limit:
        raise WeightsMismatch(
            f"Merging {adapter} into {base}: the merged model diverges by {found['kl']:.2g} nats a token from the two; "
            f"{limit} is the most. Train with a lower learning rate."
        )
    save(merged, tokenizer, out)
    return found


def check_base(run: Path, base: str) -> None:
    """Raises UsageError where training says that it started from another base than this one."""
    from finetune.training.base import base_sha256

    trained = manifest.read(run).get("train", {})
    if "base_sha256" in trained and trained["base_sha256"] != (found := base_sha256(base)):
        raise UsageError(
            f"Working on {run} with the base {base}: it was trained on a base with the SHA-256 "
            f"{trained['base_sha256']}, called {trained.get('base', 'something else')} then, and this one has {found}. "
            "Give the base that it was trained on."
        )


def check_vocabulary(model: Any, tokenizer: Any, name: str) -> None:
    """Raises WeightsMismatch where the tokenizer has tokens that the model has no row for."""
    rows, most = model.get_input_embeddings().weight.shape[0], max(tokenizer.get_vocab().values())
    if most >= rows:
        raise WeightsMismatch(
            f"Exporting {name}: its tokenizer counts to {most}, and the model has {rows} tokens. The vocabulary was "
            "resized on one side only; give the tokenizer that belongs to the weights."
        )


def save(model: Any, tokenizer: Any, out: Path) -> None:
    """Saves a model with its tokenizer, whole or not at all. Raises UsageError."""
    from finetune.training import storage

    def write(partial: Path) -> None:
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)

    manifest.room_for(out, sum(one.numel() * one.element_size() for one in model.parameters()))
    storage.kept(out, write)


def _mean(meant: list[Any], said: list[Any]) -> float:
    return fmean(one for pair in zip(meant, said, strict=True) for one in divergence(*pair))
