"""The gate's verdict as a table and as JSON, for every command that measures before it lets something go live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ui import jsonform
from ui.cli.terminal import Terminal

if TYPE_CHECKING:
    from rag.evaluation.gate import Finding, Verdict

BASELINE = "baseline.json"
"""The frozen figures in a library's folder, or beside the examples."""


def say(terminal: Terminal, verdict: Verdict) -> None:
    """Every guarded figure before and now, and the questions that lost most of those that are lost."""
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
            terminal.tell(f"{each.name} is worse most of all in: {', '.join(each.worse)}")


def say_next(terminal: Terminal, library: Path) -> None:
    """Names the gate to who has just changed a library whose figures were frozen once."""
    if (library / BASELINE).is_file():
        terminal.tell("Ask `pincite gate --set QUESTIONS` whether the answers are as good as when they were frozen.")


def figures(verdict: Verdict) -> list[jsonform.Json]:
    """The same for programs."""
    return [_finding(each) for each in verdict.findings]


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
        "figure": finding.name,
        **{name: jsonform.number(value) for name, value in values.items()},
        "questions": interval.count,
        "p": finding.p,
        "lost": finding.lost,
        "worse": list(finding.worse),
        "language": finding.language,
    }


def _cells(finding: Finding) -> list[str]:
    if not finding.difference.count:
        return [finding.name, "", "", "", "0", "", "gone"]
    interval = finding.difference
    return [
        finding.name,
        f"{finding.before:.3f}",
        f"{finding.now:.3f}",
        f"{interval.estimate:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})",
        str(interval.count),
        f"{finding.p:.4f}",
        "worse" if finding.lost else "",
    ]
