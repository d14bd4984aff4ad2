"""What a GGUF file says of itself, read without loading any weights."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

from core.errors import ModelUnloadable

_FILE_TYPES = {
    **{0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S"},
    **{12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 32: "BF16"},
}
"""GGUF's `general.file_type`: how most of the tensors are stored."""
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class Header:
    """A GGUF file's own description.

    `is_adapter` tells a LoRA adapter from a model. `quantisation` is as in Q4_0, "?" where the file names none that is
    known. Of a model: `parameters` counts the weights, `read_per_token` those that each token is multiplied with (all
    but an embedding that is no output layer), `output` those of the output layer, which of a prompt only the last token
    goes through; `layers`; `key_value_width` numbers that each layer keeps of a token, for
    keys and as many for values; `trained_context` in tokens; `cuts_words_as` the name of how its tokenizer cuts words.
    `shapes` are those of its tensors by name, what a token's numbers are multiplied with first.
    """

    architecture: str
    is_adapter: bool
    quantisation: str
    parameters: int
    read_per_token: int
    output: int
    layers: int
    key_value_width: int
    trained_context: int
    cuts_words_as: str
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict, repr=False)

    def cache_bytes(self, context: int) -> int:
        """Bytes that the KV cache of so many tokens takes, at two bytes a number."""
        return 2 * 2 * self.layers * self.key_value_width * context


def misfit(adapter: Header, model: Header) -> str:
    """What shows that an adapter was not trained on a model like this one; "" where nothing does."""
    for name, shape in adapter.shapes.items():
        matrix, _, part = name.rpartition(".lora_")
        if not matrix or matrix == "token_embd.weight":  # the latter's are stored the other way round
            continue
        meant = model.shapes.get(matrix)
        if meant is None:
            return f"it changes {matrix}, which the model has not"
        if (part == "a" and shape[0] != meant[0]) or (part == "b" and shape[-1] != meant[-1]):
            return f"{matrix} is {meant[0]} by {meant[-1]} in the model, and not in what it was trained on"
    return ""


def read_header(path: Path) -> Header:
    """The header of a GGUF file. Raises ModelUnloadable for one that is none, or is cut short."""
    stat = path.stat()
    return _read(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, size: int, changed_ns: int) -> Header:
    """`size` and `changed_ns` are there so that a file that was replaced is read again."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            fields, shapes = _Reader(data).all()
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelUnloadable(
            f"Reading {path}: it is no whole GGUF file ({error or 'it is empty'}). Give a model in GGUF form."
        ) from error
    return _header(fields, shapes)


def _header(fields: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Header:
    architecture = str(fields.get("general.architecture", "?"))

    def number(name: str) -> int:
        value = fields.get(f"{architecture}.{name}", 0)
        return int(value if isinstance(value, int | float) else 0)

    heads = number("attention.head_count") or 1
    of_keys = number("attention.key_length") or number("embedding_length") // heads
    tensors = {name: prod(shape) for name, shape in shapes.items()}
    total = sum(tensors.values())
    looked_up = tensors.get("token_embd.weight", 0) if "output.weight" in tensors else 0
    return Header(
        architecture,
        fields.get("general.type") == "adapter",
        _FILE_TYPES.get(fields.get("general.file_type", -1), "?"),
        total,
        total - looked_up,
        tensors.get("output.weight", tensors.get("token_embd.weight", 0)),
        number("block_count"),
        (number("attention.head_count_kv") or heads) * of_keys,
        number("context_length"),
        str(fields.get("tokenizer.ggml.pre", "")),
        shapes,
    )


class _Reader:
    """Walks through the file's beginning. Long lists, as the tokenizer's, are passed by."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def all(self) -> tuple[dict[str, Any], dict[str, tuple[int, ...]]]:
        """The fields that are single values, and the shape of each tensor."""
        if self._data[:4] != b"GGUF":
            raise ValueError("it does not begin with GGUF")
        self._at = 4
        version = self._number("I")
        if version not in (2, 3):
            raise ValueError(f"its version is {version}, known are 2 and 3")
        tensors, fields = self._number("Q"), self._number("Q")
        return dict(self._field() for _ in range(fields)), dict(self._tensor() for _ in range(tensors))

    def _field(self) -> tuple[str, Any]:
        return self._text(), self._value(self._number("I"))

    def _tensor(self) -> tuple[str, tuple[int, ...]]:
        name = self._text()
        shape = tuple(self._number("Q") for _ in range(self._number("I")))
        self._at += struct.calcsize("<IQ")  # its type, and where its data is
        return name, shape

    def _value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self._text()
        if kind != _ARRAY:
            return self._number(_NUMBERS[kind])
        inner, count = self._number("I"), self._number("Q")
        if inner == _TEXT:
            for _ in range(count):
                length = self._number("Q")
                self._at += length
        elif inner == _ARRAY:
            for _ in range(count):
                self._value(_ARRAY)
        else:
            self._at += count * struct.calcsize(f"<{_NUMBERS[inner]}")
        return None

    def _text(self) -> str:
        length = self._number("Q")
        raw = self._data[self._at : self._at + length]
        self._at += length
        return raw.decode("utf-8")

    def _number(self, form: str) -> Any:
        (value,) = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return value
