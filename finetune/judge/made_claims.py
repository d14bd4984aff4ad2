"""Makes claims out of sentences of public documents: sentences kept or put otherwise, and sentences with planted swaps.

    python -m finetune.judge.made_claims --data DATA --out DIR

writes DIR/en-claims.jsonl and DIR/zh-claims.jsonl to train on, en-claims-held.jsonl and zh-claims-held.jsonl of other
documents to measure on. The rule that made a row is the last part of its id.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from finetune.judge import chinese_claims, denials, rewordings, row_claims, swaps
from finetune.judge.claim_sources import Place, places, reports
from finetune.judge.examples import Example, write
from finetune.judge.held import held
from finetune.judge.swaps import Change, Said

ROWS = {"en": 14000, "zh": 8000}
"""Rows to train on in each language."""
ROW_SHARE = 0.04
"""Rows about rows of tables, in English, on top of the others, as a share of them."""
HELD_ROWS = 600
"""Rows of the documents that are held out, in each language."""
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
_TURNED, _HEADED, _WITHIN, _STACKED = 0.3, 0.3, 0.35, 0.25


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
        for name, kept_back, rows in (("", False, ROWS[language]), ("-held", True, HELD_ROWS)):
            made = claims([place for place in every if held(place.document) == kept_back], language, rows, dice)
            if language == "en":
                made += row_claims.claims(reports(asked.data, kept_back), dice)[: round(ROW_SHARE * rows)]
            dice.shuffle(made)
            write(asked.out / f"{language}-claims{name}.jsonl", made)
            sys.stdout.write(f"{language}-claims{name}: {len(made)} rows\n")
            for (kind, label), count in sorted(Counter((one.kind, one.label) for one in made).items()):
                sys.stdout.write(f"  {count:6} {kind} {label}\n")


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
    """The sentence as a span: alone, behind its heading as quotes are checked, or with one or both neighbours."""
    if place.title and dice.random() < _HEADED:
        return f"{place.title.replace('_', ' ')}: {text}"
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
