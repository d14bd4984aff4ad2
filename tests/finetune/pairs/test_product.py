"""Pairs for the product's own task, made of a small folder laid out as the public sets are."""

from __future__ import annotations

from collections import Counter

from finetune.judge.examples import Example
from finetune.judge.readers import Sourced
from finetune.pairs.pair import Pair, made
from finetune.pairs.product import fewer_refusals, public_set
from finetune.pairs.settings import PairSettings

FIRST = "Sellmouth harbour opened in 1871.\nIts first master was Anna Brook."


def row(name: str, passage: str, answer: str | None, document: str, source: str = "squad2") -> Sourced:
    if answer is None:
        return Sourced(Example(name, "span", f"{name}?", passage, "unanswerable", source=source), document)
    start = passage.index(answer)
    example = Example(name, "span", f"{name}?", passage, "answerable", start, start + len(answer), source=source)
    return Sourced(example, document, (answer, answer.upper()))


def test_passages_of_one_document_are_one_text_and_places_move_with_them() -> None:
    rows = [
        row("a", FIRST, "Anna Brook", "squad2:Sellmouth"),
        row("b", "It burned oil.", "oil", "squad2:Sellmouth"),
        row("c", FIRST, None, "squad2:Sellmouth"),
        row("d", "It burned oil.", "oil", "cuad:x", "cuad"),
    ]
    public = public_set(rows)
    name, other = public.texts
    assert public.texts[name] == "Sellmouth harbour opened in 1871. Its first master was Anna Brook.\n\nIt burned oil."
    first, second, third, fourth = public.questions
    assert public.texts[name][first.gold[0].start : first.gold[0].end] == "Anna Brook"
    assert public.texts[name][second.gold[0].start : second.gold[0].end] == "oil"
    assert (first.answers, first.within) == (("Anna Brook", "ANNA BROOK"), ())
    assert (third.answerable, third.gold[0].document, third.gold[0].start) == (False, name, None)
    assert (fourth.gold[0].document, fourth.within) == (other, (other,))


def test_refusals_are_no_more_than_their_share_in_each_language() -> None:
    def pair(number: int, kind: str, language: str) -> Pair:
        return made(f"{number} {language}?", "A.", kind=kind, document="d", source="s", language=language)

    answered = [pair(number, "faq", "en") for number in range(70)] + [pair(number, "faq", "zh") for number in range(7)]
    few = [pair(number, "unanswerable", "en") for number in range(10)]
    many = [pair(number, "unanswerable", "zh") for number in range(20)]
    left_out: Counter[str] = Counter()
    kept = fewer_refusals([*many, *answered, *few], PairSettings(unanswerable=0.3), left_out)
    assert Counter((one.language, one.kind) for one in kept) == {
        ("en", "faq"): 70, ("zh", "faq"): 7, ("en", "unanswerable"): 10, ("zh", "unanswerable"): 3}  # fmt: skip
    assert left_out == {"more refusals than were asked for": 17}
