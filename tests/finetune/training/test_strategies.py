"""Each strategy changes just what it should, in one step of real training."""

from pathlib import Path

import peft
import pytest
import torch

from core.errors import SettingsError, UsageError
from finetune.training.base import open_base
from finetune.training.encoding import Encoder
from finetune.training.loop import Training
from finetune.training.recipe import RECIPES, TrainSettings, read_recipe
from finetune.training.strategies import check_possible, halve_frozen, learning, open_for, prepared, save
from tests.finetune.training.conftest import pairs

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def changed(base: Path, settings: TrainSettings, folder: Path) -> tuple[set[str], set[str]]:
    """The names of parameters that one step changed, and of all that there are."""
    model, tokenizer = open_base(str(base))
    encoded = [one for pair in pairs(4) for one in Encoder(tokenizer, "tiny").encode(pair, 2000)]
    torch.manual_seed(0)
    model = prepared(model, settings)
    before = {name: one.detach().clone() for name, one in model.named_parameters()}
    Training(model, settings, 0, encoded, [], folder).run()
    after = dict(model.named_parameters())
    return {name for name, one in before.items() if not torch.equal(one, after[name])}, set(after)


def settings(strategy: str, **more: object) -> TrainSettings:
    values = {"passes": 1, "batch_tokens": 100_000, "read_tokens": 100_000, "learning_rate": 1e-2, "precision": "fp32"}
    return TrainSettings(strategy=strategy, **{**values, **more})  # type: ignore[arg-type]


def test_full_changes_every_weight(base: Path, tmp_path: Path) -> None:
    found, there = changed(base, settings("full"), tmp_path)
    assert found == there


def test_freeze_changes_the_last_layers_alone(base: Path, tmp_path: Path) -> None:
    found, there = changed(base, settings("freeze", layers=2), tmp_path)
    assert found == {name for name in there if name.startswith(("model.layers.1.", "model.layers.2."))}


def test_freeze_of_more_layers_than_there_are_is_an_error(base: Path) -> None:
    with pytest.raises(UsageError, match="layers is 4; the base has 3"):
        prepared(open_base(str(base))[0], settings("freeze", layers=4))


@pytest.mark.parametrize("more", [{}, {"rank_stabilised": True}, {"weight_decomposed": True}])
def test_lora_changes_its_additions_to_every_projection_alone(
    base: Path, tmp_path: Path, more: dict[str, bool]
) -> None:
    found, there = changed(base, settings("lora", rank=2, **more), tmp_path)
    # The first step leaves A as it is, since B is zero before it.
    wanted = {name for name in there if "lora_B" in name or ("lora_magnitude" in name)}
    assert found == wanted
    assert {name.split(".lora_")[0].split(".")[-1] for name in found} == set(PROJECTIONS)
    assert len(wanted) == 3 * len(PROJECTIONS) * (2 if more.get("weight_decomposed") else 1)


def test_the_scale_of_lora_is_that_of_its_kind(base: Path) -> None:
    def scale(**more: object) -> float:
        model = prepared(open_base(str(base))[0], settings("lora", rank=16, **more))
        found: float = model.base_model.model.model.layers[0].self_attn.q_proj.scaling["default"]
        return found

    assert scale() == 2.0  # alpha is twice the rank
    assert scale(alpha=8) == 0.5
    assert scale(alpha=8, rank_stabilised=True) == 2.0  # 8 / sqrt(16)


@pytest.mark.filterwarnings("error::FutureWarning")
@pytest.mark.parametrize(
    ("strategy", "part", "count"), [("prompt", "prompt_encoder", 4 * 32), ("prefix", "prompt_encoder", 4 * 3 * 2 * 16)]
)
def test_prompt_and_prefix_change_what_stands_before_the_text_alone(
    base: Path, tmp_path: Path, strategy: str, part: str, count: int
) -> None:
    found, there = changed(base, settings(strategy, virtual_tokens=4), tmp_path)
    assert found == {name for name in there if part in name}
    model = prepared(open_base(str(base))[0], settings(strategy, virtual_tokens=4))
    assert sum(one.numel() for one in learning(model).values()) == count


def test_ia3_changes_its_scales_alone(base: Path, tmp_path: Path) -> None:
    found, there = changed(base, settings("ia3"), tmp_path)
    assert found == {name for name in there if "ia3_" in name}
    assert {name.split(".")[-3] for name in found} == {"k_proj", "v_proj", "down_proj"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_qlora_without_a_gpu_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="takes a CUDA GPU, and none is here. Take strategy: lora"):
        check_possible(settings("qlora"))


@pytest.mark.parametrize("strategy", ["lora", "prompt", "prefix", "ia3"])
def test_an_adapter_is_saved_as_peft_reads_it(base: Path, tmp_path: Path, strategy: str) -> None:
    model, tokenizer = open_base(str(base))
    torch.manual_seed(0)
    model = prepared(model, settings(strategy))
    for one in learning(model).values():
        one.data += 0.1
    save(model, tokenizer, settings(strategy), "the-base", tmp_path / "adapter")
    read = peft.PeftModel.from_pretrained(open_base(str(base))[0], str(tmp_path / "adapter"))
    assert read.peft_config["default"].base_model_name_or_path == "the-base"
    held = {name: one for name, one in read.named_parameters() if "lora_" in name or "ia3_" in name or "prompt" in name}
    assert held.keys() == learning(model).keys()
    assert all(torch.equal(one, learning(model)[name]) for name, one in held.items())


@pytest.mark.parametrize(
    ("strategy", "more"),
    [("lora", {"weight_decomposed": True}), ("ia3", {}), ("prompt", {}), ("prefix", {})],
)
def test_what_learns_is_whole_and_the_rest_may_be_half(base: Path, strategy: str, more: dict[str, bool]) -> None:
    wanted = settings(strategy, **more)
    model = halve_frozen(prepared(open_for(str(base), wanted, bf16=True), wanted), half=True)
    assert {one.dtype for one in model.parameters() if one.requires_grad} == {torch.float32}
    assert {one.dtype for one in model.parameters() if not one.requires_grad} == {torch.bfloat16}


@pytest.mark.parametrize("more", [{"neftune": 5.0}, {"adversarial": "fgm"}])
def test_prompts_take_no_noise(more: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="strategy prompt leaves embeddings alone"):
        settings("prompt", **more)


def test_every_shipped_recipe_is_read_and_says_one_thing() -> None:
    usual = TrainSettings()
    read = {path.stem: read_recipe(path) for path in sorted(RECIPES.glob("*.yaml"))}
    differs = {
        name: {key for key in usual.__slots__ if getattr(recipe.train, key) != getattr(usual, key)}
        for name, recipe in read.items()
    }
    assert differs == {
        "adversarial": {"adversarial"},
        "answers": {"learning_rate", "passes", "batch_tokens"},
        "continued": {"learning_rate", "weight_decay", "strategy", "passes"},
        "distil-answers": set(),
        "distil-tokens": {"teacher"},
        "dora": {"weight_decomposed"},
        "freeze": {"strategy", "learning_rate"},
        "full": {"strategy", "learning_rate"},
        "ia3": {"strategy", "learning_rate"},
        "lora": set(),
        "mixture": {"mixing_temperature"},
        "neftune": {"neftune"},
        "preference": {"objective", "learning_rate", "passes"},
        "prefix": {"strategy", "learning_rate"},
        "prompt": {"strategy", "learning_rate"},
        "qlora": {"strategy"},
        "rslora": {"rank_stabilised", "alpha", "rank"},
    }
    assert {recipe.name for recipe in read.values()} == set(read)
