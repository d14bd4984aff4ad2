"""`pincite tune judge`: the judge adapted to a library by its own questions and feedback."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from ui import jsonform
from ui.cli.options import Json, Session, session_of
from ui.cli.progress import Progress, shown
from ui.cli.terminal import Terminal

if TYPE_CHECKING:
    from finetune.judge.adapt import Adapted
    from finetune.judge.adapt_questions import Confirmed
    from finetune.judge.recipe import Recipe
    from rag.judge.open import Language

EPILOG = """
pincite tune judge questions.csv

pincite tune judge

pincite tune judge --back
"""
THRESHOLD = (
    "[answer] threshold in pincite.toml was chosen with the judge before. `pincite calibrate QUESTIONS --write` "
    "chooses it anew."
)


def tune_judge(
    context: typer.Context,
    questions: Annotated[
        Path | None,
        typer.Argument(
            metavar="QUESTIONS", help="Confirmed questions, as .jsonl, .csv or .xlsx; feedback counts without."
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            "--recipe", metavar="FILE", help="How to train, in place of Pincite's way; base is not looked at."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Put it live whatever was measured.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Have the judge serve again that served before.")] = False,
    as_json: Json = False,
) -> int:
    """Adapt the judge to this library by its confirmed questions and its readers' thumbs.

    It is trained on this machine and measured on questions that it was not trained on. It goes live if it is better in
    something and worse in nothing; otherwise the judge before stays, and the exit status is 1.
    """
    session = session_of(context)
    if back:
        if questions is not None or force or recipe is not None:
            raise UsageError("Going back to the judge before takes --back alone.")
        return _back(session)
    from finetune.judge.adapt import RECIPE, check_installed
    from finetune.judge.recipe import read_recipe

    check_installed()
    return _adapt(session, questions, read_recipe(recipe) if recipe else RECIPE, force)


def _adapt(session: Session, file: Path | None, recipe: Recipe, force: bool) -> int:
    from core.settings import read_section
    from finetune.judge.adapt import adapt
    from finetune.judge.adapt_questions import confirmed
    from rag.answer.answer import AnswerSettings
    from rag.evaluation.questions import read_questions

    def bars(unit: str) -> AbstractContextManager[Progress | None]:
        return shown(session.terminal, unit)

    asked = read_questions(file) if file else None
    with session.open() as assistant:
        given = confirmed(assistant, asked)
        try:
            made = [adapt(assistant, spoken, given[spoken], recipe, bars, force) for spoken in _languages(given)]
        except KeyboardInterrupt:
            session.terminal.err.print("The same command goes on where this one stopped.", style="yellow")
            raise
    status = _say(session.terminal, made, given)
    if any(each.live for each in made) and read_section(session.folder, "answer", AnswerSettings).threshold is not None:
        session.terminal.err.print(THRESHOLD, style="yellow", soft_wrap=True)
    return status


def _languages(given: dict[Language, Confirmed]) -> list[Language]:
    """Those with enough questions. Raises UsageError where there are none."""
    from finetune.judge.adapt_questions import FEWEST

    enough = [spoken for spoken, of in given.items() if len(of.questions) >= FEWEST]
    if not enough:
        most = max(given, key=lambda spoken: len(given[spoken].questions))
        given[most].check_enough(most)
    return enough


def _back(session: Session) -> int:
    from finetune.judge.adapt_live import own, previous, put_back
    from rag.library.store import Library

    with Library.open(session.folder):
        pass  # an error of its own where there is no library
    found: list[str] = [each for each in ("en", "zh") if own(session.folder, each) or previous(session.folder, each)]
    told = [put_back(session.folder, spoken) for spoken in found or ["en"]]
    if session.terminal.as_json:
        session.terminal.emit({"back": found})
        return 0
    for sentence in told:
        session.terminal.tell(sentence)
    return 0


def _say(terminal: Terminal, made: Sequence[Adapted], given: dict[Language, Confirmed]) -> int:
    status = 0 if all(each.live for each in made) else 1
    done = {each.language for each in made}
    left_out = {spoken: len(of.questions) for spoken, of in given.items() if of.questions and spoken not in done}
    if terminal.as_json:
        terminal.emit({"judges": [_json(each) for each in made], "left_out": left_out})
        return status
    for each in made:
        _table(terminal, each)
    for spoken, count in left_out.items():
        terminal.tell(f"{count} questions in {spoken!r} are too few to adapt that judge.")
    return status


def _table(terminal: Terminal, made: Adapted) -> None:
    from rich.table import Table

    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(made.rows.items()))
    terminal.tell(
        f"{made.language}: {made.questions} questions, {made.praised} of them praised answers, and {made.blamed} "
        f"blamed ones; {sum(made.rows.values())} rows: {kinds}."
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("figure", no_wrap=True)
    for title in ("before", "adapted", "difference, 95 %", "questions"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("")
    for each in made.weighed.verdict.findings:
        interval = each.difference
        if not interval.count:
            table.add_row(each.name, "", "", "", "0", "gone", style="red")
            continue
        mark = "worse" if each.lost else "better" if each.name in made.weighed.better else ""
        span = f"{interval.estimate:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})"
        style = "red" if each.lost else None
        table.add_row(each.name, f"{each.before:.3f}", f"{each.now:.3f}", span, str(interval.count), mark, style=style)
    error = made.weighed.error
    span = f"{error.estimate:+.3f} ({error.low:+.3f} to {error.high:+.3f})"
    table.add_row("confidence's error", "", "", span, str(error.count), "better" if error.high < 0 else "")
    terminal.out.print(table)
    terminal.tell(f"Each question was asked of a judge trained without it, parted by {made.by}.")
    terminal.tell(made.sentence)


def _json(made: Adapted) -> jsonform.Json:
    error = made.weighed.error
    return {
        "language": made.language,
        "questions": made.questions,
        "praised": made.praised,
        "blamed": made.blamed,
        "rows": dict(made.rows),
        "by": made.by,
        "figures": [
            {
                "figure": each.name,
                "before": jsonform.number(each.before),
                "now": jsonform.number(each.now),
                "difference": jsonform.number(each.difference.estimate),
                "low": jsonform.number(each.difference.low),
                "high": jsonform.number(each.difference.high),
                "questions": each.difference.count,
                "p": each.p,
                "lost": each.lost,
            }
            for each in made.weighed.verdict.findings
        ],
        "confidence": {
            "error": jsonform.number(error.estimate),
            "low": jsonform.number(error.low),
            "high": jsonform.number(error.high),
            "questions": error.count,
        },
        "better": list(made.weighed.better),
        "passed": made.passed,
        "live": made.live,
        "sentence": made.sentence,
    }
