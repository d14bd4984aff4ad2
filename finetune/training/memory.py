"""How much memory a training will take, found before it starts: a step on tensors without contents.

The very strategy and the largest read of the training go through a step (forward, back, the optimiser) with tensors
that know their shapes and hold nothing, and what would be in memory at once is counted. Two shallow models are enough,
since what a layer takes is the same for each.
"""

from __future__ import annotations

import copy
import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from core.errors import UsageError
from finetune.training import objectives, strategies
from finetune.training.batches import Read, Row, row
from finetune.training.recipe import TrainSettings

COMPUTING = 0.15e9
"""Bytes that torch's threads and matrix routines take beside all tensors once they compute."""
KEPT = 1.55
"""What a process holds for each byte of the tensors that come and go in a step: allocators keep what is freed, in
pieces. Under tcmalloc, for adapters and every weight alike: 1.3 after 6 steps, 1.5 after 18, 1.7 to 1.9 later."""
SAVED_BY_FOUR_BITS = 2 - 0.53
"""Bytes that a weight takes less in four bits, with its share of the scales, than in bfloat16."""
APART = 2
"""By how many layers the two shallow models differ."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory depends on: the model's config, the settings, the largest read, bf16 or not, the bytes that a weight
    takes while the base is read, the teacher's config, and whether a step has more reads than one."""

    config: Any
    settings: TrainSettings
    read: Read
    bf16: bool
    reading: int = 8
    teacher: Any = None
    several: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes: `loading` while the base is read, `step` in the largest step, either beside what the process takes."""

    loading: int
    step: int

    @property
    def most(self) -> int:
        """The larger of the two."""
        return max(self.loading, self.step)


def estimate(shape: Shape) -> Estimate:
    """What a training of this shape takes at once."""
    lasting, most = tensors(shape)
    step = lasting + KEPT * (most - lasting) + COMPUTING
    return Estimate(shape.reading * _parameters(shape.config), int(step))


def tensors(shape: Shape) -> tuple[float, float]:
    """Bytes of the tensors that there are throughout a step (weights, what the optimiser remembers of them, gradients
    of reads before), and of all that there are at once at the most."""
    first = 1 + (shape.settings.layers if shape.settings.strategy == "freeze" else 0)
    near, far = _counted(shape, first), _counted(shape, first + APART)
    more = (shape.config.num_hidden_layers - first) / APART
    lasting, *peaks = (one + (other - one) * more for one, other in zip(near, far, strict=True))
    beside = 0.0
    if shape.teacher is not None:
        whole, shallow = _parameters(shape.teacher), _parameters(_with_layers(shape.teacher, 1))
        beside += (whole - shallow) * (2 if shape.bf16 else 4)
    if shape.settings.strategy == "qlora":
        config = shape.config
        beside -= (_parameters(config) - _parameters(_with_layers(config, 0))) * SAVED_BY_FOUR_BITS
    return lasting + beside, max(peaks) + beside


def check_fits(shape: Shape, free: int, free_here: int | None = None) -> Estimate:
    """The estimate. Raises UsageError where `free` bytes do not hold it, saying what they would.

    Where steps are computed on a GPU, `free` are its bytes, and `free_here` those of the machine, which reads the base.
    """
    found = estimate(shape)

    def fits(one: Estimate) -> bool:
        return one.step <= free and one.loading <= (free if free_here is None else free_here)

    if fits(found):
        return found
    smaller = next((name for name, other in _smaller(shape) if fits(estimate(other))), None)
    would = f"This would: {smaller}." if smaller else "Nothing that a recipe can say would: take a smaller base."
    raise UsageError(
        f"Training by this recipe takes {found.most / 1e9:.1f} GB ({found.loading / 1e9:.1f} GB to read the base, "
        f"{found.step / 1e9:.1f} GB for a step), and {free / 1e9:.1f} GB are free. {would}"
    )


def free_memory(device: str) -> int:
    """The bytes that a training may still take: of the GPU, or of this machine and the group that it runs in."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0])
    held = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = Path("/proc/meminfo")
    if told.exists():
        lines = dict(line.split(":") for line in told.read_text().splitlines())
        held = int(lines["MemAvailable"].split()[0]) * 1024
    most, taken = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if most.exists() and taken.exists() and most.read_text().strip() != "max":
        held = min(held, int(most.read_text()) - int(taken.read_text()))
    return held


def _smaller(shape: Shape) -> list[tuple[str, Shape]]:
    """What takes less, the least change first."""
    settings = shape.settings
    found, told = [], list[str]()
    if not settings.checkpointing:
        settings, told = replace(settings, checkpointing=True), ["checkpointing: true"]
        found.append((", ".join(told), replace(shape, settings=settings)))
    longest = max(shape.read, key=lambda one: one.tokens)
    if len(shape.read) > 1:
        told = [*told, f"read_tokens: {settings.sequence_length}"]
        found.append((", ".join(told), replace(shape, settings=settings, read=[longest], several=True)))
    if settings.strategy in ("full", "freeze"):
        told = ["strategy: lora", *told]
        small = replace(shape, settings=replace(settings, strategy="lora"), read=[longest], several=True)
        if strategies.halved(small.settings, shape.bf16):  # what an adapter leaves as it is is read in bfloat16
            small = replace(small, reading=shape.reading - 2)
        found.append((", ".join(told), small))
    return found


def _with_layers(config: Any, layers: int) -> Any:
    """The config of a model that is the same but for its depth."""
    shallow = copy.deepcopy(config)
    shallow.num_hidden_layers = layers
    return shallow


def _parameters(config: Any) -> int:
    """How many weights a model of that config has."""
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        return sum(one.numel() for one in AutoModelForCausalLM.from_config(config).parameters())


def _counted(shape: Shape, layers: int) -> tuple[int, int, int, int]:
    """Of a model of so many layers the bytes of tensors before a step, and the most at once in its three parts."""
    from torch._subclasses.fake_tensor import FakeTensorMode
    from transformers import AutoModelForCausalLM

    settings = shape.settings if shape.settings.strategy != "qlora" else replace(shape.settings, strategy="lora")
    with torch.device("meta"):
        model = strategies.prepared(AutoModelForCausalLM.from_config(_with_layers(shape.config, layers)), settings)
        teacher = None
        if shape.teacher is not None:
            teacher = AutoModelForCausalLM.from_config(_with_layers(shape.teacher, 1)).requires_grad_(False)
            strategies.packed(teacher)
    with FakeTensorMode():
        strategies.halve_frozen(_placed(model), strategies.halved(settings, shape.bf16)).train()
        if teacher is not None:
            strategies.halve_frozen(_placed(teacher), shape.bf16)
        learning = list(strategies.learning(model).values())
        optimizer = torch.optim.AdamW(learning, fused=True)
        there = row(shape.read)
        _as_after_a_step(learning, optimizer, shape)
        with _Live() as live:
            state = [one for each in optimizer.state.values() for one in each.values()]
            gradients = [one.grad for one in learning if one.grad is not None]
            weights = [*model.parameters(), *(teacher.parameters() if teacher is not None else ())]
            for one in [*weights, *state, *gradients]:
                live.count(one)
            lasting = live.told()
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=shape.bf16):
                loss = _loss(model, teacher, settings, there)
            forward = live.told()
            loss.backward()
            backward = live.told()
            optimizer.step()
            return lasting, forward, backward, live.told()


def _as_after_a_step(learning: list[Tensor], optimizer: Any, shape: Shape) -> None:
    """Brings into being what every step but the first finds: what the optimiser remembers of each weight; and, where
    gradients of several reads or of moved embeddings are added up, those of the one before."""
    for one in learning:
        one.grad = torch.zeros_like(one)
    optimizer.step()
    if not shape.several and shape.settings.adversarial == "none":
        optimizer.zero_grad(set_to_none=True)


def _placed(model: Any) -> Any:
    """A model of the device "meta", moved to where tensors are on the CPU, and hold nothing in the mode that is on."""
    moved: dict[int, Any] = {}
    for module in model.modules():
        for held in (module._parameters, module._buffers):
            for name, one in held.items():
                if one is not None and id(one) not in moved:
                    empty = torch.empty(one.shape, dtype=one.dtype, device="cpu")
                    learns = isinstance(one, torch.nn.Parameter)
                    moved[id(one)] = torch.nn.Parameter(empty, one.requires_grad) if learns else empty
                if one is not None:
                    held[name] = moved[id(one)]
    tokens = getattr(model, "prompt_tokens", {})  # peft keeps these, of prompts and prefixes, in a plain dictionary
    tokens.update({name: torch.empty(one.shape, dtype=one.dtype, device="cpu") for name, one in tokens.items()})
    return model


def _loss(model: Any, teacher: Any, settings: TrainSettings, there: Row) -> Tensor:
    if settings.objective == "preference":
        return objectives.preference_loss(model, there, [(0.0, 0.0)] * (len(there.lengths) // 2), settings.beta)
    if teacher is not None:
        return objectives.distilled_loss(model, teacher, settings.teacher_share, there)
    return objectives.answer_loss(model, there)


class _Live(TorchDispatchMode):  # type: ignore[misc]
    """Counts the bytes of all tensors that exist."""

    def __init__(self) -> None:
        super().__init__()
        self._now = self._peak = 0
        self._known: Any = WeakIdKeyDictionary()

    def count(self, tensor: Tensor) -> None:
        """Takes a tensor into account, once, for as long as it lives."""
        storage = tensor.untyped_storage()
        if storage not in self._known:
            size = storage.nbytes()
            self._known[storage] = size
            self._now += size
            self._peak = max(self._peak, self._now)
            weakref.finalize(storage, self._gone, size)

    def told(self) -> int:
        """The most bytes since it was last asked."""
        peak, self._peak = self._peak, self._now
        return peak

    def _gone(self, size: int) -> None:
        self._now -= size

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for one in tree_leaves(out):
            if isinstance(one, Tensor):
                self.count(one)
        return out


def largest(reads: Sequence[Read]) -> Read:
    """The read that takes the most memory: by its tokens, then by those of them whose probabilities are computed."""
    return max(
        reads,
        key=lambda read: (
            sum(one.tokens for one in read),
            sum(len(t.ids) - t.learnt for one in read for t in one.texts),
        ),
    )
