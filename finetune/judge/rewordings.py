"""English sentences put otherwise that say the same, or part of the same: what a check must let pass."""

from __future__ import annotations

import random
import re

from finetune.judge.denials import AGENT
from finetune.judge.swaps import MONTHS, ROLES, Said, numbers, put, spelled
from rag.answer.check import QUALIFIERS

_NOT = "is are was were do does did has have had could should would must".split()
_PAIRS = (
    "purchase/buy commence/begin commences/begins terminate/end terminates/ends utilize/use obtain/get "
    "assist/help require/need requires/needs approximately/about numerous/many additional/further immediately/promptly "
    "entire/whole however/but during/throughout located/situated called/named large/big small/little "
    "begin/start began/started begins/starts children/kids movie/film film/movie frequently/often also/additionally "
    "demonstrate/show demonstrated/showed shows/indicates region/area select/choose choose/select buy/purchase "
    "begin/commence promptly/immediately permit/allow permits/allows "
    "permitted/allowed prohibit/forbid prohibited/forbidden notify/inform provide/supply provides/supplies "
    "maintain/keep "
    "annual/yearly annually/yearly sufficient/enough constructed/built purchase/acquire received/got "
    "ensure/guarantee discontinue/stop retain/keep cease/stop ceased/stopped several/various responsible/accountable "
    "country/nation famous/well-known quickly/rapidly primarily/mainly mostly/mainly wealthy/rich difficult/hard "
    "usually/normally nearly/almost reside/live error/mistake screen/display tap/touch"
).split()
_SAME: dict[str, list[str]] = {}
for _one_word, _other in (_pair.split("/") for _pair in _PAIRS):
    _SAME.setdefault(_one_word, []).append(_other)
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"\bprior to\b", "before"),
    (r"\bsubsequent to\b", "after"),
    (r"\bin the event that\b", "if"),
    (r"\bin order to\b", "to"),
    (r"\bdue to the fact that\b", "because"),
    (r"\bas well as\b", "and"),
    (r"\bpursuant to\b", "under"),
    (r"\bwith respect to\b", "regarding"),
    (r"\bin accordance with\b", "according to"),
    (r"\bat least\b", "no less than"),
    (r"\bmore than\b(?= \d)", "over"),
    (r"\bup to\b(?= \d)", "at most"),
    (r"\bfor example\b", "for instance"),
    (r"\bsuch as\b", "like"),
    (r"\ba number of\b", "several"),
    (r"\bis able to\b", "can"),
    (r"\ba majority of\b", "most"),
    (r"\bon or about\b", "around"),
    (r"\bbecause of\b", "due to"),
    (r"\bis located in\b", "lies in"),
    (r"\bnot later than\b", "no later than"),
    (r"\bnot less than\b", "at least"),
    (r"\bnot exceed\b", "not be more than"),
    (r"\bis known as\b", "is called"),
    (r"\b(?:thereof)\b", "of it"),
)


def contraction(said: Said, dice: random.Random) -> str | None:
    """ "does not" as "doesn't", or the other way round."""
    text = said.text
    ways = [(m.span(), f"{m[1]}n't") for m in re.finditer(rf"\b({'|'.join(_NOT)}) not\b", text, re.IGNORECASE)]
    ways += [(m.span(), f"{m[1]} not") for m in re.finditer(rf"\b({'|'.join(_NOT)})n['’]t\b", text, re.IGNORECASE)]
    ways += [(m.span(), "can't") for m in re.finditer(r"\bcannot\b", text)]
    ways += [(m.span(), "won't") for m in re.finditer(r"\bwill not\b", text)]
    ways += [(m.span(), "cannot") for m in re.finditer(r"\bcan['’]t\b", text)]
    return _one(text, ways, dice)


def number_form(said: Said, dice: random.Random) -> str | None:
    """A number in digits instead of words, in words instead of digits, or without its repetition in brackets."""
    text = said.text
    ways: list[tuple[tuple[int, int], str]] = []
    for number in numbers(text):
        plain = number.value.replace(",", "")
        words = spelled(int(plain)) if plain.isdigit() and int(plain) < 100 else None
        if number.worded:
            ways.append(((number.start, number.end), number.value))
            if number.twice and words:
                ways.append(((number.start, number.end), words))
        elif words and text[max(0, number.start - 1) : number.start] not in ("$", "(", "€", "£"):
            if not re.match(r"\s*[%°)]| [ap]\.?m\b|-", text[number.end :]):
                ways.append(((number.start, number.end), words))
        elif "," in number.value:
            ways.append(((number.start, number.end), plain))
    ways += [(m.span(), " percent") for m in re.finditer(r"(?<=\d)%", text)]
    ways += [(m.span(), "%") for m in re.finditer(r"(?<=\d) (?:percent|per cent)\b", text)]
    return _one(text, ways, dice)


def date_form(said: Said, dice: random.Random) -> str | None:
    """3 March 2021 as March 3, 2021, and the other ways in which a date is written."""
    text, month = said.text, "|".join(MONTHS)
    ways: list[tuple[tuple[int, int], str]] = []
    for m in re.finditer(rf"\b({month}) (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b", text):
        number = MONTHS.index(m[1]) + 1
        ways += [(m.span(), form) for form in _forms(m[3], number, int(m[2])) if form != m[0]]
    for m in re.finditer(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: day of| of)? ({month}),? (\d{{4}})\b", text):
        number = MONTHS.index(m[2]) + 1
        ways += [(m.span(), form) for form in _forms(m[3], number, int(m[1])) if form != m[0]]
    return _one(text, ways, dice)


def _forms(year: str, month: int, day: int) -> list[str]:
    name = MONTHS[month - 1]
    return [f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month:02}-{day:02}", f"{name[:3]} {day}, {year}"]


def article(said: Said, dice: random.Random) -> str | None:
    """An article put before a party's name or taken from it."""
    text = said.text
    role = "|".join(sorted(ROLES))
    ways = [(m.span(), m[1]) for m in re.finditer(rf"\b[Tt]he ({role})\b(?!['’ ][A-Z])", text)]
    ways += [
        (m.span(), f"the {m[1]}")
        for m in re.finditer(rf"(?<![\w'’] )(?<!-)\b({role})\b(?= (?:shall|may|will|must|has|agrees|is)\b)", text)
    ]
    ways += [
        (m.span(), f"{m[1]} the {m[2]}")
        for m in re.finditer(rf"\b(by|to|of|from|that) ({role})\b(?!['’ -][A-Z])", text)
    ]
    return _one(text, ways, dice)


def moved(said: Said, dice: random.Random) -> str | None:
    """The circumstance that a sentence begins with put at its end."""
    match = re.match(
        r"(?P<when>(?:Within|On|In|During|At|After|Before|Until|Upon|From|Since|By|For) [^,;:()]{3,60}), "
        r"(?P<rest>(?:the|a|an|it|he|she|they|you|this|[A-Z]\w+) [^;:]{15,}[^.;:!?])(?P<mark>\.?)$",
        said.text,
    )
    if not match or "," in match["rest"] or re.search(r"\b(?:and|but|that|which|who|because)\b", match["rest"]):
        return None
    rest, when = match["rest"], match["when"]
    if re.match(
        r"(?:For example|In addition|In fact|In particular|In contrast|At first|In general|For instance)", when
    ):
        return None
    return f"{rest[0].upper()}{rest[1:]} {when[0].lower()}{when[1:]}{match['mark']}"


def duty(said: Said, dice: random.Random) -> str | None:
    """The same duty, leave or ban in another word."""
    if not said.rules:
        return None
    ways = [
        (m.span(), new)
        for old, news in (
            (r"\bshall not\b", ("must not", "will not")),
            (r"\bshall\b(?! not| mean| have)", ("must", "will", "is required to")),
            (r"\bmust\b(?! not)", ("shall", "has to")),
            (r"\bmust not\b", ("shall not",)),
            (rf"(?<={AGENT})may not\b", ("must not", "shall not")),
            (r"\b(?:is|are) (?:required|obligated|obliged) to\b", ("must", "shall")),
            (r"\b(?:is|are) (?:entitled|permitted|allowed) to\b", ("may",)),
            (rf"(?<={AGENT})may\b(?! not| be | have )", ("is permitted to", "can")),
            (r"\b[Yy]ou can\b", ("you may", "it is possible to")),
            (r"\b[Dd]o not\b", ("never", "you must not")),
        )
        for m in re.finditer(old, said.text)
        for new in news
    ]
    if re.search(r"\b(?:[Nn]o|[Nn]othing|[Nn]either|[Nn]or|they|[a-z]+s) (?:shall|may)\b", said.text):
        ways = [way for way in ways if not way[1].startswith(("is ", "has "))]
    return _one(said.text, ways, dice)


def synonym(said: Said, dice: random.Random) -> str | None:
    """One or two words replaced by others that mean the same there."""
    text = said.text
    ways = [
        (m.span(), dice.choice(_SAME[m[0].lower()]))
        for m in re.finditer(r"(?<![\w-])[A-Za-z]+(?![\w-])", text)
        if m[0].lower() in _SAME and not (m[0][0].isupper() and m.start())
    ]
    ways += [(m.span(), new) for old, new in _PHRASES for m in re.finditer(old, text, re.IGNORECASE)]
    return _one(text, ways, dice)


def told(said: Said, dice: random.Random) -> str | None:
    """ "Term: two years" as "The term is two years." """
    match = re.match(
        r"(?P<name>[A-Z][A-Za-z ]{2,30}): ?(?P<value>(?:\d|[$€£]|an? |the |[a-z])[^.:;\n]{2,60})[.;]?$", said.text
    )
    if (
        not match
        or len(match["name"].split()) > 4
        or re.match(r"(?:Note|See|Caution|Warning|Tip|For)\b", match["name"])
    ):
        return None
    name = match["name"].strip()
    name = name if name.isupper() else name[0].lower() + name[1:]
    return f"The {name} is {match['value'].strip()}."


_VERBED = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|shall|may|must|can|could|would|should|does|did|do|became|won|wrote|began|took|"
    r"made|gave|held|includes|contains|provides|requires|agrees|[a-z]{3,}ed)\b"
)
_CUT = re.compile(r"; |, (?:which|who|whose|where|and|while|with|including|making|leading|causing|so) |, as well as ")
_TELLING = QUALIFIERS - {"while", "more", "most", "or", "less", "since"} | {"exception", "depending", "assuming"}


def clause(said: Said, dice: random.Random) -> str | None:
    """A whole clause from the sentence's beginning, where nothing that limits it is left behind."""
    text = said.text
    cuts = [match.start() for match in _CUT.finditer(text)]
    dice.shuffle(cuts)
    for at in cuts:
        kept, left = text[:at], text[at:]
        words = {word.lower() for word in re.findall(r"[A-Za-z']+", left)}
        if len(kept.split()) < 5 or not _VERBED.search(kept) or words & _TELLING or _unfinished(kept):
            continue
        return f"{kept.rstrip(' ,;')}."
    return None


def _unfinished(kept: str) -> bool:
    """Whether the clause waits for another: a condition, an opened bracket or quotation, one half of a pair."""
    opened = kept.count("(") != kept.count(")") or kept.count('"') % 2 or kept.count("“") != kept.count("”")
    waits = re.search(r"^(?:If|When|Unless|Although|While|As|Since|Because|Once|After|Before|Where)\b", kept)
    pending = re.search(r"\b(?:both|either|neither|not only|whether|between|that|which|who|if|when|following)\b", kept)
    listed = kept.count(",") > 0
    return bool(opened or waits or pending or listed)


def unbracketed(said: Said, dice: random.Random) -> str | None:
    """Without what stands in brackets."""
    matches = [m for m in re.finditer(r" \((?![ivxa-h\d]{1,3}\))[^()]{3,60}\)", said.text) if not _limits(m[0])]
    if not matches:
        return None
    match = dice.choice(matches)
    return put(said.text, *match.span(), "")


def _limits(text: str) -> bool:
    return bool({word.lower() for word in re.findall(r"[A-Za-z']+", text)} & QUALIFIERS)


def plainer(said: Said, dice: random.Random) -> str | None:
    """Without its full stop, in straight quotation marks, in lower case at its beginning, or behind "According to "
    "it"."""
    text = said.text
    ways = [
        text.rstrip(".;"),
        text.replace("“", '"').replace("”", '"').replace("’", "'"),
        re.sub(r"[\"“”]", "", text),
        re.sub(r"\[\d+\]", "", text),
    ]
    ways = [way for way in ways if way != text]
    return dice.choice(ways) if ways else None


def _one(text: str, ways: list[tuple[tuple[int, int], str]], dice: random.Random) -> str | None:
    if not ways:
        return None
    (start, end), new = dice.choice(ways)
    return put(text, start, end, new)
