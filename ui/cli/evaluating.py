"""`pincite evaluate`: how good the answers are, on questions whose answers are known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import UsageError
from ui.cli.options import Json, Session, session_of
from ui.cli.progress import shown
from ui.cli.terminal import Terminal, printable

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.evaluation.compare import Comparison
    from rag.evaluation.questions import QuestionSet
    from rag.evaluation.run import Run

EPILOG = """
pincite evaluate --new questions.csv

pincite evaluate questions.csv

pincite evaluate questions.csv --no-draft --run /tmp/quotes-alone

pincite evaluate --compare /tmp/quotes-alone /tmp/drafted

pincite --library /tmp/squad evaluate dev-v2.0.json --form squad
"""


def register(app: typer.Typer) -> None:
    """Adds the command to `app`."""
    app.command("evaluate", epilog=EPILOG)(evaluate)


def evaluate(
    context: typer.Context,
    questions: Annotated[
        Path | None,
        typer.Argument(metavar="QUESTIONS", help="A set as .jsonl, .csv or .xlsx.", show_default=False),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option("--run", metavar="DIR", help="Where the run goes, or goes on; else in the library's folder."),
    ] = None,
    draft: Annotated[
        bool | None,
        typer.Option("--draft/--no-draft", help="Let the model phrase, or not; else as the library's settings say."),
    ] = None,
    k: Annotated[int, typer.Option("-k", "--k", metavar="N", help="How many passages are ranked.")] = 40,
    cost: Annotated[
        float, typer.Option("--cost", metavar="N", help="What an invented answer costs, in needless refusals.")
    ] = 5.0,
    form: Annotated[
        str | None,
        typer.Option("--form", metavar="FORM", help="QUESTIONS is a public set of this form; its library is made."),
    ] = None,
    new: Annotated[
        Path | None,
        typer.Option("--new", metavar="OUT", help="Draft a set from the library, for a person to correct."),
    ] = None,
    count: Annotated[int, typer.Option("--count", metavar="N", help="With --new: how many are drafted at most.")] = 50,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", metavar="RUN_A RUN_B", help="Set two runs side by side.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> int:
    """Ask questions whose answers are known, and report how good the answers are.

    A run is a folder with a report.html to look at. One that was broken off goes on where it stopped.
    Questions that failed are asked again.
    """
    session = session_of(context)
    if sum(given is not None for given in (questions, new, compare)) != 1:
        raise UsageError("Evaluating takes one of: a file of QUESTIONS, --new OUT to draft one, --compare RUN_A RUN_B.")
    if compare is not None:
        return _compare(session.terminal, *compare)
    if new is not None:
        return _draft(session, new, count)
    assert questions is not None
    return _report(session.terminal, _measured(session, questions, form, run, draft, k, cost))


def _measured(
    session: Session, file: Path, form: str | None, run: Path | None, draft: bool | None, k: int, cost: float
) -> Run:
    """The finished run."""
    with _opened(session, file, form) as (assistant, asked):
        from rag.evaluation.run import evaluate as evaluated
        from rag.evaluation.subject import Subject

        subject = Subject(assistant)
        if draft is not None:
            subject = Subject(assistant, replace(subject.settings, draft=draft))
        try:
            with shown(session.terminal, "questions") as progress:
                return evaluated(subject, asked, run, k, cost, progress)
        except KeyboardInterrupt:
            session.terminal.err.print("The same command goes on where this one stopped.", style="yellow")
            raise


@contextmanager
def _opened(session: Session, file: Path, form: str | None) -> Iterator[tuple[Assistant, QuestionSet]]:
    """The library and the questions of it; a public set's library is made first."""
    from rag.evaluation.questions import read_questions

    if form is None:
        asked = read_questions(file)
        with session.open() as assistant:
            yield assistant, asked
        return
    from rag.evaluation.public.library import opened
    from rag.evaluation.public.read import read_public

    public = read_public(form, file)
    with shown(session.terminal, "documents") as progress, opened(session.folder, public, progress) as held:
        yield held


def _report(terminal: Terminal, run: Run) -> int:
    from rag.evaluation.report.run_page import GROUPS, write_report
    from rag.evaluation.scores import FIGURES

    page = write_report(run)
    status = 1 if run.figures["failed"] else 0
    if terminal.as_json:
        terminal.emit({"run": str(run.folder), "report": str(page), **run.figures})
        return status
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("figure", no_wrap=True)
    for title in ("mean", "95 % interval", "questions"):
        table.add_column(title, justify="right", no_wrap=True)
    for group, title in GROUPS.items():
        held = {name: each for name, each in run.figures["figures"].items() if FIGURES[name].group == group}
        if held:
            table.add_row(title, style="bold")
        for name, each in held.items():
            bounds = f"{each['low']:.3f} to {each['high']:.3f}"
            table.add_row(f"  {name}", f"{each['value']:.3f}", bounds, str(each["count"]))
    terminal.out.print(table)
    if languages := run.figures["slices"].get("language"):
        parts = ", ".join(f"{held['questions']} {name}" for name, held in languages.items())
        terminal.out.print(f"\nquestions by language: {parts}; the report has the figures of each")
    if risk := run.figures["risk_coverage"]:
        terminal.out.print(f"\narea under risk and coverage {risk['area']:.3f}, smaller is better")
    if told := run.figures["answerability"]:
        counted = f"an invented answer counts as {told['costs'][0]['cost']:g} needless refusals"
        terminal.out.print(f"mean cost {told['cost']:.3f} a question, where {counted}", soft_wrap=True)
    say_drafts(terminal, run.figures["drafts"])
    if failed := [record.error for record in run.records.values() if record.error]:
        sentence = f"{len(failed)} of {len(run.records)} questions failed and are in no figure; the same command asks "
        terminal.err.print(f"{sentence}them again. The first: {printable(failed[0])}", style="yellow", soft_wrap=True)
    terminal.tell(f"report: {page}")
    return status


def say_drafts(terminal: Terminal, drafts: int) -> None:
    """Warns of questions that no person has corrected, where there are any."""
    if drafts:
        sentence = f"{drafts} of the questions are drafts. Correct them, set draft to no, and ask again."
        terminal.err.print(sentence, style="yellow", soft_wrap=True)


def _compare(terminal: Terminal, first: Path, second: Path) -> int:
    from rag.evaluation.compare import read_and_compare
    from rag.evaluation.report.comparison_page import write_comparison

    comparison = read_and_compare(first, second)
    page = write_comparison(comparison)
    if terminal.as_json:
        differences = [{**asdict(each), "verdict": each.verdict} for each in comparison.differences]
        held = {"questions": len(comparison.ids), "unlike": list(comparison.unlike), "differences": differences}
        terminal.emit({"report": str(page), **held})
        return 0
    _print_comparison(terminal, comparison)
    terminal.tell(f"report: {page}")
    return 0


def _print_comparison(terminal: Terminal, comparison: Comparison) -> None:
    from rich.table import Table

    from rag.evaluation.compare import caution

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("figure", no_wrap=True)
    for title in ("before", "after", "difference", "95 % interval", "questions"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    styles = {"better": "green", "worse": "red"}
    for each in comparison.differences:
        bounds = each.change
        cells = (f"{each.before:.3f}", f"{each.after:.3f}", f"{bounds.estimate:+.3f}")
        interval = f"{bounds.low:+.3f} to {bounds.high:+.3f}"
        table.add_row(each.figure, *cells, interval, str(bounds.count), each.verdict, style=styles.get(each.verdict))
    terminal.out.print(table)
    terminal.tell(caution(len(comparison.differences)))
    unlike = ", ".join(comparison.unlike) or "nothing that they were made with"
    terminal.tell(f"{len(comparison.ids)} questions in both runs, which differ in: {unlike}")


def _draft(session: Session, out: Path, count: int) -> int:
    from rag.evaluation.drafting import drafted
    from rag.evaluation.files import check_place
    from rag.evaluation.questions import write_questions

    if out.exists():
        raise UsageError(f"Drafting questions into {out}: that file is there already. Give another name.")
    check_place(out)
    with session.open() as assistant:
        questions = drafted(assistant, count)
    write_questions(out, questions)
    if session.terminal.as_json:
        session.terminal.emit({"questions": len(questions), "out": str(out)})
    else:
        sentence = f"{len(questions)} drafts in {out}. Correct them, set draft to no, then `pincite evaluate {out}`."
        session.terminal.tell(sentence)
    return 0
