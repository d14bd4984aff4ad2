"""Losses are what they would be computed the plain way, pair by pair."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from finetune.training import objectives
from finetune.training.base import open_base, open_model
from finetune.training.batches import row
from finetune.training.encoding import Encoded, Encoder
from finetune.training.recipe import TrainSettings
from finetune.training.strategies import packed, prepared
from tests.finetune.export.made_models import base as made_base
from tests.finetune.training.conftest import pairs, save_llama


@pytest.fixture(scope="module")
def read(base: Path) -> list[Encoded]:
    _, tokenizer = open_base(str(base))
    encoder = Encoder(tokenizer, "tiny")
    return [one for pair in pairs(6) for one in encoder.encode(pair, 2000, preference=True)]


def plain(folder: Path, read: list[Encoded], chosen: bool = True) -> list[torch.Tensor]:
    """Log probabilities of each learnt token, by transformers' own attention, a pair at a time."""
    model, _ = open_base(str(folder))
    found = []
    for one in read:
        text = one.chosen if chosen else one.rejected
        assert text is not None
        logits = model(input_ids=torch.tensor([text.ids])).logits[0].log_softmax(-1)
        found.append(logits[range(text.learnt - 1, len(text.ids) - 1), list(text.ids[text.learnt :])])
    return found


def alone(read: list[Encoded]) -> list[Encoded]:
    return [Encoded(one.kind, one.chosen) for one in read]


@pytest.mark.parametrize("strategy", ["full", "prompt", "prefix"])
def test_pairs_in_one_row_have_the_loss_that_they_have_alone(base: Path, read: list[Encoded], strategy: str) -> None:
    torch.manual_seed(0)
    model = prepared(open_base(str(base))[0], TrainSettings(strategy=strategy)).eval()  # type: ignore[arg-type]
    together = objectives.answer_loss(model, row(alone(read)))
    one_by_one = sum(objectives.answer_loss(model, row([one])) for one in alone(read))
    assert together.item() == pytest.approx(float(one_by_one), rel=1e-5)
    if strategy == "full":
        assert together.item() == pytest.approx(-float(torch.cat(plain(base, read)).sum()), rel=1e-5)


def test_a_qwen2_model_reads_rows_so_too(tmp_path: Path) -> None:
    folder = made_base(tmp_path / "qwen2", "qwen2")
    encoder = Encoder(open_base(str(folder))[1], "qwen2")
    read = [one for pair in pairs(6) for one in encoder.encode(pair, 2000)]
    model = prepared(open_base(str(folder))[0], TrainSettings(strategy="full")).eval()
    found = objectives.answer_loss(model, row(read))
    assert found.item() == pytest.approx(-float(torch.cat(plain(folder, read)).sum()), rel=1e-5)


def test_gradients_of_a_row_are_those_of_its_pairs(base: Path, read: list[Encoded]) -> None:
    packed, single = (prepared(open_base(str(base))[0], TrainSettings(strategy="full")) for _ in range(2))
    objectives.answer_loss(packed, row(alone(read))).backward()
    for one in alone(read):
        objectives.answer_loss(single, row([one])).backward()
    for (name, a), (_, b) in zip(packed.named_parameters(), single.named_parameters(), strict=True):
        assert torch.allclose(a.grad, b.grad, atol=1e-4, rtol=1e-3), name


def test_a_long_row_goes_through_the_output_layer_in_chunks(
    base: Path, read: list[Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = prepared(open_base(str(base))[0], TrainSettings(strategy="full"))
    whole = objectives.answer_loss(model, row(alone(read)))
    whole.backward()
    gradient = model.model.embed_tokens.weight.grad.clone()
    model.zero_grad()
    monkeypatch.setattr(objectives, "CHUNK", 7)
    chunked = objectives.answer_loss(model, row(alone(read)))
    chunked.backward()
    assert chunked.item() == pytest.approx(whole.item(), rel=1e-6)
    assert torch.allclose(model.model.embed_tokens.weight.grad, gradient, atol=1e-5)


def test_preference_is_the_formula(base: Path, read: list[Encoded]) -> None:
    model = packed(open_model(str(base)))
    reference = [(-1.0 * number, -2.0) for number in range(len(read))]
    found = objectives.preference_loss(model, row(read), reference, beta=0.3)
    better, worse = ([one.sum() for one in plain(base, read, chosen)] for chosen in (True, False))
    meant = [
        -functional.logsigmoid(0.3 * ((good - known) - (bad - other)))
        for good, bad, (known, other) in zip(better, worse, reference, strict=True)
    ]
    assert found.item() == pytest.approx(float(torch.stack(meant).sum()), rel=1e-5)


def test_a_teacher_is_followed_as_far_as_its_share(base: Path, read: list[Encoded], tmp_path: Path) -> None:
    model, teacher = (packed(open_model(str(one))) for one in (base, save_llama(tmp_path, seed=1, hidden=48)))
    there = row(alone(read))
    answer = objectives.answer_loss(model, there).item()
    assert objectives.distilled_loss(model, teacher, 0.0, there).item() == pytest.approx(answer, rel=1e-5)
    assert objectives.distilled_loss(model, model, 1.0, there).item() == pytest.approx(0.0, abs=1e-4)
    apart = objectives.distilled_loss(model, teacher, 1.0, there).item()
    half = objectives.distilled_loss(model, teacher, 0.5, there).item()
    assert apart > 0.1
    assert half == pytest.approx((answer + apart) / 2, rel=1e-5)
    objectives.distilled_loss(model, teacher, 0.5, there).backward()
    assert all(one.grad is not None for one in model.parameters())
    assert all(one.grad is None for one in teacher.parameters())
