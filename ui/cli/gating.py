"""`pincite gate` and `pincite calibrate`: settings and changes that stand on measured figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui import jsonform
from ui.cli import options, verdicts
from ui.cli.evaluating import say_drafts
from ui.cli.options import Session, session_of
from ui.cli.progress import shown
from ui.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.table import Table

    from rag.assistant import Assistant
    from rag.evaluation.calibrate import Calibration, Promise, Seen, Setting
    from rag.evaluation.gate import Measured, Verdict
    from rag.evaluation.questions import QuestionSet

GATE_EPILOG = """
pincite gate

pincite gate --set questions.csv --freeze

pincite gate --set questions.csv

pincite --json gate --set questions.csv --baseline before.json --draft
"""
CALIBRATE_EPILOG = """
pincite calibrate questions.csv

pincite calibrate questions.csv --wrong-at-most 0.02 --write
"""


def register(app: typer.Typer) -> None:
    """Adds the commands to `app`."""
    app.command("gate", epilog=GATE_EPILOG)(gate)
    app.command("calibrate", epilog=CALIBRATE_EPILOG)(calibrate)


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

    Run it after any change of settings, model, documents or code, before others use it.

    A loss counts when chance does not explain it: paired bootstrap, corrected for there being several figures.
    """
    session = session_of(context)
    from rag.evaluation import examples
    from rag.evaluation import gate as gates
    from rag.evaluation.files import check_place
    from rag.evaluation.questions import read_questions

    if questions is None:
        examples.check_there()
    name = "baseline-draft.json" if draft else verdicts.BASELINE
    file = baseline or (session.folder if questions else examples.FOLDER) / name
    frozen = None if freeze else gates.read_baseline(file)
    asked = read_questions(questions or examples.FOLDER / "questions.jsonl")
    if frozen is not None:
        gates.check_same_questions(frozen, asked.questions)
    with session.open() if questions else _examples(session) as assistant:
        if freeze:
            check_place(file)
        present = _measure(session, assistant, asked, draft)
    say_drafts(session.terminal, sum(question.draft for question in asked.questions))
    if frozen is None:
        gates.write_baseline(file, present)
        return _say_frozen(session.terminal, file, present)
    rest = present.only(present.questions)
    verdict = gates.compare(frozen.only(present.questions), rest)
    return _say_verdict(session.terminal, file, verdict, gates.changed_since(frozen, present), present)


def calibrate(
    context: typer.Context,
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS", help="A set as .jsonl, .csv or .xlsx.", show_default=False)
    ],
    wrong_at_most: Annotated[
        float,
        typer.Option(
            "--wrong-at-most", metavar="SHARE", help="The share of all questions that may be answered wrongly."
        ),
    ] = 0.05,
    write: Annotated[bool, typer.Option("--write", help="Set what was chosen in the library's pincite.toml.")] = False,
    as_json: options.Json = False,
) -> int:
    """Choose fusion weight, sentences shown and the confidence to answer from, by questions of the library.

    The share of wrong answers is held by split-conformal control; held-out questions show its price in refusals.

    It holds for questions like these: ask what people ask, also what the documents do not answer. Stopped, it goes on
    where it was when the same command is given again.
    """
    session = session_of(context)
    from core.settings import FILE_NAME
    from rag.evaluation import calibrate as calibration
    from rag.evaluation.files import check_place
    from rag.evaluation.places import check_gold
    from rag.evaluation.questions import read_questions
    from rag.evaluation.statistics import questions_needed
    from rag.evaluation.trials import ask_all

    questions_needed(wrong_at_most)  # a share that is none is told before anything is asked
    asked = read_questions(questions)
    with session.open() as assistant:
        check_gold(asked, (info.name for info in assistant.documents()), assistant.document)
        if write:
            check_place(session.folder / FILE_NAME)
        with shown(session.terminal, "questions") as progress:
            trials = ask_all(assistant, asked, progress)
    made = calibration.calibrate(trials, wrong_at_most)
    say_drafts(session.terminal, sum(question.draft for question in trials.questions))
    written = _write(session, made) if write and not made.obstacle else None
    return _say_calibration(session.terminal, made, len(asked.questions) - len(trials.questions), written)


@contextmanager
def _examples(session: Session) -> Iterator[Assistant]:
    """A library of the project's examples."""
    from rag.evaluation import examples

    with shown(session.terminal, "files") as progress, examples.opened(progress) as assistant:
        yield assistant


def _measure(session: Session, assistant: Assistant, asked: QuestionSet, draft: bool) -> Measured:
    from rag.evaluation.places import check_gold
    from rag.evaluation.present import measure
    from rag.evaluation.subject import Subject

    subject = Subject(assistant)
    subject = Subject(assistant, replace(subject.settings, draft=draft))
    check_gold(asked, subject.documents(), subject.document)
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


def _say_verdict(terminal: Terminal, file: Path, verdict: Verdict, changed: Sequence[str], present: Measured) -> int:
    """The verdict on the questions that could be asked. It is no pass where one could not."""
    if verdict.lost:
        status, sentence = 1, f"{verdict.sentence} {present.failure}".rstrip()
    elif present.failed:
        status, sentence = 2, f"Could not be compared: {present.failure}"
    else:
        status, sentence = 0, verdict.sentence
    if terminal.as_json:
        figures = verdicts.figures(verdict)
        said = {"passed": status == 0, "sentence": sentence, "baseline": str(file), "figures": figures}
        terminal.emit({**said, "changed": list(changed), "failed": dict(present.failed)})
        return status
    verdicts.say(terminal, verdict)
    terminal.tell(f"Changed since it was frozen: {', '.join(changed) or 'nothing'}.")
    terminal.tell(sentence)
    return status


def _write(session: Session, made: Calibration) -> Path:
    from rag.evaluation.settings_file import write_settings

    return write_settings(session.folder, made.promise.setting.values)


def _say_calibration(terminal: Terminal, made: Calibration, left_out: int, written: Path | None) -> int:
    status = 1 if made.obstacle else 0
    if terminal.as_json:
        terminal.emit(
            {
                "wrong_at_most": made.promise.at_most,
                "settings": _settings(made.promise.setting),
                "silent": made.promise.silent,
                "written": None if written is None else str(written),
                "obstacle": made.obstacle,
                "needed": made.needed,
                "by": made.by,
                "left_out": left_out,
                "present": _seen(made.present),
                "held_out": _seen(made.promise.held_out),
                "languages": {name: _seen(seen) for name, seen in made.languages.items()},
                "others": [
                    {
                        "wrong_at_most": each.at_most,
                        **_settings(each.setting),
                        "silent": each.silent,
                        "held_out": _seen(each.held_out),
                    }
                    for each in made.others
                ],
            }
        )
        return status
    from rag.evaluation.calibrate import FOLDS
    from rag.evaluation.settings_file import spelled

    terminal.out.print(_table(made))
    terminal.tell(
        "A threshold is chosen on all questions; what came of it is told of questions that it was not chosen on: "
        f"{FOLDS} parts, by {made.by}, each judged by what was chosen without it."
    )
    if left_out:
        sentence = f"{left_out} questions are left out: they name no place, and their answer stands in no document."
        terminal.tell(sentence)
    if made.present.asked == made.present.answerable:
        terminal.tell("No question is unanswerable: nothing is promised of those that the documents do not answer.")
    if made.obstacle:
        terminal.tell(f"{made.obstacle} Nothing was written.")
        return status
    for (section, name), value in made.promise.setting.values.items():
        terminal.tell(f"[{section}] {name} = {spelled(value)}")
    if not written:
        terminal.tell("Nothing was written; --write does it.")
        return status
    terminal.tell(f"Written to {written}.")
    verdicts.say_next(terminal, written.parent)
    return status


def _table(made: Calibration) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("wrong at most", "threshold", "wrong", "95 %", "answered", "right", "wrongly refused"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_row("now", "", *_seen_cells(made.present))
    for promise in sorted((made.promise, *made.others), key=lambda each: each.at_most):
        held = _seen_cells(promise.held_out)
        cells = (f"{promise.at_most:.3g}", _threshold(promise.setting), *held, _silent(promise))
        table.add_row(*cells, style="bold" if promise is made.promise else None)
        if promise is made.promise and len(made.languages) > 1:
            own = promise.setting.languages
            for name, seen in made.languages.items():
                table.add_row(f"of it {name}", f"{own[name].value:.4f}" if own else "", *_seen_cells(seen))
    return table


def _threshold(setting: Setting) -> str:
    if setting.languages:
        return " ".join(f"{name} {each.value:.4f}" for name, each in setting.languages.items())
    return "none" if setting.threshold.value is None else f"{setting.threshold.value:.4f}"


def _silent(promise: Promise) -> str:
    if not promise.setting.promises or not promise.silent:
        return ""
    from rag.evaluation.calibrate import FOLDS

    return f"{promise.silent} of {FOLDS} parts refused whole: too few questions without them"


def _seen_cells(seen: Seen) -> tuple[str, ...]:
    risk = seen.risk
    return (
        f"{seen.wrong}/{seen.asked} = {risk.estimate:.3f}",
        f"{risk.low:.3f} to {risk.high:.3f}",
        str(seen.answered),
        str(seen.right),
        f"{seen.refused}/{seen.answerable} = {seen.wrongly_refused:.3f}" if seen.answerable else "",
    )


def _seen(seen: Seen) -> jsonform.Json:
    risk = seen.risk
    return {
        "asked": seen.asked,
        "answerable": seen.answerable,
        "answered": seen.answered,
        "right": seen.right,
        "wrong": seen.wrong,
        "refused": seen.refused,
        "risk": risk.estimate,
        "low": risk.low,
        "high": risk.high,
    }


def _settings(setting: Setting) -> jsonform.Json:
    threshold = setting.threshold
    return {
        "dense_weight": setting.dense_weight,
        "sentences": setting.sentences,
        "threshold": threshold.value,
        "bound": threshold.bound,
        "by_language": {
            name: {"threshold": each.value, "bound": each.bound} for name, each in setting.languages.items()
        },
    }
