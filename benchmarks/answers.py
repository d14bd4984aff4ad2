"""How often an answer is right, rightly cited and verbatim, and how often it should have been "not found".

    python -m benchmarks.answers --data DATA --work /tmp/answers --sets squad2 cmrc --n 100
    python -m benchmarks.answers --data DATA --work /tmp/answers --sets squad2 --n 20 --draft

Through the real Assistant on dev items. Without --draft the answers are the quotes; with it the embedded model (or
the one of --model) phrases too, and quotes and answer are compared on the same evidence. Libraries are kept under
--work. One table, in Markdown, on standard output.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.answer_sets import SETS, AnswerSet, Case, load
from core.types import Answer, Citation, EvidenceFound, Filters, Hit, Sentence, SentenceChecked
from ingestion.chinese import fold
from rag.assistant import Assistant

COLUMNS = (
    "set | questions | right, quotes | right, answer | answered of unanswerable | wrongly not found | verbatim "
    "| passed the check | quote s | first token s | total s"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question. `quoted` and `told` say whether the quotes and the answer hold a gold text with a
    right citation; `drafted` counts the model's sentences that were shown, `supported` those in its own words."""

    answerable: bool
    answered: bool
    quoted: bool
    told: bool
    citations: int
    verbatim: int
    drafted: int
    supported: int
    quote_s: float
    first_token_s: float | None
    total_s: float


def main() -> None:
    """Measure what was asked for and print the table."""
    asked = _arguments()
    print(f"| {COLUMNS} |\n|---{'|--:' * COLUMNS.count('|')}|")
    for name in asked.sets:
        measured = reduced(load(asked.data, name), asked.n, asked.documents)
        folder = library_of(asked.work, measured)
        _settings(folder, asked)
        with Assistant.open(folder) as assistant:
            print(_row(name, [_outcome(assistant, case, measured) for case in measured.cases]), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with DEV_SPLIT.json")
    parser.add_argument("--work", type=Path, required=True, help="where libraries are made and kept")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--n", type=int, default=100, help="questions a set")
    parser.add_argument("--documents", type=int, default=80, help="documents a set")
    parser.add_argument("--draft", action="store_true", help="let the model phrase")
    parser.add_argument("--model", help="another model than the embedded one")
    parser.add_argument("--threshold", type=float, help="another confidence than the calibrated one")
    return parser.parse_args()


def reduced(whole: AnswerSet, n: int, documents: int) -> AnswerSet:
    """At most `n` cases and `documents` documents. Where each case is asked of one document, the documents are drawn
    first; otherwise the cases, and their documents are filled up with others."""
    dice = random.Random(0)
    names = sorted(whole.texts)
    if whole.cases[0].within:
        kept = set(dice.sample(names, min(documents, len(names))))
        cases = [case for case in whole.cases if set(case.documents) <= kept]
        cases = dice.sample(cases, min(n, len(cases)))
    else:
        cases = whole.sample(n).cases
        kept = {document for case in cases for document in case.documents}
        others = [name for name in names if name not in kept]
        kept |= set(dice.sample(others, min(len(others), max(0, documents - len(kept)))))
    return replace(whole, texts={name: whole.texts[name] for name in names if name in kept}, cases=cases)


def library_of(work: Path, measured: AnswerSet, part: str = "dev") -> Path:
    """The library of the set's documents, made unless it is there; what is there already is not read again."""
    folder = work / f"{measured.name}-{part}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pincite.toml").unlink(missing_ok=True)
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as source,
        Assistant.open(folder, create=True, language=measured.language) as assistant,
    ):
        held = {info.name for info in assistant.documents()}
        new = [name for name in measured.texts if name not in held]
        for name in new:
            (Path(source) / name).write_text(measured.texts[name], encoding="utf-8")
        failed = [result for result in assistant.add([Path(source)]) if result.status == "failed"] if new else []
        print(f"{measured.name}: {assistant.status()}, {time.perf_counter() - started:.0f} s", file=sys.stderr)
    for result in failed:
        print(result, file=sys.stderr)
    return folder


def _settings(folder: Path, asked: argparse.Namespace) -> None:
    lines = ["[answer]", f"draft = {str(asked.draft).lower()}"]
    lines += [] if asked.threshold is None else [f"threshold = {asked.threshold}"]
    lines += ["[engine]", f'model = "{asked.model}"'] if asked.model else []
    (folder / "pincite.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _outcome(assistant: Assistant, case: Case, measured: AnswerSet) -> Outcome:
    quoted: Sequence[Sentence] = ()
    phrased: list[Sentence] = []
    started = time.perf_counter()
    quote_s = 0.0
    answer: Answer | None = None
    for event in assistant.stream(case.question, case.history, Filters(documents=case.within)):
        match event:
            case EvidenceFound():
                quoted, quote_s = event.sentences, time.perf_counter() - started
            case SentenceChecked():
                phrased.append(event.sentence)
            case Answer():
                answer = event
    assert answer is not None
    citations = [citation for sentence in answer.sentences for citation in sentence.citations]
    return Outcome(
        bool(case.gold),
        answer.status == "answered",
        right(quoted, case, measured, answer.hits),
        right(answer.sentences, case, measured, answer.hits),
        len(citations),
        sum(_verbatim(assistant, citation) for citation in citations),
        len(phrased),
        sum(sentence.support == "supported" for sentence in phrased),
        quote_s or time.perf_counter() - started,
        answer.timings.first_token_s,
        answer.timings.total_s,
    )


def _verbatim(assistant: Assistant, citation: Citation) -> bool:
    text = assistant.document(citation.document_id).text
    return text[citation.start : citation.end] == citation.quote


def right(sentences: Sequence[Sentence], case: Case, measured: AnswerSet, hits: Sequence[Hit]) -> bool:
    """Whether the sentences hold a gold text, and a quote of a right document holds it too.

    Where gold is no literal span of the documents, whether a right place is cited: the section, or the document.
    """
    cited = [
        (sentence, citation)
        for sentence in sentences
        for citation in sentence.citations
        if citation.document in case.documents
    ]
    if case.headings:
        return any(_heading(citation, hits)[-1:] == case.headings for _, citation in cited)
    if not measured.spans:
        return bool(cited)
    return any(_told(gold, cited) for gold in case.gold)


def _heading(citation: Citation, hits: Sequence[Hit]) -> tuple[str, ...]:
    return next(
        hit.passage.heading
        for hit in hits
        if hit.passage.document_id == citation.document_id and hit.passage.start <= citation.start < hit.passage.end
    )


def _told(gold: str, cited: Sequence[tuple[Sentence, Citation]]) -> bool:
    """Each of the gold's parts in a sentence and its quote; or, of a long gold text, a whole quote inside it."""
    parts = [part for part in map(_bare, gold.replace("，", ",").split(",")) if part]
    if any(len(_bare(citation.quote)) > 20 and _bare(citation.quote) in _bare(gold) for _, citation in cited):
        return True
    held = [(_bare(sentence.text), _bare(citation.quote)) for sentence, citation in cited]
    return bool(parts) and all(any(part in text and part in quote for text, quote in held) for part in parts)


def _bare(text: str) -> str:
    return "".join(character for character in fold(text).lower() if character.isalnum())


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    able = [outcome for outcome in outcomes if outcome.answerable]
    unable = [outcome for outcome in outcomes if not outcome.answerable]
    first = [outcome.first_token_s for outcome in outcomes if outcome.first_token_s is not None]
    citations = sum(outcome.citations for outcome in outcomes)
    cells = [
        name,
        f"{len(able)} + {len(unable)}",
        _share([outcome.quoted for outcome in able]),
        _share([outcome.told for outcome in able]),
        _share([outcome.answered for outcome in unable]),
        _share([not outcome.answered for outcome in able]),
        f"{sum(outcome.verbatim for outcome in outcomes)} of {citations}",
        f"{sum(outcome.drafted for outcome in outcomes)}, {sum(outcome.supported for outcome in outcomes)} rephrased",
        f"{statistics.median(outcome.quote_s for outcome in outcomes):.2f}",
        f"{statistics.median(first):.2f}" if first else "",
        f"{statistics.median(outcome.total_s for outcome in outcomes):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else ""


if __name__ == "__main__":
    main()
