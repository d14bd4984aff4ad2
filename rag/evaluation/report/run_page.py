"""The report of one run: its figures, its curves, its worst cases, every question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rag.evaluation.files import write_whole
from rag.evaluation.report import charts
from rag.evaluation.report.cases import badness, case
from rag.evaluation.report.parts import facts, number, page, panel, section, table, tag, text, unfolding
from rag.evaluation.run import Run
from rag.evaluation.scores import FIGURES

REPORT = "report.html"
WORST = 20
"""Cases shown under the figures."""
GROUPS = {
    "answers": "Answers",
    "refusals": "Refusals",
    "retrieval": "Passages found",
    "wording": "Wording",
}
_CARDS = ("rightly cited", "wrongly answered", "wrongly refused", "verbatim", "page accuracy", "ndcg@10")
_SLICED = ("rightly cited", "wrongly refused", "wrongly answered", "ndcg@10", "recall@5", "f1")
_BOUNDED = ("mean", "", "95 % interval", "questions")


def write_report(run: Run) -> Path:
    """Writes the report into the run's folder and gives its path."""
    figures = run.figures
    counts = f"{figures['questions']} questions, {figures['unanswerable']} of them not answerable"
    drafts = f", {figures['drafts']} drafts that nobody has corrected" if figures["drafts"] else ""
    failed = f"; {figures['failed']} more failed, and are in no figure" if figures["failed"] else ""
    every = (case(each, run.records[each.id]) for each in run.questions)
    body = (
        _cards(figures),
        _tables(figures),
        _curves(run),
        _slices(figures),
        _failed(run),
        _worst(run),
        section("Every question", unfolding("<span class='what'>All, in the order of the set</span>", "".join(every))),
        section("How it was made", panel(made(run.manifest))),
    )
    return write_whole(run.folder / REPORT, page(f"Evaluation: {name(run)}", counts + drafts + failed, body))


def name(run: Run) -> str:
    """The name of the file of questions."""
    return Path(str(run.manifest["questions"]["file"])).name


def as_set(run: Run) -> tuple[float, float] | None:
    """Coverage and risk at the thresholds in use; None where nothing was answered."""
    answered = [key for key, record in run.records.items() if record.answer and record.answer["status"] == "answered"]
    judged = [run.records[key].scores.get("rightly cited") for key in answered]
    wrong = sum(score is None or score.value != 1.0 for score in judged)
    asked = sum(not record.error for record in run.records.values())
    return (len(answered) / asked, wrong / len(answered)) if answered else None


def made(manifest: Mapping[str, Any]) -> str:
    """What a run was made with, as a list."""
    library, settings, model = manifest["library"], manifest["settings"], manifest["model"]
    code, machine = manifest["code"], manifest.get("machine")  # runs made before it was kept have none
    commit = f", commit {text(code['commit'])}" if code.get("commit") else ""
    pairs = [
        ("Pincite", f"{text(code['pincite'])}, source {text(code['sha256'][:12])}{commit}"),
        *([("machine", text(_machine(machine)))] if machine else []),
        ("library", f"{text(library['folder'])}: {library['documents']} documents, {library['passages']} passages, "
                    f"content {text(library['content'][:12])}, generation {library['generation']}"),
        ("embedder", f"{text(library['made_with']['embedder'])}, "
                     f"{text(library['made_with']['embedder_sha256'][:12])}"),
        ("model", _model(model) if model else "none: the answers are quotes" if settings["answers"] else "not asked"),
        ("judge", text((manifest["judge"] or "none")[:12])),
        ("questions", f"{text(manifest['questions']['file'])}, {text(manifest['questions']['sha256'][:12])}"),
        *((f"[{part}]", text(_settings(settings[part]))) for part in ("answer", "retrieval")),
    ]  # fmt: skip
    return facts(pairs)


def _machine(machine: Mapping[str, Any]) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return f"{packages}; threads {machine['threads']}"


def _model(model: Mapping[str, Any]) -> str:
    where = model["endpoint_model"] or model["model"]
    return f"{text(where)}, {text((model['sha256'] or 'endpoint')[:12])}, adapter {text(model['adapter'] or 'none')}"


def _settings(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in values.items())


def _cards(figures: Mapping[str, Any]) -> str:
    held = figures["figures"]
    cards = (
        f'<div class="card"><span>{text(figure)}</span><b>{held[figure]["value"]:.3f}</b>'
        f"<span>{held[figure]['low']:.3f} to {held[figure]['high']:.3f}"
        f"{'' if FIGURES[figure].higher else '<br>less is better'}</span></div>"
        for figure in _CARDS
        if figure in held
    )
    return f'<div class="cards">{"".join(cards)}</div>'


def _tables(figures: Mapping[str, Any]) -> str:
    parts = []
    for group, title in GROUPS.items():
        rows = [
            (
                f"<b>{text(figure)}</b>",
                *_bounded(held),
                f'<span class="soft small">{text(_meaning(figure))}</span>',
            )
            for figure, held in figures["figures"].items()
            if FIGURES[figure].group == group
        ]
        if rows:
            header = ("figure", *_BOUNDED, "what it is")
            parts.append(section(title, panel(table(header, rows, (1, 4)))))
    return "".join(parts)


def _bounded(held: Mapping[str, Any]) -> tuple[str, ...]:
    """The cells of a mean with its interval, under `_BOUNDED`."""
    return (
        number(held["value"]),
        charts.interval(held["low"], held["value"], held["high"]),
        f'<span class="firm">{held["low"]:.3f} to {held["high"]:.3f}</span>',
        str(held["count"]),
    )


def _meaning(figure: str) -> str:
    return FIGURES[figure].meaning + ("" if FIGURES[figure].higher else "; less is better")


def _curves(run: Run) -> str:
    figures, parts = run.figures, []
    if risk := figures["risk_coverage"]:
        point = as_set(run)
        drawn = charts.risk_coverage({"this run": risk["points"]}, [point] if point else [])
        said = f"Area {risk['area']:.3f}, smaller is better. The ring is where the threshold in use stands."
        parts.append(panel(drawn, f'<p class="soft small">{said}</p>', title="Risk and coverage, by the quotes alone"))
    if calibration := figures["calibration"]:
        said = f"Expected calibration error {calibration['error']:.3f}. Numbers are questions."
        drawn = charts.reliability(calibration["bins"])
        parts.append(panel(drawn, f'<p class="soft small">{said}</p>', title="Calibration of the confidence"))
    if told := figures["answerability"]:
        parts.append(panel(_answerability(told), title="Answerable or not"))
    if seconds := figures["seconds"]:
        rows = [
            (text(what), f"{held['median']:.3f}", f"{held['p95']:.3f}", str(held["count"]))
            for what, held in seconds.items()
        ]
        parts.append(panel(table(("", "median", "95th of 100", "questions"), rows, (1, 2, 3)), title="Seconds, tokens"))
    return section("When to answer", f'<div class="panels">{"".join(parts)}</div>') if parts else ""


def _answerability(told: Mapping[str, Any]) -> str:
    rows = []
    for at, label in enumerate(told["labels"]):
        held = told["of_labels"][label]
        cells = (f'<span class="tag {"good" if at == other else "bad"}">{count}</span>'
                 for other, count in enumerate(told["confusion"][at]))  # fmt: skip
        rows.append((text(label), *cells, *(number(held[each]) for each in ("precision", "recall", "f1"))))
    header = ("", "answered", "refused", "precision", "recall", "F1")
    cost = ", ".join(f"{each['cost']:g} for {each['is']} taken for {each['taken_for']}" for each in told["costs"])
    return table(header, rows, range(1, 6)) + facts(
        (
            ("accuracy", number(told["accuracy"])),
            ("ROC area", number(told["roc_auc"])),
            ("PR area", number(told["pr_auc"])),
            ("mean cost", f'{number(told["cost"])} <span class="soft small">({text(cost)})</span>'),
        )
    )


def _slices(figures: Mapping[str, Any]) -> str:
    parts = []
    for by, members in figures["slices"].items():
        rows = [
            (f"<b>{text(figure)}</b>", text(part), *_bounded(held["figures"][figure]))
            for figure in _SLICED
            for part, held in members.items()
            if figure in held["figures"]
        ]
        counts = ", ".join(f"{held['questions']} {part}" for part, held in members.items())
        parts.append(panel(table(("figure", by, *_BOUNDED), rows, (2, 5)), title=f"By {by}: {counts}"))
    return section("Slices", *parts)


def _failed(run: Run) -> str:
    failed = [(text(each.question), text(error)) for each in run.questions if (error := run.records[each.id].error)]
    about = "They are in no figure. The same command asks them again, and only them."
    return section("Questions that failed", panel(table(("question", "why"), failed)), about=about) if failed else ""


def _worst(run: Run) -> str:
    ranked = sorted(
        (question for question in run.questions if not run.records[question.id].error),
        key=lambda question: -badness(question, run.records[question.id]),
    )
    bad = [question for question in ranked if badness(question, run.records[question.id]) > 0]
    cases = (case(question, run.records[question.id]) for question in bad[:WORST])
    about = f"{len(bad)} of {len(ranked)} went wrong; the worst {min(WORST, len(bad))}, the surest first."
    return section("The worst cases", *cases, about=about) if bad else section("The worst cases", tag("none", "good"))
