"""The passages that were found, as a judge reads them for the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Hit
from rag.judge.judge import Judge
from rag.judge.open import Judges
from rag.judge.passages import headed
from rag.judge.reading import Reading


@dataclass(frozen=True, slots=True)
class Judged:
    """A judge with what it says of those hits that are in its language: of each passage, by its id, the reading and how
    many characters the judge was shown before the passage's own."""

    judge: Judge
    readings: dict[str, tuple[Reading, int]]

    @property
    def answerable(self) -> float:
        """How likely it is that one of the passages holds the answer, as the likeliest of them has it."""
        return max((reading.answerable for reading, _ in self.readings.values()), default=0.0)

    def has_read(self, hit: Hit) -> bool:
        """Whether the hit's passage is one that it read."""
        return hit.passage.id in self.readings

    def pointed(self, hit: Hit, start: int, end: int) -> float:
        """How likely it is that the answer stands within the characters start..end of the hit's document."""
        passage = hit.passage
        if not self.has_read(hit):
            return 0.0
        reading, before = self.readings[passage.id]
        shift = before - passage.start
        return reading.answerable * reading.mass(start + shift, end + shift)


def judged(question: str, hits: Sequence[Hit], judges: Judges) -> Judged | None:
    """What the judge of the question's language says of the hits in it; None where there are none, or no such judge."""
    judge = judges.reading(question, [hit.passage.text for hit in hits])
    read = [hit for hit in hits if judge and judge.reads(hit.passage.text)]
    if judge is None or not read:
        return None
    texts = [headed(hit.passage, hit.named) for hit in read]
    readings = judge.read(question, [text for text, _ in texts])
    return Judged(
        judge,
        {hit.passage.id: (reading, before) for hit, (_, before), reading in zip(read, texts, readings, strict=True)},
    )
