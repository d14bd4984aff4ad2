"""Noise and steps against the model: their size, and that they are there in training alone."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from finetune.training import objectives
from finetune.training.base import open_base
from finetune.training.batches import Row, row
from finetune.training.encoding import Encoder
from finetune.training.perturbation import Perturbation
from finetune.training.recipe import TrainSettings
from finetune.training.strategies import prepared
from tests.finetune.training.conftest import pairs


@pytest.fixture
def there(base: Path) -> Row:
    encoder = Encoder(open_base(str(base))[1], "tiny")
    return row([one for pair in pairs(3) for one in encoder.encode(pair, 2000)])


def watched(base: Path, settings: TrainSettings) -> tuple[object, Perturbation, list[Tensor]]:
    """A model with its perturbation, and what its first layer was given, time after time."""
    torch.manual_seed(0)
    model = prepared(open_base(str(base))[0], settings)
    perturbation, given = Perturbation(model, settings), list[Tensor]()
    layer = model.get_base_model().model.layers[0] if hasattr(model, "get_base_model") else model.model.layers[0]
    layer.register_forward_pre_hook(lambda module, inputs: given.append(inputs[0].detach().clone()))
    return model.train(), perturbation, given


def test_noise_has_the_size_that_was_asked(base: Path, there: Row) -> None:
    model, perturbation, given = watched(base, TrainSettings(neftune=5.0))
    perturbation.backward(there, lambda: objectives.answer_loss(model, there))
    own = model.get_input_embeddings().weight[there.ids]  # type: ignore[attr-defined]
    noise = given[0] - own
    model.eval()  # type: ignore[attr-defined]
    objectives.answer_loss(model, there)
    assert not torch.equal(given[0], given[1])
    for part, length in zip(noise[0].split(there.lengths), there.lengths, strict=True):
        assert part.abs().max() <= 5.0 / (length * 32) ** 0.5 + 1e-6
        assert part.abs().max() > 0.9 * 5.0 / (length * 32) ** 0.5
    assert torch.equal(given[1], own)


@pytest.mark.parametrize(("kind", "times"), [("fgm", 2), ("pgd", 4)])
@pytest.mark.parametrize("strategy", ["lora", "full"])
def test_embeddings_are_moved_against_the_model(base: Path, there: Row, kind: str, times: int, strategy: str) -> None:
    settings = TrainSettings(strategy=strategy, adversarial=kind, adversarial_size=0.1)  # type: ignore[arg-type]
    model, perturbation, given = watched(base, settings)
    losses: list[float] = []

    def loss() -> Tensor:
        found = objectives.answer_loss(model, there)
        losses.append(found.item())
        return found

    first = perturbation.backward(there, loss)
    assert len(losses) == times == len(given)
    assert first.item() == losses[0] < losses[-1]
    for own, moved in zip(given[0][0].split(there.lengths), given[-1][0].split(there.lengths), strict=True):
        assert 0 < (moved - own).norm() <= 0.1 * own.norm() * 1.001


def test_gradients_are_those_of_both_losses(base: Path, there: Row) -> None:
    settings = TrainSettings(strategy="full", adversarial="pgd")
    model, perturbation, given = watched(base, settings)
    perturbation.backward(there, lambda: objectives.answer_loss(model, there))
    found = model.model.layers[1].mlp.up_proj.weight.grad  # type: ignore[attr-defined]
    plain, _, _ = watched(base, TrainSettings(strategy="full"))
    added = torch.zeros_like(given[0])
    plain.get_input_embeddings().register_forward_hook(lambda *each: each[2] + added)  # type: ignore[attr-defined]
    for moved in (given[0], given[-1]):
        added = moved - given[0]
        objectives.answer_loss(plain, there).backward()
    assert torch.allclose(found, plain.model.layers[1].mlp.up_proj.weight.grad, atol=1e-4)  # type: ignore[attr-defined]
