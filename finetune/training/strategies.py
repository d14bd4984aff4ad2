"""What changes in training: all weights, the last layers, or an adapter beside weights that stay as they are."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import MissingDependency, UsageError
from finetune.training import attention
from finetune.training.base import INSTALL, open_model
from finetune.training.recipe import ADAPTERS, TrainSettings

BEFORE_THE_TEXT = ("prompt", "prefix")
"""Strategies that put something before every text; each then takes a row of its own."""


def open_for(name: str, settings: TrainSettings, bf16: bool) -> Any:
    """The base as the strategy wants it: in four bits on the GPU for "qlora", in bfloat16 for other adapters that are
    trained in it, else in float32. Raises WeightsError."""
    return _in_four_bits(name) if settings.strategy == "qlora" else open_model(name, halved(settings, bf16))


def halved(settings: TrainSettings, bf16: bool) -> bool:
    """Whether bfloat16 is enough for the base: where it stays as it is and is not saved with what was learnt."""
    return bf16 and settings.strategy in ADAPTERS


def packed(model: Any) -> Any:
    """The model, reading pairs that lie in one row (see `attention`)."""
    attention.install()
    model.set_attn_implementation(attention.NAME)
    return model


def check_possible(settings: TrainSettings) -> None:
    """Raises UsageError or MissingDependency where this machine cannot carry the strategy."""
    if settings.strategy != "qlora":
        return
    import torch

    if not torch.cuda.is_available():
        raise UsageError(
            "Strategy qlora keeps the base in four bits, which takes a CUDA GPU, and none is here. "
            "Take strategy: lora with checkpointing: true, or run it where there is one."
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingDependency("Strategy qlora needs bitsandbytes: pip install bitsandbytes")


def prepared(model: Any, settings: TrainSettings) -> Any:
    """The model with just those weights learning that the strategy changes; an adapter's are drawn by torch's seed.

    Pairs go through it in one row (see `attention`), but for strategies that put something before the text.
    """
    if settings.strategy not in BEFORE_THE_TEXT:
        packed(model)
    if settings.checkpointing:
        with renamings_unsaid():  # renamed within transformers 5, any of which may be here
            model.gradient_checkpointing_enable({"use_reentrant": False})
        model.config.use_cache = False
    if settings.strategy in ADAPTERS:
        try:
            import peft
        except ImportError as error:
            raise MissingDependency(f"Strategy {settings.strategy} needs peft: {INSTALL}") from error
        with renamings_unsaid():
            return _uncast(peft.get_peft_model(model, _adapter(peft, settings)))
    layers = model.model.layers
    if settings.strategy == "freeze" and settings.layers > len(layers):
        raise UsageError(f"layers is {settings.layers}; the base has {len(layers)}. Give fewer, or strategy: full.")
    model.requires_grad_(settings.strategy == "full")
    if settings.strategy == "freeze":
        layers[-settings.layers :].requires_grad_(True)
    return model


@contextmanager
def renamings_unsaid() -> Iterator[None]:
    """Without warnings that nobody here can act on: peft asks by names that transformers is going to drop."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(gradient_checkpointing|past_key_values)", FutureWarning)
        yield


def halve_frozen(model: Any, half: bool) -> Any:
    """Where `half`, weights that stay as they are in bfloat16, those that learn in float32."""
    if half:
        import torch

        for one in model.parameters():
            if one.is_floating_point():
                one.data = one.data.to(torch.float32 if one.requires_grad else torch.bfloat16)
    return model


def learning(model: Any) -> dict[str, Any]:
    """The parameters that learn, by name."""
    return {name: one for name, one in model.named_parameters() if one.requires_grad}


def inner(model: Any) -> Any:
    """The causal language model itself, without what an adapter wraps around it."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def save(model: Any, tokenizer: Any, settings: TrainSettings, base: str, folder: Path) -> None:
    """The adapter as peft saves it, naming `base`; or all weights with the tokeniser, as transformers does."""
    if settings.strategy in ADAPTERS:
        model.peft_config["default"].base_model_name_or_path = base
        # "auto" would ask the hub whether the vocabulary has changed.
        model.save_pretrained(str(folder), save_embedding_layers=False)
        return
    model.set_attn_implementation("sdpa")
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))


def _uncast(model: Any) -> Any:
    """The model, whose adapters leave the precision of what they read to autocast: peft would copy it to float32 and
    autocast back, for every projection, an eighth of a step's time."""
    for one in model.modules():
        if hasattr(one, "cast_input_dtype_enabled"):
            one.cast_input_dtype_enabled = False
    return model


def _adapter(peft: Any, settings: TrainSettings) -> Any:
    if settings.strategy in ("lora", "qlora"):
        return peft.LoraConfig(
            task_type="CAUSAL_LM",
            r=settings.rank,
            lora_alpha=settings.alpha if settings.alpha is not None else 2 * settings.rank,
            use_rslora=settings.rank_stabilised,
            use_dora=settings.weight_decomposed,
            target_modules="all-linear",
        )
    if settings.strategy == "ia3":
        return peft.IA3Config(
            task_type="CAUSAL_LM",
            target_modules=["k_proj", "v_proj", "down_proj"],
            feedforward_modules=["down_proj"],
        )
    kind = peft.PromptTuningConfig if settings.strategy == "prompt" else peft.PrefixTuningConfig
    return kind(task_type="CAUSAL_LM", num_virtual_tokens=settings.virtual_tokens)


def _in_four_bits(name: str) -> Any:
    import tempfile

    import peft
    import torch
    import transformers

    from core.weights import verify

    path = verify(name)
    with tempfile.TemporaryDirectory() as laid:
        if path.is_file():  # bitsandbytes quantises while a folder is read
            open_model(name).save_pretrained(laid)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            laid if path.is_file() else str(path),
            local_files_only=True,
            dtype=torch.bfloat16,
            device_map={"": 0},
            quantization_config=transformers.BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
            ),
        )
    return peft.prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
