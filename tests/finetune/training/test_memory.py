"""The memory of a training is known before it starts, and what cannot fit is refused."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from core.errors import UsageError
from finetune.training import memory
from finetune.training.batches import row
from finetune.training.encoding import Encoded, Text
from finetune.training.objectives import answer_loss
from finetune.training.recipe import TrainSettings
from finetune.training.strategies import halve_frozen, halved, learning, prepared
from tests.finetune.training.conftest import tokenizer

READ = [Encoded("faq", Text(tuple(range(length)), length - 20)) for length in (60, 90, 40)]


def shape(bf16: bool = False, several: bool = False, **more: object) -> memory.Shape:
    config = LlamaConfig(
        vocab_size=512,
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=7,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
    )
    return memory.Shape(config, TrainSettings(**more), READ, bf16, several=several)  # type: ignore[arg-type]


def counted(of: memory.Shape) -> tuple[int, int]:
    """The bytes of tensors before, and the most in, the last read of a real second step of the whole model."""
    model = halve_frozen(prepared(LlamaForCausalLM(of.config), of.settings), halved(of.settings, of.bf16)).train()
    optimizer = torch.optim.AdamW(list(learning(model).values()), fused=True)
    there = row(of.read)

    def learn() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=of.bf16):
            loss = answer_loss(model, there)
        loss.backward()

    learn()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    if of.several:
        learn()
    with memory._Live() as live:
        there_already = [*model.parameters(), *(one.grad for one in model.parameters() if one.grad is not None)]
        for one in [*there_already, *(one for each in optimizer.state.values() for one in each.values())]:
            live.count(one)
        lasting = live.told()
        learn()
        optimizer.step()
        return lasting, live.told()


@pytest.mark.parametrize(
    "of",
    [
        shape(strategy="full"),
        shape(several=True, strategy="full", bf16=True),
        shape(strategy="lora", bf16=True),
        shape(strategy="full", checkpointing=True),
        shape(strategy="freeze", layers=2),
        shape(strategy="prompt"),
        shape(strategy="prefix"),
        shape(strategy="ia3"),
    ],
    ids=["full", "several reads", "lora in bf16", "checkpointing", "freeze", "prompt", "prefix", "ia3"],
)
def test_the_estimate_is_what_a_step_takes(of: memory.Shape) -> None:
    lasting, most = counted(of)
    assert memory.tensors(of) == pytest.approx((lasting, most), rel=0.02)
    assert memory.estimate(of).step == pytest.approx(lasting + 1.55 * (most - lasting) + 0.15e9, rel=0.01)


def test_what_the_optimiser_remembers_and_gradients_of_reads_before_count() -> None:
    of = shape(strategy="full")
    weights = 4 * memory._parameters(of.config)
    assert memory.tensors(of)[0] == pytest.approx(3 * weights, rel=1e-3)
    assert memory.tensors(replace(of, several=True))[0] == pytest.approx(4 * weights, rel=1e-3)


def test_checkpointing_and_smaller_reads_take_less() -> None:
    usual = memory.estimate(shape(strategy="full")).step
    assert memory.estimate(shape(strategy="full", checkpointing=True)).step < usual
    assert memory.estimate(replace(shape(strategy="full"), read=READ[:1])).step < usual


def test_what_cannot_fit_is_refused_with_what_would() -> None:
    of = shape(strategy="full")
    usual = memory.estimate(of).step
    assert memory.check_fits(of, usual).step == usual
    with pytest.raises(UsageError, match=r"takes 0\.2 GB .*This would: checkpointing: true\."):
        memory.check_fits(of, usual - 1)
    less = memory.estimate(shape(strategy="full", checkpointing=True)).step
    with pytest.raises(UsageError, match=r"This would: checkpointing: true, read_tokens: 1024\."):
        memory.check_fits(of, less - 1)
    with pytest.raises(UsageError, match="Nothing that a recipe can say would: take a smaller base"):
        memory.check_fits(of, 1000)
    wide = replace(of, bf16=True, reading=4)  # a folder's weights, read in float32 for "full" and else in bfloat16
    free = memory.estimate(wide).loading - 1
    with pytest.raises(UsageError, match=r"This would: strategy: lora, checkpointing: true, read_tokens: 1024\."):
        memory.check_fits(wide, 10**12, free)


def test_this_machine_has_memory() -> None:
    assert 1e8 < memory.free_memory("cpu") < 1e14


def test_the_largest_read_is_by_its_tokens_then_by_what_it_learns() -> None:
    little, much = ([Encoded("faq", Text(tuple(range(60)), learnt))] for learnt in (50, 10))
    assert memory.largest([READ[:1], little, much]) == much
    assert memory.largest([READ, much]) == READ


def test_storage_is_whole_or_not_there(tmp_path: Path) -> None:
    import resource

    from finetune.training import storage

    storage.kept_text(tmp_path / "told", "before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # writes fail behind that many bytes, as on a full disk
    try:
        with pytest.raises(UsageError, match=r"Writing .*told: File too large \(.*Nothing was left half"):
            storage.kept_text(tmp_path / "told", "after" * 2000)
        with pytest.raises(UsageError, match="goes on from what it had kept"):
            storage.kept(tmp_path / "weights", lambda at: torch.save({"a": torch.zeros(9999)}, at))
        with pytest.raises(UsageError, match="Writing .*words: .*Nothing was left half written"):
            storage.kept(tmp_path / "words", lambda at: tokenizer().save_pretrained(str(at)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["told"]
    assert (tmp_path / "told").read_text() == "before"
