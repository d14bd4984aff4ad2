"""Random models of three layers, with tokenizers trained on a few lines, made for these tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
QWEN2_CUT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LINES = [
    "The pump shows the error code E-104 when the suction pressure stays below the limit.",
    "The lamp of the lighthouse was lit by its keeper every evening; it burned oil until 1931.",
    "合同自2024年3月1日起生效，有效期为三年。任何一方可提前书面通知终止合同。",
]


def tokenizer(cut: Any) -> Any:
    """A byte-level tokenizer of 384 tokens, whose words `cut` parts."""
    from tokenizers import Tokenizer, decoders, models, trainers
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import PreTrainedTokenizerFast

    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = cut
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=384, special_tokens=SPECIAL, initial_alphabet=sorted(ByteLevel.alphabet()))
    trained.train_from_iterator(LINES * 3, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=trained,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        unk_token="<|endoftext|>",
        chat_template=TEMPLATE,
    )


def base(folder: Path, kind: str = "llama", seed: int = 0, **sizes: Any) -> Path:
    """A folder with a random model, "llama" or "qwen2", as transformers saves it."""
    import torch
    from tokenizers import Regex, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=kind == "llama")
    cut = byte_level
    if kind == "qwen2":
        split = pre_tokenizers.Split(Regex(QWEN2_CUT), "isolated")
        cut = pre_tokenizers.Sequence([split, byte_level])
    words = tokenizer(cut)
    settings = {
        "vocab_size": len(words),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "initializer_range": 0.1,
        "bos_token_id": words.bos_token_id,
        "eos_token_id": words.eos_token_id,
        **sizes,
    }
    torch.manual_seed(seed)
    model = LlamaForCausalLM(LlamaConfig(**settings)) if kind == "llama" else Qwen2ForCausalLM(Qwen2Config(**settings))
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def lora(of: Path, run: Path, seed: int = 1, **config: Any) -> Path:
    """A random adapter for a base, in RUN/adapter; what it does can be seen in every answer."""
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    settings = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj", "down_proj"], **config}
    model = peft.get_peft_model(
        AutoModelForCausalLM.from_pretrained(of), peft.LoraConfig(task_type="CAUSAL_LM", **settings)
    )
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    model.save_pretrained(run / "adapter")
    return run
