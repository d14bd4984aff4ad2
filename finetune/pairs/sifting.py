"""What is left of many pairs: normalised, each once, none of the test split, none that another contradicts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from finetune.judge.windows import content
from finetune.pairs.draft import Draft
from finetune.pairs.pair import Pair, made
from ingestion.clean import normalise
from ingestion.duplicates import NEAR, fingerprint, signature, similarity
from rag.evaluation.questions import read_questions

ALIKE = 0.8
"""Share of two questions' words in common from which one gives the other away."""

KEPT_OUT = "asks what a question of the test split asks"
DUPLICATE = "a duplicate of another pair"
AMBIGUOUS = "its question has other answers elsewhere"
REASONS = (KEPT_OUT, DUPLICATE, AMBIGUOUS)
"""Why a pair or a draft is left out."""
_BANDS = 20
"""Stretches of a signature; near duplicates of NEAR have one of them in common, all but surely."""


class KeptOut:
    """Questions that must not be trained on. Raises UsageError for a file that is no question set."""

    def __init__(self, files: Sequence[Path]) -> None:
        asked = [question.question for path in files for question in read_questions(path).questions]
        self.questions = len(asked)
        self._exact = {fingerprint(question) for question in asked}
        self._words = [content(question) for question in asked]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, words in enumerate(self._words):
            for word in words:
                self._holding[word].append(number)

    def holds(self, question: str) -> bool:
        """Whether one of them asks the same: with the same letters, or nearly the same words in any order."""
        if fingerprint(question) in self._exact:
            return True
        words = content(question)
        common = Counter(number for word in words for number in self._holding.get(word, ()))
        return any(count >= ALIKE * len(words | self._words[number]) for number, count in common.items())


def cleaned(pair: Pair) -> Pair:
    """The pair with question and answer in canonical spelling, its spaces as one."""

    def tidy(text: str) -> str:
        return "\n".join(line for line in (" ".join(part.split()) for part in normalise(text).split("\n")) if line)

    question, answer = tidy(pair.question), tidy(pair.answer)
    history = [(tidy(asked), tidy(told)) for asked, told in pair.history]
    if (question, answer, tuple(history)) == (pair.question, pair.answer, pair.history):
        return pair
    return made(
        question,
        answer,
        kind=pair.kind,
        document=pair.document,
        source=pair.source,
        language=pair.language,
        evidence=pair.evidence,
        history=history,
        rejected=pair.rejected,
    )


def without_doubts(drafts: Iterable[Draft], left_out: Counter[str], split: KeptOut) -> list[Draft]:
    """The drafts whose question the test split does not ask, each question once; those that several places answer
    differently are all left out."""
    by_question: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if split.holds(draft.question):
            left_out[KEPT_OUT] += 1
        else:
            by_question[fingerprint(draft.question)].append(draft)
    kept = []
    for group in by_question.values():
        answers = {fingerprint(" ".join(place.said for place in draft.places)) for draft in group}
        if len(answers) > 1:
            left_out[AMBIGUOUS] += len(group)
        else:
            kept.append(group[0])
            left_out[DUPLICATE] += len(group) - 1
    return kept


def sifted(pairs: Iterable[Pair], left_out: Counter[str], split: KeptOut) -> list[Pair]:
    """The pairs cleaned, without those of the test split and without near duplicates; the first of several is kept.

    Two pairs are near duplicates where question, history and answer together are; of pairs with evidence also where
    they differ in the evidence alone, unless one refuses or is of kind "distractor".
    """
    seen: set[str] = set()
    near = _Near()
    kept = []
    for pair in map(cleaned, pairs):
        if pair.kind != "text" and split.holds(pair.question):
            left_out[KEPT_OUT] += 1
            continue
        told = "\n".join((*(side for turn in pair.history for side in turn), pair.question, pair.answer))
        way = pair.kind if pair.kind in ("unanswerable", "distractor") else ""
        mark = f"{way}:{fingerprint(told)}"
        if mark in seen or (way == "" and near.seen(told)):
            left_out[DUPLICATE] += 1
            continue
        seen.add(mark)
        kept.append(pair)
    return kept


class _Near:
    """Finds near duplicates among texts in turn."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[int, bytes], list[tuple[bytes, frozenset[str]]]] = defaultdict(list)

    def seen(self, text: str) -> bool:
        """Whether a text so far was nearly the same, with the same numbers and codes; keeps this one if none was."""
        sign = signature(text)
        exact = frozenset(_exact_words(text))
        width = len(sign) // _BANDS
        bands = [(number, sign[number * width : (number + 1) * width]) for number in range(_BANDS)] if sign else []
        for band in bands:
            for other, words in self._buckets[band]:
                if words == exact and similarity(sign, other) >= NEAR:
                    return True
        for band in bands:
            self._buckets[band].append((sign, exact))
        return False


def _exact_words(text: str) -> set[str]:
    return {word for word in content(text) if any(character.isdigit() for character in word)}
