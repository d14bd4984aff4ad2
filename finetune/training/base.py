"""The base that training starts from: a GGUF file, or a folder as transformers saves it, opened with its tokeniser."""

from __future__ import annotations

import hashlib
import logging
import struct
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from typing import Any, TypeVar

from core.errors import MissingDependency, WeightsError
from core.weights import locate, sha256_of, verify
from finetune.models.header import read_header

INSTALL = "pip install 'pincite[tuning]'"
T = TypeVar("T")


def open_base(name: str) -> tuple[Any, Any]:
    """The model of `name`, in float32 on the CPU, and its tokeniser, as transformers has them.

    `name` is as `core.weights.locate` takes it. What a GGUF file holds is dequantised into a model that knows nothing
    of it, so that it can be saved. Raises WeightsError, MissingDependency.
    """
    return open_model(name), open_tokenizer(name)


def open_model(name: str, half: bool = False) -> Any:
    """The model alone, in bfloat16 where it is to be `half`; see open_base."""
    import torch
    import transformers

    def load(where: str, options: dict[str, str]) -> Any:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            where, local_files_only=True, dtype=torch.bfloat16 if half else torch.float32, **options
        )
        if not options:
            return model
        with torch.device("meta"):
            fresh = type(model)(_plain(model.config))
        fresh.load_state_dict(model.state_dict(), assign=True, strict=False)
        fresh.tie_weights()
        fresh.model.rotary_emb = model.model.rotary_emb  # its buffers are in no state dict
        return fresh.eval()

    return _opened(name, load)


def open_tokenizer(name: str) -> Any:
    """The tokeniser alone, with the chat template that the base carries; see open_base."""
    import transformers

    words = _opened(
        name,
        lambda where, options: transformers.AutoTokenizer.from_pretrained(where, local_files_only=True, **options),
    )
    path = locate(name)
    if path.is_file() and read_header(path).cuts_words_as == "smollm":
        _cut_as_smollm(words)
    return words


def open_config(name: str) -> Any:
    """The sizes of the model without its weights, as a transformers config; see open_base."""
    import transformers

    return _plain(
        _opened(
            name,
            lambda where, options: transformers.AutoConfig.from_pretrained(where, local_files_only=True, **options),
        )
    )


def reading_bytes(name: str, half: bool) -> int:
    """What a weight takes while `open_model` reads it: a GGUF file's are laid out in float32 before they are placed."""
    return (4 if locate(name).is_file() else 0) + (2 if half else 4)


def base_sha256(name: str) -> str:
    """The SHA-256 of a GGUF file; of a folder that of all its files' hashes, in the order of their names."""
    path = verify(name)
    if path.is_file():
        return sha256_of(path)
    told = "".join(f"{each.name} {sha256_of(each)}\n" for each in sorted(path.iterdir()) if each.is_file())
    return hashlib.sha256(told.encode()).hexdigest()


def _opened(name: str, load: Callable[[str, dict[str, str]], T]) -> T:
    """What `load` gives for the folder and, of a GGUF file, the option that names it."""
    path = verify(name)
    try:
        import transformers
    except ImportError as error:
        raise MissingDependency(f"Opening the base {name} for training needs transformers: {INSTALL}") from error
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    if path.is_dir() and not (path / "config.json").exists():
        raise WeightsError(
            f"Opening the base {name}: {path} has no config.json. Give a GGUF file, or a folder that "
            "transformers saved."
        )
    try:
        if path.is_dir():
            return load(str(path), {})
        with redirect_stderr(StringIO()):  # transformers draws a bar of a GGUF file's tensors, asked to or not
            return load(str(path.parent), {"gguf_file": path.name})
    except ImportError as error:
        raise MissingDependency(f"Opening the base {name} for training: {error} Run {INSTALL}.") from error
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, IndexError, struct.error) as error:
        said = str(error).strip().split("\n")[0]
        raise WeightsError(
            f"Opening the base {name} for training: {said}. It must be a whole GGUF file of the Llama or Qwen2 "
            "architecture, or a folder that transformers saved, with its tokeniser."
        ) from error


def _cut_as_smollm(words: Any) -> None:
    """transformers reads a GGUF file's tokens and merges, but cuts words as GPT-2 does whatever the file declares; of
    SmolLM2 the ids of ½ and ² would be others."""
    from tokenizers import pre_tokenizers

    digits, letters = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, letters])


def _plain(config: Any) -> Any:
    """The config without what says that it came out of a GGUF file."""
    held = {
        key: value for key, value in config.to_dict().items() if key not in ("quantization_config", "_name_or_path")
    }
    return type(config).from_dict(held)
