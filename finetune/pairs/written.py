"""Questions and answers that a model writes from passages. What its passage does not say is left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from core.types import content_id
from finetune.pairs.draft import Draft, Found, Place
from finetune.pairs.memo import Memo
from ingestion.sentences import sentence_spans
from ingestion.tokens import language
from rag.answer import check
from rag.answer.evidence import Quote, sentences_of
from rag.engines.base import EngineSettings, Generator, Message
from rag.engines.open import open_generator
from rag.judge.passages import headed

TOKENS = 200
"""What the model may write of one passage."""
_SHORTEST = 60
"""Characters of a passage worth asking a model about."""
UNREADABLE = "the model wrote no question and answer"
UNSUPPORTED = "the model's answer does not pass the check against its passage"
REASONS = (UNREADABLE, UNSUPPORTED)
"""Why nothing came of what a model wrote."""

_SYSTEM = {
    "en": (
        "Write two questions that a customer or a colleague may ask and that the passage answers, each with its "
        "answer. Copy the answer word for word from the passage, in one sentence. A question must make sense to "
        "someone who does not see the passage. Write lines of this form and nothing else:\nQ: question\nA: answer"
    ),
    "zh": (
        "根据下面的段落写两个客户或同事可能会问、并且段落能够回答的问题，并给出答案。答案必须逐字照抄段落中的一句话。"
        "没有看到段落的人也应能看懂问题。只写以下格式的行，不要写其他内容：\nQ: 问题\nA: 答案"
    ),
}
_PAIR = re.compile(
    r"^\W*(?:Q|Question|问题?)\s*\d*\s*[:：]\s*(?P<asked>.+?)\s*^\W*(?:A|Answer|答案?)\s*\d*\s*[:：]\s*(?P<told>.+?)\s*$",
    re.MULTILINE | re.IGNORECASE,
)  # noqa: E501 - one pattern


def open_writer(name: str, endpoint_model: str | None) -> Generator:
    """The model that writes: of an address the endpoint there, else a GGUF without the adapter that answers.

    Raises WeightsError, ModelUnloadable, MissingDependency, SettingsError.
    """
    if name.startswith(("http://", "https://")):
        return open_generator(EngineSettings(endpoint=name, endpoint_model=endpoint_model))
    return open_generator(EngineSettings(model=name, adapter=""))


def written(
    found: Sequence[Found],
    source: str,
    model: Generator,
    memo: Memo,
    left_out: Counter[str],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Draft]:
    """What the model asks and answers of each passage; what it wrote is kept in `memo`.

    Raises EngineError.
    """
    worth = [one for one in found if len(one.hit.passage.text) >= _SHORTEST]
    for number, one in enumerate(worth, 1):
        text = headed(one.hit.passage)[0]
        spoken = language(text)
        asked = [Message("system", _SYSTEM[spoken]), Message("user", text)]
        key = content_id(model.name, model.sha256 or "", _SYSTEM[spoken], text)
        said = memo.get(key, lambda asked=asked: _said(model, asked))  # type: ignore[misc]
        drafts = list(_drafts(one, said, source, spoken, left_out))
        if not drafts:
            left_out[UNREADABLE] += not _PAIR.search(said)
        yield from drafts
        if progress:
            progress(number, len(worth))


def _said(model: Generator, asked: Sequence[Message]) -> str:
    with model.stream(asked, TOKENS) as generation:
        return generation.text()


def _drafts(one: Found, said: str, source: str, spoken: str, left_out: Counter[str]) -> Iterator[Draft]:
    quotes = list(sentences_of(one.hit))
    for match in _PAIR.finditer(said):
        places = _places(match["told"], quotes)
        if not places or match["asked"].count("\n"):
            left_out[UNSUPPORTED] += 1
            continue
        yield Draft(
            match["asked"], "model-written", "answered", spoken, one.group, source, tuple(places), one.hit.passage
        )


def _places(told: str, quotes: Sequence[Quote]) -> list[Place]:
    """Where each sentence of the answer stands; none where one of them does not pass the check."""
    places = []
    for start, end in sentence_spans(told):
        sentence = check.supported(told[start:end], quotes)
        if sentence is None:
            return []
        cited = sentence.citations[0]
        places.append(Place(cited.document, cited.start, cited.end, sentence.text))
    return places
