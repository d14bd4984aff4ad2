"""Language models that can be had as GGUF, as far as their size and speed depend on it.

Dimensions are those that their makers publish. Tokens a character were counted with their tokenizers on the two texts
of `finetune.models.speed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BITS = {"F16": 16.05, "Q8_0": 8.52, "Q4_K_M": 4.95, "Q4_0": 4.65}
"""Bits a weight takes in a whole file, the most precise first: norms and the output layer are kept larger."""

_SMOLLM2 = {"en": 0.2307, "zh": 1.7090}
_QWEN2 = {"en": 0.2280, "zh": 0.7172}
_LLAMA2 = {"en": 0.2556, "zh": 1.4754}
_LLAMA3 = {"en": 0.2228, "zh": 0.8934}


READS = {"F16": 0.67, "Q8_0": 0.70, "Q4_K_M": 0.66, "Q4_0": 1.0, "Q4_1": 0.41}
"""How fast a prompt is read, beside Q4_0: measured with the embedded model on AVX-512; Q4_K_M with one of 1.5 thousand
million weights."""


SPEAKS = {"smollm2": ("en",), "llama": ("en",), "qwen": ("en", "zh")}
"""What families of models were trained for, by how their names begin."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model by its public name. `parameters` counts all weights, `read_per_token` those that each token is multiplied
    with, `output` those of the output layer; `layers`, `key_value_width` and `trained_context` are as in Header.
    `speaks` are the languages of the library that it was trained for."""

    name: str
    parameters: float
    read_per_token: float
    output: float
    layers: int
    key_value_width: int
    trained_context: int
    tokens_per_character: Mapping[str, float]
    speaks: tuple[str, ...] = ("en",)
    """Empty where that is not known."""
    cut_in_256: bool = True
    """Whether its rows can be, as Q4_K_M cuts them; where not, llama.cpp stores most of it otherwise, and slower."""

    def cache_bytes(self, context: int) -> int:
        """As Header's."""
        return 4 * self.layers * self.key_value_width * context


LISTED = (
    Listed("SmolLM2-360M-Instruct", 0.362e9, 0.362e9, 0.047e9, 32, 320, 8192, _SMOLLM2, cut_in_256=False),
    Listed("Qwen2.5-0.5B-Instruct", 0.494e9, 0.494e9, 0.136e9, 24, 128, 32768, _QWEN2, ("en", "zh"), cut_in_256=False),
    Listed("Llama-3.2-1B-Instruct", 1.236e9, 1.236e9, 0.263e9, 16, 512, 131072, _LLAMA3),
    Listed("Qwen2.5-1.5B-Instruct", 1.544e9, 1.544e9, 0.233e9, 28, 256, 32768, _QWEN2, ("en", "zh")),
    Listed("SmolLM2-1.7B-Instruct", 1.711e9, 1.711e9, 0.101e9, 24, 2048, 8192, _SMOLLM2),
    Listed("Qwen2.5-3B-Instruct", 3.086e9, 3.086e9, 0.311e9, 36, 256, 32768, _QWEN2, ("en", "zh")),
    Listed("Llama-3.2-3B-Instruct", 3.213e9, 3.213e9, 0.394e9, 28, 1024, 131072, _LLAMA3),
    Listed("Llama-2-7b-chat", 6.738e9, 6.607e9, 0.131e9, 32, 4096, 4096, _LLAMA2),
    Listed("Qwen2.5-7B-Instruct", 7.616e9, 7.071e9, 0.545e9, 28, 512, 32768, _QWEN2, ("en", "zh")),
    Listed("Llama-3.1-8B-Instruct", 8.030e9, 7.505e9, 0.525e9, 32, 1024, 131072, _LLAMA3),
)
