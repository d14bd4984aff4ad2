"""English sentences changed so that they say something else: another number, another date, another name."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingestion.quantities import dates, numbers_in_words


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence to be changed. `near` are other texts of the same document, where other names and numbers are taken
    from; `rules` tells that the text lays down what shall be done: a contract, a manual, a statute."""

    text: str
    near: tuple[str, ...] = ()
    rules: bool = False


Change: TypeAlias = Callable[[Said, random.Random], str | None]
"""The sentence changed, or None where it holds nothing that the change is about."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands at `start` to `end`; `worded` where it is in words, `twice` where digits follow in "
    "brackets."""

    start: int
    end: int
    value: str
    worded: bool = False
    twice: bool = False


_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_RANKS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_RANK = re.compile(r"(?<=the )[a-z]+(?= [a-z]+)(?! (?:time|place|of|half|quarter|person|party)\b)")
_DIGITS = re.compile(r"(?<![\w.,/()\[-])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w/-]|[.,:]\d)")
_REFERRING = re.compile(
    r"(?:section|sections|article|articles|exhibit|schedule|clause|paragraph|chapter|no\.?|page|figure|fig\.?|table|"
    r"rule|part|item|appendix|annex|version|note|grade|level|type|form|phase|#)s?"
    r"(?: [\d.()a-z]+,? (?:or|and|to|through))?\s*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\w.,$/-])(?:1[0-9]\d\d|20[0-3]\d)(?=s?\b)(?![,.]\d|%)")
_RAISED = re.compile(
    r"(?:more than|over|at least|exceed\w*|minimum of|less than|fewer than|above|another) \$?\s*$", re.IGNORECASE
)
_LOWERED = re.compile(r"(?:up to|at most|maximum of|below|under|not exceed\w*|not more than) \$?\s*$", re.IGNORECASE)
_LOWER_FIRST = re.compile(r"(?<!not )(?<!no )(?:less|fewer) than \$?\s*$", re.IGNORECASE)
_UNITS = (
    "days/months months/years weeks/months hours/days minutes/hours seconds/minutes year/month month/week day/week "
    "hour/minute years/months inches/feet feet/miles miles/kilometers km/m mm/cm kg/g grams/kilograms MB/GB "
    "million/billion "
    "thousand/million percent/dollars pounds/tons meters/kilometers metres/kilometres"
).split()
_UNIT: dict[str, str] = {}
for _unit, _other in (_pair.split("/") for _pair in _UNITS):
    _UNIT.setdefault(_unit, _other)
    _UNIT.setdefault(_other, _unit)
_COUNTED = re.compile(
    r"(?:(?<=\d)|(?<=\d[ -])|(?<=\) )|(?<=\b(?:two|ten|six) )|(?<=\b(?:five|four|nine) )|(?<=\b(?:three|seven|eight) )"
    r"|(?<=\b(?:thirty|twenty|ninety) ))(?P<unit>" + "|".join(sorted(_UNIT, key=len, reverse=True)) + r")\b"
)
MONTHS = "January February March April May June July August September October November December".split()
_MONTH = re.compile(r"\b(" + "|".join(MONTHS) + r")\b(?= \d|,? \d{4}|\s+of\b)|(?<=\bin )(" + "|".join(MONTHS) + r")\b")
_NAME = re.compile(
    r"\b[A-Z][\w'’&.-]*\w(?: (?:of (?:the )?|de |von |van |& )?[A-Z][\w'’&.-]*\w)*(?:,? (?:Inc|Ltd|LLC|Corp|Co)\b\.?)?"
)
_NOT_NAMES = frozenset(
    (
        "The A An This That These Those It Its In On At By For From To If When Where While Each Every All Any No "
        "Such He "
        "She They We You I His Her Their Our Your There Here However But And Or As After Before Upon Unless Under "
        "Except "
        "Subject Neither Nothing Either Both Some Many Most Not Then Thus Please Do What Who Why How Which With "
        "Without "
        "Within During Since Although Because Also Moreover Therefore Monday Tuesday Wednesday Thursday Friday "
        "Saturday "
        "Sunday English God Internet TV I'm I've It's Additionally Furthermore Today Another Other More Two Three"
    ).split()
) | frozenset(MONTHS)
ROLES = frozenset(
    (
        "Buyer Seller Licensor Licensee Company Customer Supplier Distributor Manufacturer Franchisee Franchisor "
        "Contractor "
        "Client Consultant Agent Principal Lender Borrower Landlord Tenant Purchaser Vendor Provider Recipient Sponsor "
        "Affiliate Reseller Developer Owner Operator Shipper Transporter Executive Employer Employee Investor Trustee "
        "Advisor Adviser Publisher Subscriber Producer Host Member Manager"
    ).split()
)
_ROLE = re.compile(r"(?<![\w-])(?:" + "|".join(sorted(ROLES)) + r")\b")
_FIRM = re.compile(r"\b(?:[A-Z][\w&'-]+ ){1,4}(?:Inc|Ltd|LLC|Corp|Corporation|Limited|L\.P|LP)\b\.?")
_JOINED = re.compile(r"^[\s,;/&]*(?:and|or|with|nor|versus|vs\.?|to each other)?[\s,]*(?:the )?$")
_SYMMETRIC = re.compile(
    r"\b(?:between|both|respectively|each other|either|married|met|together|neither|known as|called|jointly|"
    r"equal|parties|border\w*|and/or|also)\b",
    re.IGNORECASE,
)
_DIRECTED = re.compile(
    r"\b(?:of|in|by|to|from|over|against|under|for|than|shall|will|may|must|defeated|won|became|has|had|at|on)\b"
)


def spelled(value: int) -> str | None:
    """A number below a thousand in words; None for others."""
    if value < 20:
        return _SMALL[value]
    if value < 100:
        return _TENS[value // 10 - 2] + (f"-{_SMALL[value % 10]}" if value % 10 else "")
    if value < 1000:
        rest = f" {spelled(value % 100)}" if value % 100 else ""
        return f"{_SMALL[value // 100]} hundred{rest}"
    return None


def numbers(text: str) -> list[Number]:
    """The numbers that count or measure something: no dates, years, numbers of sections, and not the word "one"."""
    dated = [(start, end) for start, end, _ in dates(text)]
    found: list[Number] = []
    for start, end, value in numbers_in_words(text):
        if value in ("0", "1") or not text[start:end].replace("-", "").replace(" ", "").isalpha():
            continue
        again = re.match(r"\s*\((\d+)\)", text[end:])
        twice = bool(again and again[1] == value)
        found.append(Number(start, end + (again.end() if again and twice else 0), value, True, twice))
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        taken = any(a < end and start < b for a, b in [*dated, *((n.start, n.end) for n in found)])
        if taken or _YEAR.match(text, start) or _REFERRING.search(text[:start]) or not text[:start].strip():
            continue
        # 3.25 Interpretation: the number of a clause
        if re.match(r" [A-Z]|\.?$", text[end:]) and not re.search(
            r"[$€£] ?$|\b(?:of|to|by|is|was|than|and) $", text[:start]
        ):
            continue
        found.append(Number(start, end, match[0]))
    return sorted(found, key=lambda number: number.start)


def put(text: str, start: int, end: int, new: str) -> str:
    """The text with `new` in place of what stands there, a capital kept where one stood."""
    old = text[start:end]
    if old[:1].isupper() and new[:1].islower():
        new = new[0].upper() + new[1:]
    return text[:start] + new + text[end:]


def number_swapped(said: Said, dice: random.Random) -> str | None:
    """Another number, or another unit."""
    text = said.text
    units = [match for match in _COUNTED.finditer(text)]
    if units and dice.random() < 0.25:
        match = dice.choice(units)
        return put(text, match.start(), match.end(), _UNIT[match["unit"]])
    found = numbers(text)
    if not found or dice.random() < 0.1:
        return _ranked(text, dice)
    number = dice.choice(found)
    new = _another(number, text, said.near, dice)
    return put(text, number.start, number.end, new) if new else None


def _ranked(text: str, dice: random.Random) -> str | None:
    """Another rank: "third" for "second"."""
    ranks = [match for match in _RANK.finditer(text) if match[0] in _RANKS]
    if not ranks:
        return None
    match = dice.choice(ranks)
    return put(text, *match.span(), dice.choice([rank for rank in _RANKS if rank != match[0]]))


def _another(number: Number, text: str, near: Sequence[str], dice: random.Random) -> str | None:
    value = float(number.value.replace(",", ""))
    before = text[: number.start]
    steps = [value + 1, value + 2, value + 5, value + 10, value * 2, value * 10, value * 1.5, value * 3]
    smaller = [value - 1, value - 2, value - 5, value / 2, value / 10, value - 10]
    if _LOWERED.search(before) or _LOWER_FIRST.search(before):
        steps = smaller
    elif not _RAISED.search(before):
        others = [float(one.value.replace(",", "")) for other in near for one in numbers(other) if not one.worded]
        steps += smaller + dice.sample(others, min(4, len(others)))
    dice.shuffle(steps)
    for step in steps:
        new = _written(step, number)
        if step > 0 and new and new != text[number.start : number.end] and abs(step - value) > 1e-9:
            return new
    return None


def _written(value: float, number: Number) -> str | None:
    if number.worded:
        words = spelled(int(value)) if value == int(value) and value > 1 else None
        return f"{words} ({int(value)})" if words and number.twice else words
    decimals = len(number.value.partition(".")[2])
    if not decimals and value != int(value):
        return None
    return f"{value:,.{decimals}f}" if "," in number.value or value >= 10000 else f"{value:.{decimals}f}"


def date_swapped(said: Said, dice: random.Random) -> str | None:
    """Another year, month or day."""
    text = said.text
    ways: list[tuple[int, int, str]] = []
    for match in _YEAR.finditer(text):
        year = int(match[0])
        step = dice.choice([-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20]) * (
            10 if text[match.end() :][:1] == "s" else 1
        )
        ways.append((*match.span(), str(year + step)))
        ways += [(*match.span(), other) for near in said.near for other in _YEAR.findall(near)[:1] if other != match[0]]
    for match in _MONTH.finditer(text):
        ways.append((*match.span(), dice.choice([month for month in MONTHS if month != match[0]])))
        day = re.compile(r" (\d{1,2})(?=,|\b)(?! ?\d)").match(text, match.end())
        if day and int(day[1]) <= 31:
            new = dice.choice([other for other in range(1, 29) if other != int(day[1])])
            ways.append((*day.span(1), str(new)))
    if not ways:
        return None
    return put(text, *dice.choice(ways))


def names(text: str) -> list[str]:
    """The names of a text in running prose, each once; a word that only begins a sentence is none."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        words = match[0].split()
        begins = (
            not text[: match.start()].rstrip("\"'“‘( ") or text[: match.start()].rstrip("\"'“‘( ")[-1:] in ".!?:;•\n"
        )
        while words and (words[0] in _NOT_NAMES or words[0].lower() in ("the", "a", "of")):
            words = words[1:]
            begins = False
        name = re.sub("['’]s$", "", " ".join(words))
        if len(name) > 2 and not (begins and len(words) == 1) and words[-1] not in _NOT_NAMES and len(name) < 40:
            found[name] = None
    return list(found)


def parties(text: str) -> list[str]:
    """Those whom a contract binds, as the text calls them."""
    return list(dict.fromkeys([*_ROLE.findall(text), *_FIRM.findall(text)]))


def name_swapped(said: Said, dice: random.Random) -> str | None:
    """Two names of the sentence exchanged, or one replaced by another of the document."""
    text = said.text
    known = parties if said.rules else names
    held = [name for name in known(text) if not any(name != other and name in other for other in known(text))]
    pairs = [(a, b) for a, b in _ordered(text, held) if _DIRECTED.search(text[text.find(a) + len(a) : text.find(b)])]
    if pairs and not _SYMMETRIC.search(text) and dice.random() < 0.5:
        return exchanged(text, *dice.choice(pairs))
    others = [name for near in said.near for name in known(near) if not _alike(name, text)]
    if not held or not others:
        return None
    old = dice.choice(held)
    lead = _lead(old, [text])
    fitting = [name for name in others if abs(len(name.split()) - len(old.split())) <= 1]
    led = [name for name in fitting if lead and lead == _lead(name, said.near)]
    if not (led or (fitting and said.rules)):
        return None
    new = dice.choice(led or fitting)
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, text)


def _ordered(text: str, held: Sequence[str]) -> Iterator[tuple[str, str]]:
    placed = sorted(held, key=text.find)
    for at, first in enumerate(placed):
        for second in placed[at + 1 :]:
            between = text[text.find(first) + len(first) : text.find(second)]
            if not _JOINED.match(between) and len(between) < 80 and "," not in between:
                yield first, second


def exchanged(text: str, first: str, second: str) -> str:
    """The text with each of two names wherever the other stood."""
    pattern = re.compile(rf"(?<!\w)(?:{re.escape(first)}|{re.escape(second)})(?!\w)")
    return pattern.sub(lambda match: second if match[0] == first else first, text)


def _alike(name: str, text: str) -> bool:
    return any(word in text for word in name.split() if word[0].isupper())


def _lead(name: str, texts: Sequence[str]) -> str | None:
    """The word before a name, which tells a place from a person."""
    for text in texts:
        match = re.search(rf"(\w+) (?:the )?{re.escape(name)}\b", text)
        if match and match[1].islower():
            return match[1]
    return None
