"""An adapter, as peft saves it, put on its base, and written plainly for llama.cpp's converter."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from core.errors import UsageError, WeightsError, WeightsMismatch, WeightsMissing

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"


def put_on(model: Any, adapter: Path, base: str) -> Any:
    """The peft model of a base and its adapter, every tensor of the adapter in its place.

    peft passes over tensors that no part of the base asks for, so that an adapter for another base would load, and do
    little or nothing; here it is refused. Raises WeightsMissing, WeightsMismatch, UsageError.
    """
    import peft

    from finetune.training.strategies import renamings_unsaid

    held = _tensors(adapter)
    try:
        with renamings_unsaid():
            adapted = peft.PeftModel.from_pretrained(model, str(adapter), local_files_only=True)
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        lines = [line.strip().rstrip(".") for line in str(error).strip().split("\n")]
        raise WeightsMismatch(
            f"Putting the adapter {adapter} on {base}: {lines[1] if len(lines) > 1 else lines[0]}. It was trained "
            "on another base; give that one, or train anew."
        ) from error
    placed = peft.get_peft_model_state_dict(adapted, save_embedding_layers=False)
    wrong = sorted(
        name
        for name in held.keys() | placed.keys()
        if name not in held or name not in placed or held[name].shape != placed[name].shape
    )
    if wrong:
        raise WeightsMismatch(
            f"Putting the adapter {adapter} on {base}: {len(wrong)} of its {len(held)} tensors have no place there, "
            f"{wrong[0]} first. It was trained on another base; give that one, or train anew."
        )
    return adapted.eval()


def check_mergeable(adapter: Path) -> None:
    """Raises UsageError for an adapter that cannot be merged, prompts and prefixes, and as read_config does."""
    kind = read_config(adapter).get("peft_type")
    if kind in ("PROMPT_TUNING", "PREFIX_TUNING", "P_TUNING"):
        raise UsageError(
            f"Merging the adapter {adapter}, a {kind}: prompts and prefixes stand before the text and are part of no "
            "weight, so no GGUF file can be made of them. Train with the strategy lora, ia3, freeze or full."
        )


def why_not_plain(adapter: Path) -> str | None:
    """Why an adapter cannot be a LoRA in GGUF; None where it can."""
    config = read_config(adapter)
    if config.get("peft_type") != "LORA":
        return f"llama.cpp knows LoRA only, and this is {config.get('peft_type')}"
    if config.get("use_dora"):
        return "llama.cpp knows no weight-decomposed LoRA"
    if config.get("modules_to_save"):
        return f"it holds whole layers beside the LoRA: {', '.join(config['modules_to_save'])}"
    return None


def write_plain(adapter: Path, out: Path) -> None:
    """Writes the adapter into the folder `out` with its scale within the tensors, for llama.cpp, which would work out
    the scale of a rank-stabilised one, or of one with a scale for each layer, otherwise than peft."""
    from safetensors.torch import save_file

    config = read_config(adapter)
    tensors = _tensors(adapter)
    for name in list(tensors):
        if ".lora_B" in name or ".lora_embedding_B" in name:
            tensors[name] = (tensors[name].float() * _scale(config, name, tensors)).contiguous()
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(out / WEIGHTS))
    # llama.cpp takes an alpha of 0 to mean that nothing is left to scale.
    (out / CONFIG).write_text(json.dumps(config | {"lora_alpha": 0}), encoding="utf-8")


def read_config(adapter: Path) -> dict[str, Any]:
    """What the adapter's own config says. Raises WeightsMissing, WeightsError."""
    path = adapter / CONFIG
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsMissing(
            f"Looking for an adapter in {adapter}: {CONFIG} is not there. Train one with `pincite tune`."
        ) from error
    except (OSError, ValueError) as error:
        raise WeightsError(f"Reading {path}: {error}. Train the adapter again.") from error
    return found


def _scale(config: dict[str, Any], name: str, tensors: dict[str, Any]) -> float:
    """By how much peft multiplies this layer's product: alpha over the rank, or over its root."""
    rank = tensors[name.replace(".lora_B", ".lora_A").replace("_embedding_B", "_embedding_A")].shape[0]
    layer = name.partition(".lora_")[0].removeprefix("base_model.model.")
    patterns = (config.get("alpha_pattern") or {}).items()
    alpha = next((one for key, one in patterns if re.fullmatch(rf"(.*\.)?({key})", layer)), config["lora_alpha"])
    return float(alpha) / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _tensors(adapter: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    read_config(adapter)
    path = adapter / WEIGHTS
    try:
        return dict(load_file(str(path)))
    except FileNotFoundError as error:
        raise WeightsMissing(
            f"Looking for an adapter in {adapter}: {WEIGHTS} is not there. Train one with `pincite tune`."
        ) from error
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"Reading {path}: {error}. It was cut short; train the adapter again.") from error
