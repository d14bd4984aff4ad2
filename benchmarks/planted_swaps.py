"""Which planted swaps a check lets pass, and which harmless rewordings it stops, on documents kept for developing.

    python -m benchmarks.planted_swaps --data DATA
    python -m benchmarks.planted_swaps --data DATA --judge en=judge-en.onnx:tokenizer.json --judge zh=...

Sentences of dev contracts (CUAD), dev articles (SQuAD 2.0, DRCD) and CMRC are changed in their number, date, name,
negation or obligation, or put otherwise, and each claim is held against its sentence as the only quote: by the rules
(`rag.answer.check.supported`), by the judge (entailed from --entailed on passes; contradicted from --contradicted on is
caught outright), and by both as answers use them: what the rules pass falls where the judge contradicts it, what they
stop passes where figures, names and limiting words are the quote's own and the judge finds it entailed.

What is stopped is not lost: the quote that it points to is shown in its place (`rag.answer.answer.checked`). So the
last two columns say, with the sentences around it as further quotes and without a judge, how often its own sentence is
shown instead of it, and how often nothing of it, or another sentence.

The judge has seen claims made by rules (`finetune.judge.made_claims`), so nothing of those rules is used here. Numbers
get random digits; names give way to invented ones; denials are "never", "no longer", "hardly", 并非, not "not"; duties
are turned with "is free to", "has no duty to", 有权选择是否; and the rewordings are of other kinds: a lead-in, a
time put first, other words from another list, "is under a duty to" for "shall". What both share is the language.
--trained plants the rewordings of those rules as well, for the rules alone: contractions, dates and numbers in another
form, circumstances moved, clauses by themselves.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.planted_kinds import HARMLESS, SWAPS, Plant
from core.types import Hit, Passage
from core.weights import sha256_of
from finetune.judge import chinese_claims, rewordings
from finetune.judge.swaps import Change, Said
from ingestion.sentences import sentence_spans
from rag.answer.align import nearest_by_words, plain
from rag.answer.answer import Evidence, checked
from rag.answer.check import contradicted, entailed, findings, supported
from rag.answer.confidence import Features
from rag.answer.evidence import Quote
from rag.embedding.base import Embedder, Vectors
from rag.embedding.minilm import MiniLM
from rag.embedding.use import MultilingualUSE
from rag.judge.judge import Judge
from rag.judge.open import Judges, Language
from rag.judge.profile import Profile

PER_KIND = 60
"""Sentences of each set that a kind is planted in, at most."""
LENGTHS: dict[Language, tuple[int, int]] = {"en": (40, 350), "zh": (12, 140)}


@dataclass(frozen=True, slots=True)
class Claim:
    """What is held against `sentence`; `swap` where it says something else."""

    source: str
    language: Language
    kind: str
    swap: bool
    text: str
    sentence: str
    around: tuple[str, ...] = ()
    """Other sentences from where it stands."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Who lets the claim pass; None for a judge that there is not."""

    rules: bool
    judge: bool | None
    outright: bool | None
    """Not contradicted outright by the judge."""
    both: bool | None
    replaced: bool = False
    """Its sentence is shown instead."""
    lost: bool = False
    """Neither it nor its sentence is shown."""
    broken: tuple[str, ...] = ()
    """The rules that the claim does not keep, where it is stopped by them."""


_EN, _ZH = rewordings, chinese_claims
TRAINED: dict[Language, tuple[Change, ...]] = {
    "en": (_EN.contraction, _EN.number_form, _EN.date_form, _EN.article, _EN.moved, _EN.duty, _EN.unbracketed,
           _EN.plainer, _EN.clause, _EN.synonym),
    "zh": (_ZH.number_form, _ZH.date_form, _ZH.duty, _ZH.without_de, _ZH.other_script, _ZH.plainer, _ZH.clause,
           _ZH.synonym),
}  # fmt: skip
"""Rewordings that judges are trained on."""


def main() -> None:
    """Print the table, a row for each kind in each language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judge", action="append", default=[], metavar="LANGUAGE=MODEL:TOKENIZER")
    parser.add_argument("--entailed", type=float, default=0.5)
    parser.add_argument("--contradicted", type=float, default=0.5)
    parser.add_argument("--trained", action="store_true", help="plant what judges are trained on, for the rules alone")
    parser.add_argument("--out", type=Path, help="also write every claim with what became of it, as JSONL")
    asked = parser.parse_args()
    given = dict(one.split("=", 1) for one in asked.judge)
    made = list(claims(asked.data, random.Random(7)))
    verdicts: list[Passed] = []
    encoders: dict[Language, Embedder] = {"en": MiniLM(), "zh": MultilingualUSE()}
    for language in ("en", "zh"):
        judge = open_judge(language, given.get(language), asked.entailed, asked.contradicted)
        verdicts += [passed(claim, judge, encoders[language]) for claim in made if claim.language == language]
    if asked.trained:
        known = list(trained_on(asked.data, random.Random(11)))
        made, verdicts = (
            [*made, *known],
            [*verdicts, *(passed(claim, None, encoders[claim.language]) for claim in known)],
        )
    report(made, verdicts)
    if asked.out:
        rows = (
            {**{name: getattr(thing, name) for thing in pair for name in type(thing).__slots__}}
            for pair in zip(made, verdicts, strict=True)
        )
        asked.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def open_judge(language: Language, files: str | None, least_entailed: float, least_contradicted: float) -> Judge | None:
    """The judge in the files that were given, with these thresholds; else the shipped one with its own; else None."""
    if files is None:
        return Judges().of(language)
    model, tokenizer = map(Path, files.split(":"))
    profile = Profile(language, sha256_of(model), 1.0, 0.0, 0.0, {}, (), 0.0, least_contradicted, least_entailed)
    return Judge(model, tokenizer, profile)


def claims(data: Path, dice: random.Random) -> Iterator[Claim]:
    """The claims of every set, English first."""
    for source, language, texts in sets(data):
        found = [one for text in texts for one in sentences(text, language)]
        dice.shuffle(found)
        for kinds, swap in ((SWAPS[language], True), (HARMLESS[language], False)):
            for kind, plant in kinds.items():
                yield from planted(source, language, kind, swap, plant, found, dice)
        for sentence, near in found[:PER_KIND]:
            yield Claim(source, language, "verbatim", False, sentence, sentence, _around(near))


def trained_on(data: Path, dice: random.Random) -> Iterator[Claim]:
    """The claims of every set that are reworded as those which judges are trained on."""
    for source, language, texts in sets(data):
        found = [one for text in texts for one in sentences(text, language)]
        dice.shuffle(found)
        for change in TRAINED[language]:
            kind = f"{change.__name__.replace('_', ' ')} (trained)"
            yield from planted(source, language, kind, False, _plant(change, source == "cuad"), found, dice)


def _plant(change: Change, rules: bool) -> Plant:
    return lambda text, near, dice: change(Said(text, rules=rules), dice)


def planted(
    source: str,
    language: Language,
    kind: str,
    swap: bool,
    plant: Plant,
    found: Sequence[tuple[str, str]],
    dice: random.Random,
) -> Iterator[Claim]:
    """Claims of one kind out of the first sentences that allow it."""
    count = 0
    for sentence, near in found:
        made = plant(sentence, near, dice)
        if made and made != sentence:
            yield Claim(source, language, kind, swap, made, sentence, _around(near))
            count += 1
        if count == PER_KIND:
            return


def _around(near: str) -> tuple[str, ...]:
    """Two sentences from the middle of the text around a sentence, which is where it was."""
    places = sentence_spans(near)
    first = max(0, len(places) // 2 - 1)
    return tuple(" ".join(near[start:end].split()) for start, end in places[first : first + 2])


def sets(data: Path) -> Iterator[tuple[str, Language, list[str]]]:
    """Each set's name, language and texts; dev items only."""
    split = json.loads((data / "DEV_SPLIT.json").read_text(encoding="utf-8"))
    contracts = next(items for name, items in split.items() if name.startswith("01_contracts_cuad"))
    folder = data / "01_contracts_cuad"
    yield "cuad", "en", [(folder / name).read_text(encoding="utf-8") for name in contracts]
    for name, language, file in (
        ("squad2", "en", "03_manuals_qa/squad2/squad2.json"),
        ("drcd", "zh", "04_chinese_qa/drcd/DRCD_dev.json"),
    ):
        dev = next(items for key, items in split.items() if key.startswith(file))
        yield name, language, _contexts(data / file, set(dev))  # type: ignore[misc]
    yield "cmrc", "zh", _contexts(data / "04_chinese_qa/cmrc2018/cmrc2018_trial.json", None)


def _contexts(path: Path, titles: set[str] | None) -> list[str]:
    table = json.loads(path.read_text(encoding="utf-8"))
    articles = table["data"] if isinstance(table, dict) else table
    found = []
    for article in articles:
        if titles is not None and article["title"] not in titles:
            continue
        found += [one["context"] for one in article["paragraphs"]] if "paragraphs" in article else [_text(article)]
    return found


def _text(article: dict[str, str]) -> str:
    return article.get("context_text") or article["context"]


def sentences(text: str, language: Language) -> Iterator[tuple[str, str]]:
    """Whole sentences, each with the text around it."""
    least, most = LENGTHS[language]
    for start, end in sentence_spans(text):
        sentence = " ".join(text[start:end].split())
        whole = sentence[-1] == "。" if language == "zh" else _prose(sentence)
        if least <= len(sentence) <= most and whole:
            yield sentence, text[max(0, start - 1500) : start] + text[end : end + 1500]


def _prose(sentence: str) -> bool:
    letters = sum(character.isalpha() for character in sentence) > 0.72 * len(sentence)
    return (
        letters
        and sentence[0].isupper()
        and sentence[-1] == "."
        and not re.search(r"\*\*|__|[A-Z]{5,} [A-Z]{5,}|\|", sentence)
    )


def passed(claim: Claim, judge: Judge | None, encoder: Embedder) -> Passed:
    """Who lets it pass, its sentence being the only quote; and what is shown where it is one of several."""
    quote = _quote(claim.sentence)
    ruled = supported(claim.text, [quote])
    tie = nearest_by_words(plain(claim.text), [quote])
    broken = tuple(one.rule for one in findings(tie) if not one.ok) if ruled is None and tie else ()
    instead = _instead(claim, encoder) if ruled is None else (ruled == quote.sentence, False)
    if judge is None:
        return Passed(ruled is not None, None, None, None, *instead, broken)
    (verdict,) = judge.check([(claim.text, claim.sentence)])
    if ruled is not None:
        both = not contradicted(ruled, [quote], judge)
    else:
        both = entailed(claim.text, [quote], judge) is not None
    return Passed(
        ruled is not None,
        verdict.entailed >= (judge.profile.entailed_from or 0.5),
        verdict.contradicted < (judge.profile.contradicted_from or 0.5),
        both,
        *instead,
        broken,
    )


def _quote(sentence: str, document: str = "d", vector: Vectors | None = None) -> Quote:
    hit = Hit(Passage(document, 0, len(sentence), sentence), document, "text/plain", 1.0)
    return Quote(hit, 0, len(sentence), vector=vector)


@cache
def _vector(sentence: str, encoder: Embedder) -> Vectors:
    (vector,) = encoder.embed([sentence])
    return vector


def _instead(claim: Claim, encoder: Embedder) -> tuple[bool, bool]:
    """Whether its sentence is shown in its place, and whether neither of the two is."""
    texts = (claim.sentence, *claim.around)
    quotes = tuple(_quote(text, f"{at}", _vector(text, encoder)) for at, text in enumerate(texts))
    hits = tuple(quote.hit for quote in quotes)
    evidence = Evidence("", claim.language, hits, quotes, Features(1.0, 1.0, 0.0, 0.0), 1.0, True)
    shown = list(checked([claim.text], evidence, encoder))
    replaced = quotes[0].sentence in shown
    own = any(sentence.support == "supported" for sentence in shown)
    return replaced and not own, not replaced and not own


def report(made: Sequence[Claim], verdicts: Sequence[Passed]) -> None:
    """Shares as Markdown: of swaps those that are caught, of the rest those that are stopped for nothing."""
    groups: dict[tuple[str, bool, str], list[Passed]] = defaultdict(list)
    for claim, verdict in zip(made, verdicts, strict=True):
        alike = "all swaps" if claim.swap else "" if claim.kind == "verbatim" else "all rewordings"
        for kind in (claim.kind, "" if claim.kind.endswith("(trained)") else alike):
            if kind:
                groups[claim.language, claim.swap, kind].append(verdict)
    columns: list[tuple[str, Callable[[Passed], bool | None]]] = [
        ("rules", lambda one: one.rules),
        ("judge not sure it follows", lambda one: one.judge),
        ("judge contradicts", lambda one: one.outright),
        ("both, as answers use them", lambda one: one.both),
        ("its sentence shown instead", lambda one: not one.replaced),
        ("nothing of it shown", lambda one: not one.lost),
    ]
    print("| language | planted | stopped is | n | " + " | ".join(name for name, _ in columns) + " | broken |")
    print("| --- | --- | --- | ---: |" + " ---: |" * len(columns) + " --- |")
    for (language, swap, kind), group in sorted(
        groups.items(), key=lambda one: (one[0][0], not one[0][1], one[0][2] == "verbatim", one[0][2].startswith("all"))
    ):
        broken = Counter(rule for one in group for rule in one.broken).most_common()
        cells = [*(_share(group, value) for _, value in columns), ", ".join(f"{rule} {n}" for rule, n in broken)]
        print(f"| {language} | {kind} | {'right' if swap else 'a false alarm'} | {len(group)} | {' | '.join(cells)} |")


def _share(group: Sequence[Passed], value: Callable[[Passed], bool | None]) -> str:
    stopped = [not value(one) for one in group if value(one) is not None]
    return f"{sum(stopped) / len(stopped):.3f}" if stopped else "-"


if __name__ == "__main__":
    main()
