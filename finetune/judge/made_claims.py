"""Makes claims out of sentences of public documents: sentences kept or put otherwise, and sentences with planted swaps.

    python -m finetune.judge.made_claims --data DATA --out DIR

writes DIR/en-claims.jsonl and DIR/zh-claims.jsonl to train on, en-claims-held.jsonl and zh-claims-held.jsonl of other
documents to measure on. The rule that made a row is the last part of its id.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from finetune.judge import chinese_claims, denials, rewordings, row_claims, swaps
from finetune.judge.examples import Example, write
from finetune.judge.readers import DRCD, SQUAD2, TRAINING, dev_items, lines, table
from finetune.judge.swaps import Change, Said
from ingestion.sentences import sentence_spans

ROWS = {"en": 14000, "zh": 8000}
"""Rows to train on in each language."""
ROW_SHARE = 0.04
"""Rows about rows of tables, in English, on top of the others, as a share of them."""
HELD_ROWS = 600
"""Rows of the documents that are held out, in each language."""
LENGTHS = {"en": (40, 420), "zh": (12, 160)}
"""Characters of a sentence that claims are made of, at least and at most."""

KINDS: Mapping[str, tuple[str, float]] = {
    "claim-kept": ("entailment", 0.15),
    "claim-kept-clause": ("entailment", 0.08),
    "claim-kept-reworded": ("entailment", 0.24),
    "claim-kept-detail-dropped": ("entailment", 0.03),
    "claim-number-swapped": ("contradiction", 0.08),
    "claim-date-swapped": ("contradiction", 0.06),
    "claim-name-swapped": ("contradiction", 0.08),
    "claim-negated": ("contradiction", 0.08),
    "claim-obligation-swapped": ("contradiction", 0.06),
    "claim-antonym": ("contradiction", 0.05),
    "claim-qualifier-dropped": ("neutral", 0.02),
    "claim-other-sentence": ("neutral", 0.04),
    "claim-detail-added": ("neutral", 0.03),
}
"""Of each kind its label and its share of the rows."""

_EN, _ZH = swaps, chinese_claims
CHANGES: Mapping[str, Mapping[str, tuple[Change, ...]]] = {
    "en": {
        "claim-kept-clause": (rewordings.clause, rewordings.told),
        "claim-kept-reworded": (
            rewordings.date_form,
            rewordings.moved,
            rewordings.contraction,
            rewordings.article,
            rewordings.number_form,
            rewordings.duty,
            rewordings.unbracketed,
            rewordings.synonym,
            rewordings.plainer,
        ),
        "claim-number-swapped": (_EN.number_swapped,),
        "claim-date-swapped": (_EN.date_swapped,),
        "claim-name-swapped": (_EN.name_swapped,),
        "claim-negated": (denials.negated,),
        "claim-obligation-swapped": (denials.obligation_swapped,),
        "claim-antonym": (denials.antonym,),
        "claim-qualifier-dropped": (denials.qualifier_dropped,),
        "claim-detail-added": (denials.detail_added,),
    },
    "zh": {
        "claim-kept-clause": (_ZH.clause,),
        "claim-kept-reworded": (
            _ZH.date_form,
            _ZH.duty,
            _ZH.number_form,
            _ZH.synonym,
            _ZH.without_de,
            _ZH.other_script,
            _ZH.plainer,
        ),
        "claim-number-swapped": (_ZH.number_swapped,),
        "claim-date-swapped": (_ZH.date_swapped,),
        "claim-name-swapped": (_ZH.name_swapped,),
        "claim-negated": (_ZH.negated,),
        "claim-obligation-swapped": (_ZH.obligation_swapped,),
        "claim-antonym": (_ZH.antonym,),
        "claim-qualifier-dropped": (_ZH.qualifier_dropped,),
        "claim-detail-added": (_ZH.detail_added,),
    },
}
"""What makes a claim of each kind in each language; the kinds that are not named are made here."""

_SELDOM: Mapping[Change, float] = {
    rewordings.duty: 0.6,
    rewordings.number_form: 0.7,
    rewordings.synonym: 0.5,
    rewordings.plainer: 0.1,
    chinese_claims.without_de: 0.4,
    chinese_claims.other_script: 0.4,
    chinese_claims.plainer: 0.15,
}
"""Chance that a change is tried which many sentences allow, so that it does not crowd out the others. They are tried in
their order, what few sentences allow first."""
_EITHER_WAY = frozenset(
    "claim-number-swapped claim-date-swapped claim-name-swapped claim-negated claim-antonym claim-kept-reworded".split()
)
"""Kinds whose label holds the other way round too: then the claim is the document's sentence and the span the made one,
so that nothing in a claim alone tells what was made."""
_TURNED, _WITHIN, _STACKED = 0.3, 0.35, 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """A sentence with the sentences around it; `document` groups what must not be on both sides of a split."""

    source: str
    document: str
    sentence: str
    before: str
    after: str
    near: tuple[str, ...]
    rules: bool = False

    @property
    def said(self) -> Said:
        """The sentence as the changes take it."""
        return Said(self.sentence, self.near, self.rules)


def main() -> None:
    """Write what was asked for, and print what it is made of."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for language in ("en", "zh"):
        dice = random.Random(asked.seed)
        every = places(asked.data, language, dice)
        for name, held, rows in (("", False, ROWS[language]), ("-held", True, HELD_ROWS)):
            made = claims([place for place in every if is_held(place.document) == held], language, rows, dice)
            if language == "en":
                made += row_claims.claims(reports(asked.data, held), dice)[: round(ROW_SHARE * rows)]
            dice.shuffle(made)
            write(asked.out / f"{language}-claims{name}.jsonl", made)
            sys.stdout.write(f"{language}-claims{name}: {len(made)} rows\n")
            for (kind, label), count in sorted(Counter((one.kind, one.label) for one in made).items()):
                sys.stdout.write(f"  {count:6} {kind} {label}\n")


def is_held(document: str) -> bool:
    """Whether a document is held out: one in sixteen, always the same ones."""
    return hashlib.sha256(document.encode()).digest()[0] < 16


def places(data: Path, language: str, dice: random.Random) -> list[Place]:
    """The sentences that claims are made of, the sources taking turns, so that each has its part."""
    shuffled: list[list[Place]] = []
    for source in (_english(data) if language == "en" else _chinese(data, dice)).values():
        found = list(chain.from_iterable(_places(*one, language=language) for one in source))
        dice.shuffle(found)
        shuffled.append(found)
    return [place for turn in zip_longest(*shuffled) for place in turn if place is not None]


Text = tuple[str, str, str, bool]
"""A source, a document, one of its texts, and whether it lays down what shall be done."""


def _english(data: Path) -> dict[str, list[Text]]:
    contracts: list[Text] = []
    for contract in lines(data / "01_contracts_cuad" / "cuad_qa.jsonl"):
        if contract["split"] == "train":
            text = (data / "01_contracts_cuad" / contract["contract_txt"]).read_text(encoding="utf-8")
            contracts += [("cuad", contract["contract_txt"], piece, True) for piece in _pieces(text)]
    manuals: list[Text] = []
    for path in sorted((data / "03_manuals_qa" / "emanual_other").glob("*.json")):
        sections = table(path).values()
        manuals += [("manuals", f"{path.stem}:{one['title']}", "\n".join(one["text"]), True) for one in sections]
    told = [
        ("tatqa", report["table"]["uid"], "\n".join(part["text"] for part in report["paragraphs"]), False)
        for held in (False, True)
        for report in reports(data, held)
    ]
    return {
        "cuad": contracts,
        "more-cuad": contracts,
        "manuals": manuals,
        "squad2": _articles(data, SQUAD2),
        "wiki": _contexts(data, "qa_squadshifts_new_wiki"),
        "tatqa": told,
        "qed": _contexts(data, "qa_qed_dev"),
        "covid": _contexts(data, "qa_covidqa_windows"),
    }


def reports(data: Path, held: bool) -> list[dict[str, Any]]:
    """The financial reports to train on, or those held out."""
    dev = dev_items(data, "10_finance_qa/tatqa")
    every = table(data / "10_finance_qa" / "tatqa" / "tatqa_dataset_dev.json")
    names = [(report["table"]["uid"], report) for report in every]
    return [report for name, report in names if name not in dev and is_held(name) == held]


def _chinese(data: Path, dice: random.Random) -> dict[str, list[Text]]:
    # The judge meets Traditional and Simplified characters, so every other article is given in either.
    drcd = [
        (source, document, chinese_claims.simplified(text) if is_simplified(document) else text, rules)
        for source, document, text, rules in _articles(data, DRCD)
    ]
    return {
        "drcd": drcd,
        "squad": _contexts(data, "qa_zh_chinesesquad2_dev"),
        "law": _law(data, "lawbench_1-1_statute_recitation.jsonl", "answer"),
        "rulings": _law(data, "lawbench_2-5_reading_comprehension.jsonl", "question"),
    }


def is_simplified(document: str) -> bool:
    """Whether a Traditional article is given in Simplified characters: one in two."""
    return hashlib.sha256(document.encode()).digest()[1] % 2 == 0


def _law(data: Path, file: str, field: str) -> list[Text]:
    dev = dev_items(data, file)
    return [
        (
            "lawbench",
            item["id"],
            re.sub(r"^(?:答案|段落)[:：]", "", item[field].partition("问题:")[0]),
            field == "answer",
        )
        for item in lines(data / "04_chinese_qa" / "lawbench" / file)
        if item["id"] not in dev
    ]


def _contexts(data: Path, source: str) -> list[Text]:
    titles = {
        item["context"]: item.get("title") or item["context"][:40]
        for item in lines(data / TRAINING / f"{source}.jsonl")
    }
    return [(source, title, _joined(context), False) for context, title in titles.items()]


def _joined(text: str) -> str:
    """Text that was cut into words put together again: "1995 ." as "1995."."""
    return re.sub(r"(?<=[(“]) ", "", re.sub(r" (?=[,.;:!?)%”]|['’]s\b|n['’]t\b)", "", text))


def _articles(data: Path, file: str) -> list[Text]:
    dev = dev_items(data, Path(file).name)
    return [
        (Path(file).stem, article["title"], paragraph["context"], False)
        for article in table(data / file)["data"]
        if article["title"] not in dev
        for paragraph in article["paragraphs"]
    ]


def _pieces(text: str) -> list[str]:
    """A long text in stretches of some thousand characters, cut between sentences, so that names stay near."""
    pieces: list[str] = [""]
    for start, end in sentence_spans(text):
        pieces[-1] += f" {' '.join(text[start:end].split())}"
        if len(pieces[-1]) > 3000:
            pieces.append("")
    return pieces


def _places(source: str, document: str, text: str, rules: bool, *, language: str) -> Iterator[Place]:
    sentences = [" ".join(text[start:end].split()).lstrip(",，；; ") for start, end in sentence_spans(text)]
    least, most = LENGTHS[language]
    for at, sentence in enumerate(sentences):
        if least <= len(sentence) <= most and _whole(sentence, language):
            before = sentences[at - 1] if at else ""
            after = sentences[at + 1] if at + 1 < len(sentences) else ""
            near = tuple(other for other in sentences[max(0, at - 8) : at + 9] if other != sentence)
            yield Place(source, document, sentence, before[-most:], after[:most], near, rules)


def _whole(sentence: str, language: str) -> bool:
    """Whether it reads as a sentence: begins and ends as one, with more words than figures and marks."""
    if language == "zh":
        return sentence[-1] in "。；;！”」" and len(re.findall("[一-鿿]", sentence)) > 0.6 * len(sentence)
    letters = sum(character.isalpha() for character in sentence)
    begins = sentence[0].isupper() or sentence[0] in '"“('
    ends = sentence[-1] in '.;"”' and sentence.count("(") == sentence.count(")")
    return bool(begins and ends and letters > 0.72 * len(sentence) and not _LITTER.search(sentence))


_LITTER = re.compile(
    r"\*\*|\[\*|__|Source:|Confidential|CONFIDENTIAL|\bPage \d|[A-Z]{4,} [A-Z]{4,} [A-Z]{4,}| \d+(?:\.\d+)*\.$|\|"
)
"""What page heads, blanks and numbers of clauses leave in a sentence."""


def claims(every: Sequence[Place], language: str, rows: int, dice: random.Random) -> list[Example]:
    """At most `rows` examples, each kind up to its share; of one sentence at most one that it bears out and one that it
    does not, so that the sentence alone never tells."""
    wanted = {kind: round(share * rows) for kind, (_, share) in KINDS.items()}
    left = dict(wanted)
    made: dict[tuple[str, str], Example] = {}
    for place in every:
        borne = [kind for kind in left if left[kind] and KINDS[kind][0] == "entailment"]
        other = [kind for kind in left if left[kind] and KINDS[kind][0] != "entailment"]
        if not borne and not other:
            break
        for kinds in (borne, other):
            # the kind that lacks most goes first
            for kind in sorted(kinds, key=lambda kind: -left[kind] / wanted[kind] * dice.uniform(0.7, 1)):
                example = make(place, kind, language, dice)
                if example and (example.question, example.passage) not in made:
                    made[example.question, example.passage] = example
                    left[kind] -= 1
                    break
    return list(made.values())


def make(place: Place, kind: str, language: str, dice: random.Random) -> Example | None:
    """One claim of this kind about the sentence; None where it cannot be made of it."""
    text = place.sentence
    if kind == "claim-other-sentence":
        others = [
            one for one in (place.before, place.after) if len(one) > 30 - 20 * (language == "zh") and one not in text
        ]
        return _example(place, kind, "neighbour", dice.choice(others), text, language) if others else None
    if kind == "claim-kept":
        return _kept(place, kind, language, dice)
    if kind == "claim-kept-detail-dropped":
        longer = CHANGES[language]["claim-detail-added"][0](place.said, dice)
        return (
            _example(place, kind, "detail", text, _within(place, longer, language, dice), language) if longer else None
        )
    for change in CHANGES[language][kind]:
        if dice.random() > _SELDOM.get(change, 1):
            continue
        base = _base(place, kind, language, dice)
        new = change(Said(base, place.near, place.rules), dice)
        if not new or _same(new, base) or _same(new, text):
            continue
        if kind in _EITHER_WAY and base == text and dice.random() < _TURNED:
            return _example(
                place, kind, f"{change.__name__}:turned", text, _within(place, new, language, dice), language
            )
        return _example(place, kind, change.__name__, new, _within(place, text, language, dice), language)
    return None


def _kept(place: Place, kind: str, language: str, dice: random.Random) -> Example:
    """The sentence itself; now and then a changed one against itself, so that it is the comparison that counts."""
    text, name = place.sentence, "verbatim"
    if dice.random() < 0.25:
        swap = dice.choice(
            [key for key, (label, _) in KINDS.items() if label != "entailment" and key in CHANGES[language]]
        )
        text, name = CHANGES[language][swap][0](place.said, dice) or text, "verbatim:changed"
    return _example(place, kind, name, text, _within(place, text, language, dice), language)


def _base(place: Place, kind: str, language: str, dice: random.Random) -> str:
    """What a change is made to: the sentence, or sometimes it or its first clause in other words."""
    if kind in ("claim-qualifier-dropped", "claim-detail-added", "claim-kept-clause") or dice.random() > _STACKED:
        return place.sentence
    known = CHANGES[language]
    change = dice.choice([*known["claim-kept-clause"][:1] * 3, *known["claim-kept-reworded"]])
    return change(place.said, dice) or place.sentence


def _same(one: str, other: str) -> bool:
    return one.strip(" .;。；") == other.strip(" .;。；") and one[-1:] == other[-1:]


def _within(place: Place, text: str, language: str, dice: random.Random) -> str:
    """The sentence as a span: alone, or with one or both neighbours."""
    if dice.random() > _WITHIN:
        return text
    between = "" if language == "zh" else " "
    before = place.before if dice.random() < 0.6 else ""
    after = place.after if dice.random() < 0.6 else ""
    return between.join(part for part in (before, text, after) if part)


def _example(place: Place, kind: str, rule: str, claim: str, span: str, language: str) -> Example:
    number = hashlib.sha256(place.sentence.encode()).hexdigest()[:8]
    name = f"made:{place.source}:{number}:{kind}:{rule}"
    return Example(name, "entailment", claim, span, KINDS[kind][0], None, None, kind, place.source, language)


if __name__ == "__main__":
    main()
