"""A random three-layer Llama with a tokeniser of its own, and pairs about parts and their colours."""

import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from finetune.pairs.pair import Pair, made

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
PARTS, COLOURS = ("valve", "pump", "seal"), ("red", "blue", "green")


def tokenizer(template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    """Byte pairs of a few words."""
    made_of = Tokenizer(models.BPE())
    made_of.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made_of.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made_of.train_from_iterator(
        [f"Which colour is the {part} ? It is {hue} ." for part in PARTS for hue in COLOURS], trainer
    )
    opened = PreTrainedTokenizerFast(
        tokenizer_object=made_of, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    opened.chat_template = template
    return opened


def save_llama(folder: Path, seed: int = 0, template: str | None = TEMPLATE, hidden: int = 32) -> Path:
    """A model of three layers in `folder`, as transformers saves it."""
    opened = tokenizer(template)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(opened),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=opened.bos_token_id,
        eos_token_id=opened.eos_token_id,
        pad_token_id=opened.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    opened.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a random three-layer Llama."""
    return save_llama(tmp_path_factory.mktemp("base"))


def pairs(count: int, first: int = 0) -> list[Pair]:
    """Questions about the colour of a part, each with the quote that says it and a worse answer."""
    found = []
    for number in range(first, first + count):
        dice = random.Random(number)
        part, hue, other = dice.choice(PARTS), *dice.sample(COLOURS, 2)
        found.append(
            made(
                f"Which colour is the {part} ?",
                f"It is {hue} .",
                kind="faq" if number % 4 else "ticket",
                document=f"{number}.txt",
                source="test",
                language="en",
                evidence=(f"Lot {number}: the {part} is {hue} .",) if number % 2 else (),
                rejected=f"It is {other} .",
            )
        )
    return found
