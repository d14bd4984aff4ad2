"""An answer as plain text, to be taken elsewhere: into a mail, a ticket, a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ui.pages.client import Json


def taken(question: str, sentences: Sequence[Json], named: Callable[[str, int | None], str]) -> str:
    """The question, the sentences with numbers, and what each number stands for: the place and, where the sentence is
    not the quote itself, the quote. `named` puts a document and a page into words."""
    numbers: dict[tuple[str, int, int], int] = {}
    said, places = [], []
    for sentence in sentences:
        marks = ""
        for citation in sentence["citations"]:
            key = (citation["document_id"], citation["start"], citation["end"])
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                place = f"[{numbers[key]}] {named(citation['document'], citation['page'])}"
                quote = " ".join(citation["quote"].split())
                places.append(place if sentence["support"] == "verbatim" else f"{place}: “{quote}”")
            marks += f" [{numbers[key]}]"
        said.append(" ".join(sentence["text"].split()) + marks)
    return "\n".join([question, "", *said, "", *places])
