"""A judge trained further on a few rows: what it learns, what it keeps, and how it goes on after a stop."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from finetune.judge import adapt_train
from finetune.judge.adapt_base import from_onnx
from finetune.judge.adapt_train import labelled, on_the_grid, trained
from finetune.judge.encoding import Encoded, open_tokenizer
from finetune.judge.examples import Example
from finetune.judge.export import export
from finetune.judge.measure import predictions
from finetune.judge.model import JudgeModel
from finetune.judge.recipe import Recipe
from tests.finetune.judge.adapting import MACHINES, make_judge, text_of

RECIPE = Recipe("tiny", "", "en", passes=12, learning_rate=2e-3, head_rate=2e-3, batch_tokens=1200)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_judge(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="module")
def rows(judge: Path) -> list[Encoded]:
    """Where each machine stands is asked of its own manual and of another's."""
    examples = []
    for machine, (_, _, place, _) in MACHINES.items():
        for told in MACHINES:
            text = text_of(told)
            at = text.index(place) if told == machine else None
            end = None if at is None else at + len(place)
            label = "answerable" if told == machine else "unanswerable"
            asked = f"Where does the {machine} stand?"
            examples.append(Example(f"{machine}-{told}", "span", asked, text, label, at, end))
    return labelled(open_tokenizer(judge.with_name("tokenizer.json")), examples)


@pytest.fixture(autouse=True)
def no_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """None but those that a stop makes, however slow the machine."""
    monkeypatch.setattr(adapt_train, "CHECKPOINT_S", 1e9)


def same(one: JudgeModel, other: JudgeModel) -> bool:
    state = other.state_dict()
    return all(torch.allclose(value, state[name], atol=1e-5) for name, value in one.state_dict().items())


def test_it_learns_how_often_what_it_is_shown_answers(judge: Path, rows: list[Encoded], tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    model = trained(from_onnx(judge), rows, replace(RECIPE, passes=20), tmp_path, lambda *at: heard.append(at))
    said = predictions(model, rows)["answerable"]
    assert abs(predictions(from_onnx(judge), rows)["answerable"].mean()) < 0.7
    assert said.mean() == pytest.approx(-1.6, abs=0.5)  # the log odds of one in six
    assert heard[-1] == (720, 720)
    assert [seen for seen, _ in heard] == sorted(seen for seen, _ in heard)


def test_heads_that_no_row_speaks_of_keep_what_they_said(
    judge: Path, rows: list[Encoded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = predictions(from_onnx(judge), rows)
    moved = []
    for remember in (0.5, 0.0):
        monkeypatch.setattr(adapt_train, "REMEMBER", remember)
        after = predictions(trained(from_onnx(judge), rows, RECIPE, tmp_path), rows)
        moved.append([abs(after[name] - before[name]).mean() for name in ("relevance", "entailment")])
    (kept_relevance, kept_entailment), (lost_relevance, lost_entailment) = moved
    assert kept_relevance < 0.5 * lost_relevance
    assert kept_entailment < 0.5 * lost_entailment


def test_a_change_far_below_a_step_of_the_integers_is_there_at_the_mean(judge: Path, tmp_path: Path) -> None:
    before, model = from_onnx(judge), from_onnx(judge)
    torch.manual_seed(7)
    meant, steps = [], []
    with torch.no_grad():
        for module in (one for one in model.modules() if isinstance(one, torch.nn.Linear)):
            step = module.weight.abs().amax(dim=1, keepdim=True) / 127
            change = 0.1 * step * torch.randn(module.weight.shape) * (module.weight.abs() < 126 * step)
            module.weight += change
            meant.append((change / step).flatten())
            steps.append(step)
    export(model, tmp_path / "nearest.onnx")
    export(on_the_grid(model, 0), tmp_path / "chance.onnx")
    shares = []
    for name in ("nearest", "chance"):
        found = from_onnx(tmp_path / f"{name}.onnx")
        pairs = zip(found.modules(), before.modules(), strict=True)
        made = [one.weight - old.weight for one, old in pairs if isinstance(one, torch.nn.Linear)]
        all_made = torch.cat([(one / step).flatten() for one, step in zip(made, steps, strict=True)])
        all_meant = torch.cat(meant)
        shares.append(float((all_made @ all_meant) / (all_meant @ all_meant)))
    assert shares[0] == pytest.approx(0.0, abs=0.02)
    assert shares[1] == pytest.approx(1.0, abs=0.15)


def test_what_was_not_changed_stays_as_it_was(judge: Path) -> None:
    assert same(on_the_grid(from_onnx(judge), 0), from_onnx(judge))


@pytest.mark.parametrize("strategy", ["lora", "full", "heads"])
def test_it_goes_on_after_a_stop_to_the_same_weights(
    judge: Path, rows: list[Encoded], tmp_path: Path, strategy: str
) -> None:
    recipe = replace(RECIPE, strategy=strategy, passes=3, rank=2)
    whole = trained(from_onnx(judge), rows, recipe, tmp_path)
    assert list(tmp_path.iterdir()) == []

    def stop(seen: int, total: int) -> None:
        if seen > total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(from_onnx(judge), rows, recipe, tmp_path, stop)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    heard: list[int] = []
    parts = trained(from_onnx(judge), rows, recipe, tmp_path, lambda seen, _: heard.append(seen))
    assert heard[0] > 54
    assert same(whole, parts)
    assert whole.state_dict().keys() == from_onnx(judge).state_dict().keys()
    assert not same(whole, from_onnx(judge))
