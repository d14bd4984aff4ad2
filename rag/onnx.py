"""Sessions of ONNX Runtime, which encoders and judges run in: one thread each, and one arena for all of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


def session(model: Path) -> Any:
    """What runs `model`. Each call of its `run` keeps one core busy, and any thread may call it."""
    import onnxruntime

    _share_an_arena()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Texts are of many lengths: a plan of memory for each would be kept, and is no faster.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.use_env_allocators", "1")
    # Processors without 8-bit dot products (AVX2 alone) would cut sums off at 16 bits, and answer worse than others.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


@cache
def _share_an_arena() -> None:
    """Sessions keep what their largest text took. Sharing it, and growing by what is asked for instead of doubling,
    two judges and an encoder keep what one of them would."""
    import onnxruntime

    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({"arena_extend_strategy": 1}))
