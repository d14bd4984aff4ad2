"""One judge, run by ONNX Runtime, without torch.

It reads a question and a passage together, 384 tokens at most; a longer passage through overlapping windows. Whether
the answer is there it tells from two looks: at the whole, and at the sentences around the place that it points at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from core.settings import threads
from ingestion.tokens import language
from rag.judge.profile import Profile
from rag.judge.reading import NOTHING, OPEN, Belief, Column, Offsets, Reading, Verdict, reading
from rag.judge.windows import around, windows
from rag.onnx import session

MAX_TOKENS = 384
"""Of a pair with its marks, as the judge was trained."""
ASKED = 128
"""Tokens of a question that are read; what is longer is cut."""
CHARACTERS = 200_000
"""Of a passage that are looked at; a passage of Pincite's has 1,500."""
CLOSE = {"en": 300, "zh": 90}
"""Characters that a closer look takes in, in each language; measured, see docs/LOG.md."""
REMEMBERED = 64
"""Passages kept, at first sight and as read: of a few questions under way at once; each takes some kilobytes."""
_OUTPUTS = ("relevance", "answerable", "start", "end", "entailment")


class _Logits(NamedTuple):
    """The outputs for one pair; start and end are those of the passage's tokens."""

    relevance: float
    answerable: float
    start: Column
    end: Column
    entailment: Column


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as token ids, with the characters each stands for, (tokens, 2)."""

    ids: list[int]
    offsets: Offsets


@dataclass(frozen=True, slots=True)
class _Look:
    """A passage at first sight: the question's and its own tokens, what is said of it with `answerable` left open, and
    the logit of that."""

    asked: list[int]
    text: _Text
    reading: Reading
    logit: float


_Told = TypeVar("_Told", Reading, _Look)


class Judge:
    """Reads one language. Loads its weights when it is first asked something; any thread may use it."""

    def __init__(self, model: Path, tokenizer: Path, profile: Profile) -> None:
        self.profile = profile
        self._paths = (model, tokenizer)
        self._loaded: tuple[Any, Any] | None = None
        self._loading = threading.Lock()
        self._seen: dict[tuple[str, str], _Look | None] = {}
        self._said: dict[tuple[str, str], Reading | None] = {}
        self._remembering = threading.Lock()

    @property
    def language(self) -> str:
        """ "en" or "zh"."""
        return self.profile.language

    def reads(self, text: str) -> bool:
        """Whether the text is in its language; figures alone are in any."""
        return language(text) == self.language or not any(map(str.isalpha, text))

    def load(self) -> None:
        """Loads the weights, if they are not. Raises WeightsMismatch where the file is not the judge's."""
        self._ready()

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """What it says of each passage, in order; `NOTHING` of an empty one, and of all for an empty question.

        What it said last it remembers, as what it saw at first sight, since hits are put in order before some of them
        are read as evidence.
        """
        said = self._recalled(self._said, question, passages, self._read)
        return [reading or NOTHING for reading in said]

    def relevance(self, question: str, passages: Sequence[str]) -> list[float]:
        """How likely each passage bears on the question, as `read` has it, but at first sight: without the closer look,
        which changes nothing about it."""
        seen = self._recalled(self._seen, question, passages, self._look)
        return [(look.reading if look else NOTHING).relevance for look in seen]

    def _recalled(
        self,
        known: dict[tuple[str, str], _Told | None],
        question: str,
        passages: Sequence[str],
        tell: Callable[[str, Sequence[str]], Sequence[_Told | None]],
    ) -> list[_Told | None]:
        """What is known of each passage for the question, else what `tell` says of it, which is then known; None of an
        empty one."""
        if not question.strip():
            return [None for _ in passages]
        with self._remembering:
            found = {text: known[question, text] for text in passages if (question, text) in known}
        new = [text for text in dict.fromkeys(passages) if text not in found and text.strip()]
        if new:
            found |= zip(new, tell(question, new), strict=True)
        with self._remembering:
            known |= {(question, text): found[text] for text in new}
            while len(known) > REMEMBERED:
                del known[next(iter(known))]
        return [found.get(text) for text in passages]

    def _look(self, question: str, passages: Sequence[str]) -> list[_Look | None]:
        """Each passage at first sight, None of one in which there is nothing to read."""
        asked, *texts = self._texts([question, *passages])
        asked_ids = asked.ids[:ASKED]
        room = MAX_TOKENS - 3 - len(asked_ids)
        parts = [
            (number, start, end)
            for number, text in enumerate(texts)
            if asked_ids and text.ids
            for start, end in windows(asked_ids, text.ids, room)
        ]
        logits = self._run([(asked_ids, texts[number].ids[start:end]) for number, start, end in parts])
        found: dict[int, list[tuple[_Logits, Offsets]]] = {}
        for (number, start, end), one in zip(parts, logits, strict=True):
            found.setdefault(number, []).append((one, texts[number].offsets[start:end]))
        looks = {
            number: _Look(asked_ids, texts[number], _reading(each), max(one.answerable for one, _ in each))
            for number, each in found.items()
        }
        return [looks.get(number) for number in range(len(texts))]

    def _read(self, question: str, passages: Sequence[str]) -> list[Reading | None]:
        """Each passage as seen at first sight and closer."""
        seen = self._recalled(self._seen, question, passages, self._look)
        looks = {number: look for number, look in enumerate(seen) if look}
        closer = self._closer({number: (passages[number], look) for number, look in looks.items()})
        said: list[Reading | None] = [None] * len(passages)
        for number, look in looks.items():
            logit = (look.logit + closer.get(number, look.logit)) / 2
            sure = _sigmoid(self.profile.scale * logit + self.profile.bias)
            said[number] = replace(look.reading, answerable=sure)
        return said

    def _closer(self, seen: Mapping[int, tuple[str, _Look]]) -> dict[int, float]:
        """The logit of being answerable for the sentences around the place that each passage's reading points at, read
        by themselves; none where those are the whole passage, or too long to be read at once."""
        pairs: dict[int, tuple[list[int], list[int]]] = {}
        for number, (passage, look) in seen.items():
            start, end = around(passage[:CHARACTERS], look.reading.start or 0, CLOSE[self.profile.language])
            inside = (look.text.offsets[:, 0] >= start) & (look.text.offsets[:, 1] <= end)
            if 0 < inside.sum() <= MAX_TOKENS - 3 - len(look.asked) and not inside.all():
                pairs[number] = (look.asked, [one for one, kept in zip(look.text.ids, inside, strict=True) if kept])
        return {number: one.answerable for number, one in zip(pairs, self._run([*pairs.values()]), strict=True)}

    def check(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        """What it says of each (claim, span); `OPEN` where either is empty.

        Of a span that is too long the stretch is read that shares most words with the claim.
        """
        texts = self._texts([text for pair in pairs for text in pair])
        said = [(claim.ids[:ASKED], span.ids) for claim, span in zip(texts[::2], texts[1::2], strict=True)]
        there = [number for number, (claim, span) in enumerate(said) if claim and span]
        read = []
        for claim, span in (said[number] for number in there):
            ((start, end),) = windows(claim, span, MAX_TOKENS - 3 - len(claim), most=1)
            read.append((claim, span[start:end]))
        verdicts = [OPEN] * len(said)
        for number, one in zip(there, self._run(read), strict=True):
            verdicts[number] = Verdict(*map(float, _softmax(one.entailment)))
        return verdicts

    def _texts(self, texts: Sequence[str]) -> list[_Text]:
        tokenizer, _ = self._ready()
        # half a surrogate pair is no text to the tokenizer; a mark in its place keeps all offsets
        sound = [text[:CHARACTERS].encode("utf-8", "replace").decode("utf-8") for text in texts]
        return [
            _Text(encoding.ids, np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2))
            for encoding in tokenizer.encode_batch(sound, add_special_tokens=False)
        ]

    def _run(self, pairs: Sequence[tuple[list[int], list[int]]]) -> list[_Logits]:
        """One pair at a time on each core: a batch reads no faster, and its pairs would change each other's figures,
        since the numbers between the layers are rounded to integers by what is in the batch."""
        tokenizer, session = self._ready()
        opened, parted = (tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))

        def run(pair: tuple[list[int], list[int]]) -> _Logits:
            asked, text = pair
            ids = np.array([[opened, *asked, parted, *text, parted]], dtype=np.int64)
            kinds = np.zeros_like(ids)
            first = len(asked) + 2
            kinds[0, first:] = 1
            inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
            relevance, answerable, start, end, entailment = (one[0] for one in session.run(_OUTPUTS, inputs))
            there = slice(first, first + len(text))
            return _Logits(float(relevance), float(answerable), start[there], end[there], entailment)

        with ThreadPoolExecutor(threads()) as pool:
            return list(pool.map(run, pairs))

    def _ready(self) -> tuple[Any, Any]:
        """The tokenizer and the session."""
        with self._loading:
            if self._loaded is None:
                self._loaded = _open(*self._paths)
            return self._loaded


def _reading(parts: Sequence[tuple[_Logits, Offsets]]) -> Reading:
    """Of a passage seen through these windows; how likely it holds the answer is left open."""
    weights = _softmax(np.array([one.answerable for one, _ in parts]))
    beliefs = [
        Belief(offsets[:, 0], offsets[:, 1], _softmax(one.start), _softmax(one.end), float(weight))
        for (one, offsets), weight in zip(parts, weights, strict=True)
    ]
    return reading(_sigmoid(max(one.relevance for one, _ in parts)), 0.0, beliefs)


def _open(model: Path, tokenizer: Path) -> tuple[Any, Any]:
    from tokenizers import Tokenizer

    reader = Tokenizer.from_file(str(tokenizer))
    reader.no_padding()
    reader.no_truncation()
    return reader, session(model)


def _softmax(logits: Column) -> Column:
    raised = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(raised / raised.sum(), dtype=np.float64)


def _sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
