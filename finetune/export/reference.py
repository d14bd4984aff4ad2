"""transformers' side: what a tuned model says, before it becomes files, of the texts that these are compared on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from core.errors import UsageError
from finetune.export.texts import CONVERSATIONS, Conversation, awkward

CONTEXT = 1024
"""Tokens; longer conversations are not compared."""
TAIL = 48
"""The last positions of a conversation, its answer above all, are those scored."""
GOLDEN_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Reference:
    """What is asked of a file, and what is meant.

    `vocabulary` is the number of tokens that the model tells apart; `bos` and `eos` are ids, None where the tokenizer
    has none. `text_ids` and `chat_ids` are the ids of `texts` and `chats`; `scored` are the ids of conversations with
    their answers, whose logits lie beside; `nll` holds a number a scored position, in nats. `golden_answers` are the
    greedy answers to `golden`.
    """

    vocabulary: int
    template: str
    bos: int | None
    eos: int | None
    texts: list[str]
    text_ids: list[list[int]]
    chats: list[Conversation]
    chat_ids: list[list[int]]
    scored: list[list[int]]
    nll: list[float]
    golden: list[Conversation]
    golden_answers: list[str]


def template_of(tokenizer: Any, name: str) -> str:
    """The chat template of a tokenizer. Raises UsageError where it carries none."""
    template = tokenizer.chat_template
    if not isinstance(template, str) or not template.strip():
        raise UsageError(
            f"Exporting a model made from {name}: its tokenizer carries no chat template, so a GGUF file of it would "
            "not know how to be asked. Put the model's chat_template.jinja into the base's folder."
        )
    return template


def take(model: Any, tokenizer: Any, name: str, folder: Path, conversations: Sequence[Conversation] = ()) -> Reference:
    """What the model says of the texts, its own conversations and those given; the logits go to `folder`.

    Raises UsageError where the tokenizer carries no chat template.
    """
    import numpy as np

    template = template_of(tokenizer, name)
    talks = [*CONVERSATIONS, *conversations]
    texts = awkward(tokenizer.all_special_tokens)
    scored = [ids for talk in talks if 2 <= len(ids := _ids(tokenizer, talk, ask=False)) <= CONTEXT]
    nll: list[float] = []
    for number, ids in enumerate(scored):
        tail = logits(model, ids)
        np.save(folder / f"tuned-{number}.npy", tail.numpy())
        nll += surprise(tail, ids)
    golden = [talk[:-1] for talk in CONVERSATIONS]
    return Reference(
        vocabulary=int(model.get_input_embeddings().weight.shape[0]),
        template=template,
        bos=tokenizer.bos_token_id,
        eos=tokenizer.eos_token_id,
        texts=texts,
        text_ids=[tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts],
        chats=[talk[:-1] for talk in talks],
        chat_ids=[_ids(tokenizer, talk[:-1], ask=True) for talk in talks],
        scored=scored,
        nll=nll,
        golden=golden,
        golden_answers=[_answer(model, tokenizer, talk) for talk in golden],
    )


def take_base(model: Any, reference: Reference, folder: Path) -> float:
    """Lays down the logits of the untuned base too; gives how far the tuned model is from it, in nats a token."""
    import numpy as np
    import torch

    apart: list[float] = []
    for number, ids in enumerate(reference.scored):
        tail = logits(model, ids)
        np.save(folder / f"base-{number}.npy", tail.numpy())
        apart += divergence(torch.from_numpy(np.load(folder / f"tuned-{number}.npy")), tail)
    return fmean(apart)


def logits(model: Any, ids: Sequence[int]) -> Any:
    """The model's logits before each of the last tokens of `ids`, TAIL at most: float32, [positions, vocabulary]."""
    import torch

    with torch.inference_mode():
        out = model(input_ids=torch.tensor([ids], device=model.device), use_cache=False).logits[0]
    return out[:-1][-TAIL:].float().cpu()


def surprise(tail: Any, ids: Sequence[int]) -> list[float]:
    """The negative log-likelihood, in nats, of each of the last tokens by the logits before it."""
    said = tail.double().log_softmax(-1)
    return [float(-row[token]) for row, token in zip(said, ids[-len(said) :], strict=True)]


def divergence(meant: Any, said: Any) -> list[float]:
    """The Kullback-Leibler divergence, in nats, of `said` from `meant`, both logits: one number a position."""
    p, q = meant.double().log_softmax(-1), said.double().log_softmax(-1)
    return [float(one) for one in (p.exp() * (p - q)).sum(-1)]


def _ids(tokenizer: Any, talk: Conversation, ask: bool) -> list[int]:
    ids = tokenizer.apply_chat_template(talk, add_generation_prompt=ask, tokenize=True, return_dict=False)
    return [int(one) for one in ids]


def _answer(model: Any, tokenizer: Any, talk: Conversation) -> str:
    """What the model answers, greedily."""
    import torch

    prompt = torch.tensor([_ids(tokenizer, talk, ask=True)], device=model.device)
    with torch.inference_mode():
        out = model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            num_beams=1,
            repetition_penalty=1.0,
            max_new_tokens=GOLDEN_TOKENS,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id,
        )
    said = str(tokenizer.decode(out[0, prompt.shape[1] :], skip_special_tokens=True))
    return said.replace("\ufffd", "")  # the engine leaves out what is no whole character, too
