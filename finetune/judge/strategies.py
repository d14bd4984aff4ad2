"""What a training changes: every weight, low-rank additions to the encoder, or the heads alone."""

from __future__ import annotations

from finetune.judge.model import JudgeModel
from finetune.judge.recipe import Recipe
from finetune.training.strategies import renamings_unsaid


def prepared(model: JudgeModel, recipe: Recipe) -> JudgeModel:
    """The model, with just those weights left to train that the recipe's strategy is about."""
    if recipe.strategy == "full":
        return model
    for parameter in model.encoder.parameters():
        parameter.requires_grad_(False)
    if recipe.strategy == "lora":
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(
            r=recipe.rank, lora_alpha=2 * recipe.rank, target_modules=["query", "key", "value", "dense"]
        )
        with renamings_unsaid():
            model.encoder = get_peft_model(model.encoder, config)
    return model


def merged(model: JudgeModel) -> JudgeModel:
    """The model with low-rank additions added into the weights they belong to; any other as it is."""
    if hasattr(model.encoder, "merge_and_unload"):
        model.encoder = model.encoder.merge_and_unload()
    return model
