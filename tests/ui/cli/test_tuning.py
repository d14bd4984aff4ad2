"""`pincite tune` from the outside: from pairs to an answer of the GGUF file that came of them."""

import json
import math
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console

from core.errors import UsageError
from finetune.pairs.pair import write_pairs
from finetune.training.loop import Said
from rag.engines.base import EngineSettings, Message
from tests.finetune.export.made_models import base
from tests.finetune.training.conftest import pairs
from ui.cli import tuning
from ui.cli.options import Session
from ui.cli.terminal import Terminal

app = typer.Typer()
tuning.register(app)


def tune(*arguments: object) -> int:
    """The exit status of one command."""
    session = Session(given_library=Path("/nowhere"))
    session.terminal.as_json = "--json" in arguments
    status = app([str(each) for each in ("tune", *arguments)], standalone_mode=False, obj=session)
    return status or 0


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs" / "train.jsonl", pairs(6))
    write_pairs(tmp_path / "pairs" / "held.jsonl", pairs(2, 100))
    text = (
        f"name: tiny\nbase: {base(tmp_path / 'base')}\npairs: {{folder: {tmp_path / 'pairs'}}}\n"
        "train: {rank: 2, sequence_length: 600, read_tokens: 1200, batch_tokens: 1200, learning_rate: 1.0e-2}\n"
        "export: {quantisations: [Q8_0]}\n"
    )
    path = tmp_path / "tiny.yaml"
    path.write_text(text)
    return path


def test_from_pairs_to_an_answer(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("llama_cpp", reason="the other engine is installed")
    from rag.engines.llama_cpp import LlamaCppGenerator

    run = tmp_path / "run"
    assert tune(recipe, "--run", run, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["run", "train", "merge", "export", "parity"]
    assert (run / "training" / "curves.svg").exists()
    generator = LlamaCppGenerator(EngineSettings(model=str(run / "gguf" / "tiny-Q8_0.gguf"), context=512))
    with generator.stream([Message("user", "Which colour is the valve ?")], 4) as generation:
        assert list(generation)
    generator.close()

    weights = (run / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns
    assert tune("train", recipe, "--run", run) == 0
    assert capsys.readouterr().out.startswith("train: 6 pairs, ")
    assert (run / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns == weights


def test_the_bar_says_rate_losses_and_what_remains_from_the_first_read_on() -> None:
    def said(*told: Said) -> str:
        terminal, written = Terminal(), StringIO()
        terminal.__dict__["err"] = Console(file=written, force_terminal=True, width=120)
        with tuning._training_shown(terminal) as tell:
            assert tell is not None
            for each in told:
                tell(each)
        return written.getvalue()

    first = Said(0, 4, 500, 4000, math.nan, None, False, 10.0)
    assert "500/4000 tokens" in said(first)
    assert "10.0 tokens/s, 0:05:50 left" in said(first)
    assert "10.0 tokens/s, loss 2.500, hold-out 2.250, 0:05:00 left" in said(
        first, Said(1, 4, 1000, 4000, 2.5, 2.25, True, 10.0)
    )


def test_prompts_end_with_training(recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe.write_text(recipe.read_text().replace("rank: 2", "strategy: prompt"))
    assert tune(recipe, "--run", tmp_path / "run") == 0
    assert "transformers and peft serve them, no GGUF does" in capsys.readouterr().out
    with pytest.raises(UsageError, match="there is nothing to merge. Take strategy lora"):
        tune("merge", recipe, "--run", tmp_path / "run")


def test_pairs_are_made_of_the_recipe_s_files(recipe: Path, tmp_path: Path) -> None:
    from finetune.training.flow import run_pairs, stages_of
    from finetune.training.recipe import read_recipe

    faq = tmp_path / "faq.csv"
    faq.write_text("question,answer\n" + "".join(f"What is part {n}?,Part {n} is a seal.\n" for n in range(8)))
    given = f"{{files: [{faq}], held: 0}}"
    recipe.write_text(recipe.read_text().replace(f"{{folder: {tmp_path / 'pairs'}}}", given))
    read = read_recipe(recipe)
    assert stages_of(read)[0] == "pairs"
    said = run_pairs(read, tmp_path / "run", tmp_path / "no-library")
    assert said["counts"]["train.jsonl"]["pairs"] == 8
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["pairs"] == said


def test_a_recipe_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Reading the recipe .*none\.yaml"):
        tune(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--help"], "judge"),
        (["judge", "--help"], "Adapt the judge"),
        (["train", "--help"], "RUN/adapter"),
        (["x.yaml", "--help"], "All stages of a recipe"),
    ],
)
def test_help(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    tune(*arguments)
    assert said in capsys.readouterr().out
