"""Writes a small LoRA adapter for the embedded model as GGUF: one matrix of the first layer, rank 1."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

WIDTH = 576  # SmolLM2-135M's


def write_lora(path: Path, strength: float, width: int = WIDTH) -> None:
    """`strength` 0 changes nothing; larger ones bend every output of the first layer's feed-forward block."""
    rng = np.random.default_rng(0)
    tensors = {
        "blk.0.attn_output.weight.lora_a": rng.standard_normal((1, width)).astype("<f4"),
        "blk.0.attn_output.weight.lora_b": (strength * rng.standard_normal((width, 1))).astype("<f4"),
    }
    fields = [
        _field("general.type", "adapter"),
        _field("general.architecture", "llama"),
        _field("adapter.type", "lora"),
        _field("adapter.lora.alpha", 1.0),
    ]
    infos, data = b"", b""
    for name, values in tensors.items():
        infos += _text(name) + struct.pack("<IQQIQ", 2, values.shape[1], values.shape[0], 0, len(data))
        data += _padded(values.tobytes())
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(fields)) + b"".join(fields) + infos
    path.write_bytes(_padded(head) + data)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _field(name: str, value: str | float) -> bytes:
    if isinstance(value, str):
        return _text(name) + struct.pack("<I", 8) + _text(value)
    return _text(name) + struct.pack("<If", 6, value)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 32)
