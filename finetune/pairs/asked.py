"""People's questions of SQuAD's form: their passages become a library, whose evidence is shown with each question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.types import Passage, content_id
from finetune.pairs.draft import Draft, Place, passages
from finetune.pairs.rows import Row, check_size, fault, read_rows
from finetune.pairs.shelf import Count, Shelf
from finetune.pairs.shelf import opened as shelf_opened
from ingestion.tokens import language
from rag.evaluation.public.form import PublicSet, file_name, one_line
from rag.evaluation.public.library import opened
from rag.evaluation.public.read import read_public
from rag.evaluation.questions import Gold, Question

_BETWEEN = "\n\n"
Progress = Callable[[int, int], None]


def read_squad(path: Path) -> PublicSet:
    """The questions of a file, as articles or as lines with a context each. Raises UsageError."""
    rows = read_rows(path)
    if isinstance(articles := rows[0].values.get("data"), list):
        _check_sizes(path, articles)
        return read_public("squad", path)
    return of_lines(path, rows)


def _check_sizes(path: Path, articles: Sequence[Any]) -> None:
    """Raises UsageError for a passage that is too long; what is of another form is for its reader to tell."""
    for number, article in enumerate(articles, 1):
        for paragraph in article.get("paragraphs", ()) if isinstance(article, dict) else ():
            if isinstance(paragraph, dict):
                check_size(path, f"article {number}", len(str(paragraph.get("context", ""))))


def of_lines(path: Path, rows: Sequence[Row]) -> PublicSet:
    """Lines of a question, its context and its answers. Contexts of one title are one document, others each their own.

    Raises UsageError naming the line where the answer does not stand in its context.
    """
    contexts: dict[str, dict[str, int]] = defaultdict(dict)
    questions = []
    for row in rows:
        values = row.values
        context = one_line(str(values.get("context") or ""))
        if not context.strip() or not str(values.get("question") or "").strip():
            raise fault(path, row.place, "question or context is empty", "Fill them in, or take the line out.")
        title = str(values.get("title") or "")
        name = file_name(f"{title}" if title else content_id(context)[:16])
        held = contexts[name]
        if context not in held:
            held[context] = sum(len(other) + len(_BETWEEN) for other in held)
        questions.append(_question(path, row, context, held[context], name))
    texts = {name: _BETWEEN.join(held) for name, held in contexts.items()}
    return PublicSet(path.stem, tuple(questions), texts)


def _question(path: Path, row: Row, context: str, at: int, name: str) -> Question:
    values: Mapping[str, Any] = row.values
    asked = " ".join(str(values["question"]).split())
    key = str(values.get("id") or row.place)
    given = values.get("answers") or []
    if isinstance(given, dict):  # as some libraries store it: a list of texts beside a list of places
        pairs = zip(given.get("text", ()), given.get("answer_start", ()), strict=False)
        given = [{"text": text, "answer_start": start} for text, start in pairs]
    if values.get("is_impossible") or not given:
        return Question(key, asked, language(asked), False, gold=(Gold(name),))
    golds, texts = [], []
    for answer in given:
        try:
            text, start = one_line(str(answer["text"])), int(answer["answer_start"])
        except (TypeError, KeyError, ValueError) as error:
            what = f"an answer is {str(answer)[:60]!r}, not a text with its place"
            raise fault(path, row.place, what, 'Write [{"text": "...", "answer_start": 0}].') from error
        if context[start : start + len(text)] != text or not text.strip():
            raise fault(path, row.place, f"the answer {text[:60]!r} does not stand at {start}", "Mend answer_start.")
        golds.append(Gold(name, start=at + start, end=at + start + len(text)))
        texts.append(text.strip())
    return Question(key, asked, language(asked), True, tuple(dict.fromkeys(texts)), tuple(dict.fromkeys(golds)))


@contextmanager
def shelved(
    public: PublicSet, folder: Path, count: Count, source: str, progress: Progress | None = None
) -> Iterator[tuple[Shelf, list[Draft]]]:
    """The set's documents as a library in `folder`, made where it is not there, and its questions as drafts of it."""
    with opened(folder, public, progress) as (_, asked):
        questions = asked.questions
    with shelf_opened(folder, count) as shelf:
        held: dict[str, list[Passage]] = defaultdict(list)
        for found in passages(shelf.library):
            held[found.hit.document].append(found.hit.passage)
        yield shelf, [_draft(question, held, source) for question in questions]


def _draft(question: Question, held: Mapping[str, Sequence[Passage]], source: str) -> Draft:
    document = question.gold[0].document if question.gold else question.id
    turns = tuple((turn.question, turn.answer) for turn in question.history)
    places = tuple(
        Place(gold.document, gold.start, gold.end)
        for gold in question.gold
        if gold.start is not None and gold.end is not None
    )
    around = (passage for place in places[:1] for passage in held[place.document] if _within(place, passage))
    way, kind = ("answered", "faq") if question.answerable else ("unanswerable", "unanswerable")
    return Draft(
        question.question,
        kind,
        way,  # type: ignore[arg-type]
        question.language,
        f"{source}:{document}",
        source,
        places if question.answerable else (),
        next(around, None),
        question.answers,
        turns,
        within=question.within,
    )


def _within(place: Place, passage: Passage) -> bool:
    return passage.start <= place.start and place.end <= passage.end
