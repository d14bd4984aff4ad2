"""`pincite gate` and `pincite calibrate`: settings and changes that stand on measured figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui import jsonform
from ui.cli import options
from ui.cli.options import Session, session_of
from ui.cli.progress import shown
from ui.cli.terminal import Terminal

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.evaluation.gate import Finding, Measured, Verdict
    from rag.evaluation.questions import QuestionSet

GATE_EPILOG = """
pincite gate

pincite gate --set questions.csv --freeze

pincite gate --set questions.csv

pincite --json gate --set questions.csv --baseline before.json --draft
"""


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.command("gate", epilog=GATE_EPILOG)(gate)


def gate(
    context: typer.Context,
    questions: Annotated[
        Path | None,
        typer.Option(
            "--set",
            metavar="QUESTIONS",
            help="Questions to ask of the library, as .jsonl, .csv or .xlsx; else the project's examples are measured.",
            show_default=False,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="The frozen figures; else baseline.json in the library's folder, or beside the examples.",
            show_default=False,
        ),
    ] = None,
    freeze: Annotated[bool, typer.Option("--freeze", help="Keep the present figures as the baseline.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Let the model phrase, and guard its drafts too.")] = False,
    as_json: options.Json = False,
) -> int:
    """Compare how good the answers are with a frozen baseline; exit status 1 if a guarded figure is worse.

    Run it after any change of settings, model, documents or code, before others use it. A loss counts when chance does
    not explain it: paired bootstrap, corrected for there being several figures.
    """
    session = session_of(context)
    from rag.evaluation import gate as gates
    from rag.evaluation.examples import FOLDER

    name = "baseline-draft.json" if draft else "baseline.json"
    file = baseline or (session.folder if questions else FOLDER) / name
    frozen = None if freeze else gates.read_baseline(file)
    with _opened(session, questions) as (assistant, asked):
        present = _measure(session, assistant, asked, draft)
    if frozen is None:
        gates.write_baseline(file, present)
        return _say_frozen(session.terminal, file, present)
    return _say_verdict(session.terminal, file, gates.compare(frozen, present))


@contextmanager
def _opened(session: Session, questions: Path | None) -> Iterator[tuple[Assistant, QuestionSet]]:
    """The library and its questions, or the examples' with theirs."""
    from rag.evaluation import examples
    from rag.evaluation.questions import read_questions

    if questions is not None:
        asked = read_questions(questions)
        with session.open() as assistant:
            yield assistant, asked
        return
    asked = read_questions(examples.FOLDER / "questions.jsonl")
    with shown(session.terminal, "files") as progress, examples.opened(progress) as assistant:
        yield assistant, asked


def _measure(session: Session, assistant: Assistant, asked: QuestionSet, draft: bool) -> Measured:
    from rag.evaluation.present import measure
    from rag.evaluation.subject import Subject

    subject = Subject(assistant)
    subject = Subject(assistant, replace(subject.settings, draft=draft))
    asked.check_documents(subject.documents())
    with shown(session.terminal, "questions") as progress:
        return measure(subject, asked.questions, progress)


def _say_frozen(terminal: Terminal, file: Path, present: Measured) -> int:
    means = {name: sum(of.values()) / len(of) for name, of in present.figures.items() if of}
    if terminal.as_json:
        terminal.emit({"baseline": str(file), "questions": len(present.questions), "figures": means})
        return 0
    from ui.cli import render

    terminal.out.print(render.figures([(name, f"{mean:.3f}") for name, mean in means.items()]))
    terminal.tell(f"Frozen with {len(present.questions)} questions: {file}")
    return 0


def _say_verdict(terminal: Terminal, file: Path, verdict: Verdict) -> int:
    status = 0 if verdict.passed else 1
    if terminal.as_json:
        figures = [_finding(each) for each in verdict.findings]
        terminal.emit(
            {"passed": verdict.passed, "sentence": verdict.sentence, "baseline": str(file), "figures": figures}
        )
        return status
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("figure", no_wrap=True)
    for title in ("before", "now", "difference, 95 %", "questions", "p"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("")
    for each in verdict.findings:
        table.add_row(*_cells(each), style="red" if each.lost else None)
    terminal.out.print(table)
    for each in verdict.lost:
        if each.worse:
            terminal.tell(f"{each.figure} is worse most of all in: {', '.join(each.worse)}")
    terminal.tell(verdict.sentence)
    return status


def _finding(finding: Finding) -> jsonform.Json:
    interval = finding.difference
    values = {
        "before": finding.before,
        "now": finding.now,
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
    }
    return {
        "figure": finding.figure,
        **{name: None if math.isnan(value) else value for name, value in values.items()},
        "questions": interval.count,
        "p": finding.p,
        "lost": finding.lost,
        "worse": list(finding.worse),
    }


def _cells(finding: Finding) -> list[str]:
    if not finding.difference.count:
        return [finding.figure, "", "", "", "0", "", "gone"]
    interval = finding.difference
    return [
        finding.figure,
        f"{finding.before:.3f}",
        f"{finding.now:.3f}",
        f"{interval.estimate:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})",
        str(interval.count),
        f"{finding.p:.4f}",
        "worse" if finding.lost else "",
    ]
