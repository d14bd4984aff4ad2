"""An answer as it comes: the quotes at once, then each sentence as it passes the check."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.live import Live
from rich.text import Text

from core.types import Answer, EvidenceFound, Filters, Sentence, SentenceChecked, Turn, Waiting
from rag.assistant import Assistant
from ui.cli import render
from ui.cli.terminal import Terminal

SEARCHING = Text("Searching …", style="dim")
PHRASING = Text("\nPhrasing the answer …", style="dim")


def answer(
    terminal: Terminal, assistant: Assistant, question: str, history: Sequence[Turn], filters: Filters | None
) -> Answer:
    """The whole answer, after showing on a terminal what there is of it so far."""
    if not terminal.out.is_terminal:
        return assistant.ask(question, history, filters)
    checked: list[Sentence] = []
    events = assistant.stream(question, history, filters)
    with Live(SEARCHING, console=terminal.out, transient=True, auto_refresh=False) as view:
        for event in events:
            match event:
                case EvidenceFound():
                    view.update(Group(render.sentences(event.sentences), PHRASING), refresh=True)
                case Waiting():
                    pass  # nobody else asks on this terminal
                case SentenceChecked():
                    checked.append(event.sentence)
                    view.update(Group(render.sentences(checked), PHRASING), refresh=True)
                case Answer():
                    return event
    raise AssertionError("a stream ends with its Answer")
