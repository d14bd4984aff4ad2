"""Hits over texts written in a test."""

from core.types import Hit, Passage, content_id
from rag.answer.evidence import Quote, sentences_of


def hit(
    text: str, document: str = "contract.txt", start: int = 0, heading: tuple[str, ...] = (), header: str = ""
) -> Hit:
    passage = Passage(content_id(document), start, start + len(text), text, page=1, heading=heading, header=header)
    return Hit(passage, document, "text/plain", 1.0)


def quotes(*texts: str) -> list[Quote]:
    """Every sentence of the texts, each text a document of its own."""
    return [quote for number, text in enumerate(texts) for quote in sentences_of(hit(text, f"{number}.txt"))]
