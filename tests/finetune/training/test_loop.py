"""A training learns, goes on after a kill to the very same losses, and stops when the hold-out grows worse."""

import math
from pathlib import Path

import pytest
import torch

from core.errors import UsageError
from finetune.training import loop, storage
from finetune.training.base import open_base
from finetune.training.batches import row
from finetune.training.encoding import Encoded, Encoder
from finetune.training.loop import LOG, Said, Training, measured_at, plan, scheduled
from finetune.training.objectives import answers_log_probabilities
from finetune.training.recipe import TrainSettings
from finetune.training.strategies import halve_frozen, halved, learning, prepared
from tests.finetune.training.conftest import pairs

QUICK = {"batch_tokens": 600, "read_tokens": 300, "sequence_length": 300, "learning_rate": 1e-2, "precision": "fp32"}


class Killed(Exception):
    """As a kill between two steps."""


def quick(**more: object) -> TrainSettings:
    return TrainSettings(**{**QUICK, **more})  # type: ignore[arg-type]


def encoded(base: Path, count: int, first: int = 0, preference: bool = False) -> list[Encoded]:
    encoder = Encoder(open_base(str(base))[1], "tiny")
    return [one for pair in pairs(count, first) for one in encoder.encode(pair, 400, preference)]


def training(base: Path, folder: Path, settings: TrainSettings, count: int = 16, bf16: bool = False) -> Training:
    torch.manual_seed(5)
    model = halve_frozen(prepared(open_base(str(base))[0], settings), halved(settings, bf16))
    preference = settings.objective == "preference"
    return Training(model, settings, 5, encoded(base, count, 0, preference), encoded(base, 4, 100, preference), folder)


def losses(folder: Path) -> list[tuple[float, ...]]:
    return [(one["step"], one["loss"], one.get("held_loss", 0.0)) for one in storage.lines(folder / LOG)]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_training_learns(base: Path, tmp_path: Path, precision: str) -> None:
    run = training(base, tmp_path, quick(strategy="full", passes=4, precision=precision), bf16=precision == "bf16")
    told: list[Said] = []
    run.run(told.append)
    assert told[-1].step == told[-1].steps == len(run.plan)
    assert told[-1].tokens == told[-1].all_tokens == 4 * sum(one.tokens for one in encoded(base, 16))
    first = next(said.loss for said in told if said.step == 1)
    assert told[-1].loss < 0.6 * first
    assert told[-1].held_loss is not None and told[-1].held_loss < 0.6 * first


def test_how_far_it_is_is_told_before_a_step_is_through(base: Path, tmp_path: Path) -> None:
    run = training(base, tmp_path, quick(passes=1))
    told: list[Said] = []
    run.run(told.append)
    reads = [sum(one.tokens for one in read) for read in run.plan[0]]
    assert len(reads) > 1
    assert [said.tokens for said in told if said.step == 0] == [0, *(sum(reads[: n + 1]) for n in range(len(reads)))]
    assert [math.isnan(said.loss) for said in told] == [said.step == 0 for said in told]


@pytest.mark.parametrize(
    "more",
    [{"strategy": "lora"}, {"strategy": "full", "neftune": 5.0}, {"objective": "preference", "strategy": "full"}],
)
def test_a_killed_training_goes_on_to_the_very_same_losses(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, object]
) -> None:
    settings = quick(passes=2, measured=2, **more)
    whole = training(base, tmp_path / "whole", settings)
    whole.run()

    def kill(said: Said) -> None:
        if said.step in (2, 5):
            raise Killed

    for every in (0.0, 1e9):  # a checkpoint at every step, and at measurements alone, so that steps come again
        monkeypatch.setattr(loop, "CHECKPOINT_S", every)
        folder = tmp_path / f"parts-{every}"
        with pytest.raises(Killed):
            training(base, folder, settings).run(kill)
        parts = training(base, folder, settings)
        parts.run()
        assert losses(folder) == losses(tmp_path / "whole")
        assert len(losses(folder)) == len(whole.plan) > 5
        assert all(torch.equal(one, learning(parts.model)[name]) for name, one in learning(whole.model).items())


def test_it_stops_when_the_hold_out_grows_worse_and_keeps_the_best(base: Path, tmp_path: Path) -> None:
    settings = quick(strategy="full", passes=60, measured=1, patience=2, learning_rate=5e-2)
    run = training(base, tmp_path, settings, count=4)
    run.run()
    held = [loss for _, _, loss in losses(tmp_path) if loss]
    assert run.step < len(run.plan)
    assert held[-3] == min(held) < min(held[-2:])
    run._measure()
    assert run.held_loss == pytest.approx(min(held), rel=1e-6)


def test_preference_tuning_prefers(base: Path, tmp_path: Path) -> None:
    run = training(
        base, tmp_path, quick(objective="preference", strategy="full", passes=6, beta=1.0, learning_rate=1e-3)
    )
    run.run()
    found = losses(tmp_path)
    assert found[0][1] == pytest.approx(0.6931, abs=1e-3)  # log 2: nothing is preferred yet
    assert found[-1][1] < 0.5


def test_a_preference_is_measured_against_the_base_without_its_adapter(base: Path, tmp_path: Path) -> None:
    settings = quick(objective="preference", strategy="lora")
    untouched = training(base, tmp_path / "untouched", settings)
    model = prepared(open_base(str(base))[0], settings)
    for one in learning(model).values():
        one.data += 0.1
    found = encoded(base, 16, preference=True)
    moved = Training(model, settings, 5, found, encoded(base, 4, 100, True), tmp_path / "moved")
    assert moved._reference == untouched._reference
    there = row(found[:4])
    with torch.no_grad():
        with_adapter = answers_log_probabilities(moved.model, there).view(-1, 2).tolist()
    assert all(tuple(one) != moved._reference[pair] for one, pair in zip(with_adapter, found, strict=False))


@pytest.mark.filterwarnings("error::FutureWarning")
def test_checkpointing_changes_nothing(base: Path, tmp_path: Path) -> None:
    for name, checkpointing in (("with", True), ("without", False)):
        training(base, tmp_path / name, quick(passes=1, checkpointing=checkpointing)).run()
    assert [loss for _, loss, _ in losses(tmp_path / "with")] == pytest.approx(
        [loss for _, loss, _ in losses(tmp_path / "without")], rel=1e-5
    )


def test_how_a_step_is_read_changes_nothing(base: Path, tmp_path: Path) -> None:
    for name, read_tokens in (("small", 300), ("large", 600)):
        training(base, tmp_path / name, quick(passes=1, read_tokens=read_tokens)).run()
    assert [loss for _, loss, _ in losses(tmp_path / "small")] == pytest.approx(
        [loss for _, loss, _ in losses(tmp_path / "large")], rel=1e-5
    )


def test_a_loss_that_is_no_number_is_an_error(base: Path, tmp_path: Path) -> None:
    run = training(base, tmp_path, quick(strategy="full"))
    next(iter(learning(run.model).values())).data.fill_(float("nan"))
    with pytest.raises(UsageError, match="the loss of step 1 is nan. Lower learning_rate"):
        run.run()


def test_passes_may_be_a_part_of_one(base: Path) -> None:
    found = encoded(base, 8)
    made = [one for step in plan(found, quick(passes=1.5), 0) for read in step for one in read]
    assert len(made) == 12
    assert sorted(made[:8], key=found.index) == found


def test_the_rate_rises_and_falls() -> None:
    assert [round(scheduled(step, 10, 0.2), 3) for step in range(10)] == [
        *(0.5, 1.0),
        *(1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125),
    ]
    assert measured_at(10, quick(passes=2, measured=2)) == {3, 5, 8, 10}
