"""Examples as the encoder reads them: token ids, and where among them the answer stands."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from finetune.judge.examples import LABELS, Example

MAX_TOKENS = 384
"""Tokens of a pair at most, as at run time."""
STEP = 32
"""Lengths are rounded up to multiples of this."""
IGNORED = -100
"""In a label's place: this example says nothing about that head."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example: token ids, where its passage begins among them, its labels a head, IGNORED where it has none."""

    ids: list[int]
    passage_from: int
    relevance: int = IGNORED
    answerable: int = IGNORED
    start: int = IGNORED
    end: int = IGNORED
    entailment: int = IGNORED


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples side by side, padded: inputs are (batch, tokens), labels (batch,)."""

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    labels: dict[str, Tensor]


def open_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer in `path`, a tokenizer.json, cutting a pair's second text where the pair is too long."""
    tokenizer: Tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def encode(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Encoded]:
    """Each example's tokens and labels. An answer that was cut off is not pointed at, and not asked about."""
    encodings = tokenizer.encode_batch([(example.question, example.passage) for example in examples])
    return [_encoded(example, encoding) for example, encoding in zip(examples, encodings, strict=True)]


def _encoded(example: Example, encoding: object) -> Encoded:
    ids, types, offsets = encoding.ids, encoding.type_ids, encoding.offsets  # type: ignore[attr-defined]
    first = types.index(1)
    if example.task == "relevance":
        return Encoded(ids, first, relevance=int(example.label == "relevant"))
    if example.task == "entailment":
        return Encoded(ids, first, entailment=LABELS["entailment"].index(example.label))
    if example.label == "unanswerable":
        return Encoded(ids, first, answerable=0)
    if example.start is None or example.end is None:
        return Encoded(ids, first, answerable=1)
    inside = [
        at for at in range(first, len(ids) - 1) if offsets[at][0] < example.end and offsets[at][1] > example.start
    ]
    if not inside or offsets[inside[-1]][1] < example.end:
        return Encoded(ids, first)
    return Encoded(ids, first, answerable=1, start=inside[0], end=inside[-1])


def batches(encoded: Sequence[Encoded], tokens: int, dice: random.Random) -> Iterator[Batch]:
    """All examples once, in a random order, those of like length together, `tokens` tokens a batch at most."""
    groups: dict[int, list[int]] = {}
    full: list[list[int]] = []
    for at in dice.sample(range(len(encoded)), len(encoded)):
        width = padded(encoded[at])
        group = groups.setdefault(width, [])
        group.append(at)
        if (len(group) + 1) * width > tokens:
            full.append(groups.pop(width))
    full += groups.values()
    dice.shuffle(full)
    for group in full:
        yield collate([encoded[at] for at in group])


def padded(one: Encoded) -> int:
    """Its length, rounded up: the processor's kernels are made anew for each shape, so there should be few."""
    return -(-len(one.ids) // STEP) * STEP


def collate(encoded: Sequence[Encoded]) -> Batch:
    """The examples padded to the longest, rounded up."""
    longest = max(map(padded, encoded))
    ids, mask, types = (torch.zeros(len(encoded), longest, dtype=torch.long) for _ in range(3))
    for row, one in enumerate(encoded):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        mask[row, : len(one.ids)] = 1
        types[row, one.passage_from : len(one.ids)] = 1
    heads = ("relevance", "answerable", "start", "end", "entailment")
    labels = {head: torch.tensor([getattr(one, head) for one in encoded]) for head in heads}
    return Batch(ids, mask, types, labels)
