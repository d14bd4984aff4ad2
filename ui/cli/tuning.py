"""`pincite tune`: a model tuned on your own documents, from a recipe to GGUF files that are proven to say the same."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from core.errors import UsageError
from ui.cli.options import Json, Session, session_of
from ui.cli.progress import shown
from ui.cli.terminal import Terminal
from ui.cli.tuning_judge import EPILOG as JUDGE_EPILOG
from ui.cli.tuning_judge import tune_judge

if TYPE_CHECKING:
    from finetune.training.loop import Progress, Said
    from finetune.training.recipe import Recipe

ALL = "all"
EPILOG = """
pincite tune manuals.yaml

pincite tune train manuals.yaml --run /tmp/manuals

pincite tune judge questions.csv
"""


class _RecipeFirst(TyperGroup):
    """`tune RECIPE.yaml` is `tune all RECIPE.yaml`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Puts the command's name before what is none."""
        named = not args or args[0] in self.commands or args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if named else [ALL, *args])


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    group = typer.Typer(
        cls=_RecipeFirst, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}
    )
    group.callback(epilog=EPILOG)(tune)
    for name, command in (
        (ALL, all_stages),
        ("train", train),
        ("merge", merge),
        ("export", export),
        ("parity", parity),
    ):
        given = "" if name == ALL else f" {name}"
        group.command(name, epilog=f"pincite tune{given} manuals.yaml")(command)
    group.command("judge", epilog=JUDGE_EPILOG)(tune_judge)
    app.add_typer(group, name="tune")


def tune() -> None:
    """Tune a model on your own documents: `pincite tune RECIPE.yaml` goes from pairs to a model that can be served.

    Each stage is a command of its own too, and goes on where it was broken off; what is done already is not done again.
    """


RecipeFile = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe, as .yaml.", show_default=False)]
Run = Annotated[
    Path | None,
    typer.Option(
        "--run", metavar="DIR", help="The model's folder; else models/NAME in the library's folder.", show_default=False
    ),
]


def all_stages(context: typer.Context, recipe: RecipeFile, run: Run = None, as_json: Json = False) -> int:
    """All stages of a recipe: pairs, train, merge, export, parity."""
    return _run(session_of(context), recipe, run, None)


def train(context: typer.Context, recipe: RecipeFile, run: Run = None, as_json: Json = False) -> int:
    """Train on RUN/pairs, or the pairs that the recipe names: RUN/adapter, or RUN/model of whole weights."""
    return _run(session_of(context), recipe, run, ("train",))


def merge(context: typer.Context, recipe: RecipeFile, run: Run = None, as_json: Json = False) -> int:
    """Merge RUN/adapter into its base: RUN/merged."""
    return _run(session_of(context), recipe, run, ("merge",))


def export(context: typer.Context, recipe: RecipeFile, run: Run = None, as_json: Json = False) -> int:
    """Write GGUF files of the model, in the recipe's quantisations, and of the adapter: RUN/gguf."""
    return _run(session_of(context), recipe, run, ("export",))


def parity(context: typer.Context, recipe: RecipeFile, run: Run = None, as_json: Json = False) -> int:
    """Prove that the GGUF files say what was trained: RUN/parity.json."""
    return _run(session_of(context), recipe, run, ("parity",))


def _run(session: Session, file: Path, run: Path | None, wanted: Sequence[str] | None) -> int:
    from finetune.training.flow import stages_of
    from finetune.training.recipe import MERGEABLE, read_recipe

    recipe = read_recipe(file)
    folder = run or session.folder / "models" / recipe.name
    done: dict[str, Any] = {}
    if wanted and wanted[0] not in stages_of(recipe):
        raise UsageError(
            f"Recipe {recipe.name}: strategy {recipe.train.strategy} stays beside the model and is part of no weights, "
            f"so there is nothing to {wanted[0]}. Take strategy lora, ia3, freeze or full."
        )
    try:
        for stage in wanted or stages_of(recipe):
            done[stage] = _stage(session, stage, recipe, folder)
            _say(session.terminal, stage, done[stage])
    except KeyboardInterrupt:
        session.terminal.err.print("The same command goes on where this one stopped.", style="yellow")
        raise
    if session.terminal.as_json:
        session.terminal.emit({"run": str(folder), **done})
        return 0
    session.terminal.tell(f"run: {folder}")
    if recipe.train.strategy not in MERGEABLE:
        session.terminal.tell(
            "Prompts and prefixes stay beside the model; transformers and peft serve them, no GGUF does."
        )
    return 0


def _stage(session: Session, stage: str, recipe: Recipe, folder: Path) -> dict[str, Any]:
    from finetune.export.stages import run_export, run_merge, run_parity

    if stage == "pairs":
        from finetune.training.flow import run_pairs

        with shown(session.terminal, "drafts") as progress:
            return run_pairs(recipe, folder, session.folder, progress)
    if stage == "train":
        from finetune.training import allocator
        from finetune.training.stage import train as trained

        if allocator.name() == "system" and sys.platform.startswith("linux"):
            session.terminal.err.print(
                f"Training takes less memory, and a quarter less time, where {allocator.PACKAGE} is installed "
                f"(`sudo apt install {allocator.PACKAGE}`); it is used by itself.",
                style="dim",
            )
        with _training_shown(session.terminal) as told:
            return trained(recipe, folder, told)
    rest: dict[str, Callable[[Recipe, Path], dict[str, Any]]] = {
        "merge": run_merge,
        "export": run_export,
        "parity": run_parity,
    }
    if not session.terminal.err.is_terminal:
        return rest[stage](recipe, folder)
    with session.terminal.err.status(f"{stage}: under way"):  # minutes for a large model
        return rest[stage](recipe, folder)


@contextmanager
def _training_shown(terminal: Terminal) -> Iterator[Progress | None]:
    """A bar with tokens a second, the losses and the time that remains; None where nobody looks."""
    last: list[Said] = []

    def losses() -> str:
        if not last or math.isnan(last[-1].loss):
            return ""
        held = last[-1].held_loss
        return f", loss {last[-1].loss:.3f}" + (f", hold-out {held:.3f}" if held is not None else "")

    with shown(terminal, "tokens", losses) as bar:
        if bar is None:
            yield None
            return

        def told(said: Said) -> None:
            last[:] = [said]
            bar(said.tokens, said.all_tokens, said.rate)

        yield told


def _say(terminal: Terminal, stage: str, done: dict[str, Any]) -> None:
    """One line of what a stage gave."""
    if terminal.as_json:
        return
    figures = done.get("figures", {})
    if stage == "train":
        held = figures["held_loss"]
        said = (
            f"{figures['pairs']} pairs, {figures['tokens']} tokens in {figures['seconds']:.0f} s, "
            f"loss {figures['loss']:.3f}" + (f", hold-out {held:.3f}" if held is not None else "")
        )
        if figures["left_out"]:
            said += f"; {figures['left_out']} pairs were left out, too long or without a worse answer"
    elif stage == "pairs":
        said = ", ".join(f"{name} {counted['pairs']}" for name, counted in done["counts"].items())
    else:
        said = "done"
    terminal.tell(f"{stage}: {said}")
