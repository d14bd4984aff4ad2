"""English sentences changed so that they say something else: denied, another duty, the opposite, with more or less "
"in it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from finetune.judge.opposites import ENGLISH
from finetune.judge.swaps import MONTHS, ROLES, Said, names, parties, put, spelled

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|will|shall|can|could|must|should|would|may|has been|have been|had been)\b"
    r"(?! (?:not|only|no|never|mean\b|be deemed|also not|neither|none|n't))(?=\s[a-z0-9])",
)
_PRESENT = dict(
    pair.split("/")
    for pair in (
        "includes/include contains/contain provides/provide requires/require allows/allow supports/support "
        "remains/remain consists/consist applies/apply has/have represents/represent uses/use agrees/agree "
        "acknowledges/acknowledge warrants/warrant grants/grant owns/own offers/offer needs/need lives/live"
    ).split()
)
_PAST = dict(
    pair.split("/")
    for pair in (
        "became/become won/win wrote/write began/begin took/take gave/give went/go came/come held/hold "
        "received/receive served/serve played/play moved/move grew/grow joined/join released/release reached/reach "
        "announced/announce introduced/introduce returned/return remained/remain lost/lose contained/contain "
        "included/include led/lead built/build met/meet found/find left/leave saw/see made/make paid/pay sold/sell "
        "bought/buy defeated/defeat signed/sign founded/found attended/attend studied/study worked/work died/die"
    ).split()
)
_VERB = re.compile(
    r"(?<=[a-z0-9] )(?<!to )(?<!be )(?<!been )(?<!is )(?<!are )(?<!was )(?<!were )(?<!have )(?<!has )(?<!had )(?<!and )"
    r"\b(" + "|".join([*_PRESENT, *_PAST]) + r")\b(?! (?:not|no|by|been|to be)\b)"
)
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|unless|until|whether|where|provided|which|who|that|as|because|while)\b", re.I
)
_DENIED = re.compile(r"\b(?:not|no|never|neither|nor|none|nothing|cannot|without|n't)\b|n't\b", re.IGNORECASE)
_UNDENIED: tuple[tuple[str, str], ...] = (
    (r"\bcannot\b", "can"),
    (r"\b(is|are|was|were|will|shall|can|could|must|should|would|may|has|have|had|does|do|did)n't\b", r"\1"),
    (
        r"\b(is|are|was|were|will|shall|can|could|must|should|would|may|has|have|had)( also)? not\b(?! only| limited)",
        r"\1\2",
    ),
    (r"\b(?:do|does|did) not (?=[a-z])", ""),
    (r"\bnever\b", "always"),
    (r"\bneither (.{3,60}?) nor\b", r"both \1 and"),
    (r"\bNo (?=[a-z]+ (?:shall|will|may|is|was|can|has))", "Any "),
    (
        r"\bnot (?=(?:less|more|fewer|later|earlier|exceed|required|permitted|entitled|liable|exclusive)\b)",
        "",
    ),
    (r"\bunless\b", "if"),
    (r"\bUnless\b", "If"),
    (r"\bexcept (?:for |in )?(?=the |any |in |for |with )", "including "),
    (r"\bwithout (?=the prior|prior|any|a |written)(?!limit)", "with "),
)


def negated(said: Said, dice: random.Random) -> str | None:
    """A denial put in or taken out."""
    text = said.text
    if _DENIED.search(text) or re.search(r"\b(?:unless|except)\b", text, re.IGNORECASE):
        return _undenied(text, dice)
    ways = [(match.end(), " not") for match in _AUXILIARY.finditer(text)]
    ways = [(at, new) for at, new in ways if not _CONDITION.search(_clause_before(text, at))]
    if ways:
        at, new = ways[0]
        if text[:at].endswith(" been"):
            at -= 5
        new = new.strip() if text[:at].endswith(" can") else new
        return text[:at] + new + text[at:]
    match = _VERB.search(text)
    if not match or _CONDITION.search(_clause_before(text, match.start())) or text.endswith("?"):
        return None
    verb = match[1]
    new = f"does not {_PRESENT[verb]}" if verb in _PRESENT else f"did not {_PAST[verb]}"
    return put(text, match.start(), match.end(), new)


def _clause_before(text: str, at: int) -> str:
    return re.split(r"[,;:]", text[:at])[-1]


def _undenied(text: str, dice: random.Random) -> str | None:
    if re.search(r"\bnot (?:only|limited)\b|\bwhether or not\b|\bwithout limit", text):
        return None
    ways = [(match, new) for old, new in _UNDENIED for match in re.finditer(old, text)]
    if not ways:
        return None
    match, new = dice.choice(ways)
    return put(text, *match.span(), match.expand(new))


AGENT = r"(?:[Yy]ou|rty|ies|son|ser|see|sor|any|ier|tor|mer) "
"""How the words for those end who may do something; elsewhere "may" only says what is possible."""
_DUTIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\b(?:shall|must) not\b", ("may", "is permitted to", "can")),
    (rf"(?<={AGENT})may not\b", ("may", "shall", "must")),
    (r"\b(?:shall|must)\b(?! not| be deemed| mean)", ("may", "need not", "may, but need not,")),
    (rf"(?<={AGENT})may\b(?! not| be | have )", ("shall", "must", "may not")),
    (r"\b(?:is|are) (?:obligated|required|obliged) to\b", ("may", "need not")),
    (r"\b(?:is|are) (?:entitled|permitted|allowed) to\b", ("is not entitled to", "is required to", "may not")),
    (r"\bagrees to\b", ("refuses to", "may")),
)
_ADVICE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\b[Yy]ou can\b", ("you must", "you cannot")),
    (r"\b[Dd]o not\b", ("you may", "always")),
    (r"\bshould\b(?! not)", ("need not",)),
    (r"\bmust\b(?! not)", ("need not", "may")),
    (r"\b(?:is|are) (?:required|needed|mandatory)\b", ("is optional",)),
)


def obligation_swapped(said: Said, dice: random.Random) -> str | None:
    """A duty made a choice, a choice a duty, what is forbidden allowed."""
    text = said.text
    if not said.rules:
        return None
    ways = [
        (match, new)
        for old, news in (*_DUTIES, *_ADVICE)
        for match in re.finditer(old, text)
        for new in news
        if not re.search(r"\b(?:[Nn]o|[Nn]othing|[Nn]either|[Nn]one|[Nn]or)\b", text[: match.start()])
    ]
    if not ways:
        return None
    match, new = dice.choice(ways)
    plural = re.match(r"(?:are\b)", match[0])
    return put(text, *match.span(), new.replace("is ", "are ", 1) if plural and new.startswith("is ") else new)


_UNSURE = frozenset(
    (
        "left right like dislike found dissolve contract live lives lived well back front light even open close "
        "hard soft "
        "good bad fair long short may march mean kind just second minute fall fell falling falls gain lose come go "
        "came "
        "went over under day night man woman until since during host guest give take gives takes gave took join leave "
        "joined left big little many few man men son sons cause caused causes local foreign native present past up "
        "down "
        "major minor support oppose supports supported opposed appear subject object simple complex full empty low "
        "high "
        "upper lower lowered clean free cool warm better worse best worst hidden loaded current former create created "
        "general public private most least more fewer begin beginning end ends ended enter entered"
    ).split()
)
_OPPOSITE: Mapping[str, tuple[str, ...]] = {
    **{word: others for word, others in ENGLISH.items() if word not in _UNSURE and word != "with"},
    **{
        word: (other,)
        for pair in (
            "licensor/licensee buyer/seller lender/borrower landlord/tenant franchisor/franchisee employer/employee "
            "supplier/customer assignor/assignee before/after prior/subsequent increase/decrease maximum/minimum "
            "highest/lowest largest/smallest oldest/newest earliest/latest above/below exclusive/non-exclusive "
            "written/oral direct/indirect include/exclude including/excluding inside/outside "
            "revocable/irrevocable transferable/non-transferable enabled/disabled always/never first/last "
            "northern/southern eastern/western north/south east/west early/late majority/minority "
            "lawful/unlawful valid/invalid active/inactive possible/impossible able/unable likely/unlikely "
            "successful/unsuccessful rejected/accepted longest/shortest higher/lower greater/smaller"
        ).split()
        for word, other in (pair.split("/"), pair.split("/")[::-1])
    },
}
_PHRASES: tuple[tuple[str, str], ...] = (
    (r"\b(?:more|greater) than\b", "less than"),
    (r"\b(?:less|fewer) than\b", "more than"),
    (r"\bat least\b", "at most"),
    (r"\bup to\b(?= [\d$a-z])", "more than"),
    (r"\bprior to\b", "after"),
    (r"\bwithin\b(?= (?:\w+ )?\(?\d+)", "no sooner than"),
    (r"\bin addition to\b", "instead of"),
    (r"\bat the expense of\b", "for the benefit of"),
    (r"\bturn(?:ed)? on\b", "turn off"),
    (r"\bturn(?:ed)? off\b", "turn on"),
    (r"\bjust (?:before|prior)\b", "just after"),
    (r"\b[Aa]ll of the\b", "none of the"),
    (r"\bmost of the\b", "hardly any of the"),
)


def antonym(said: Said, dice: random.Random) -> str | None:
    """A word or phrase replaced by its opposite."""
    text = said.text
    ways = [
        (match.span(), dice.choice(_OPPOSITE[match[0].lower()]))
        for match in re.finditer(r"(?<![\w-])[A-Za-z-]+(?![\w-])", text)
        if match[0].lower() in _OPPOSITE and not (match[0][0].isupper() and match.start() and match[0] not in ROLES)
    ]
    ways += [(match.span(), new) for old, new in _PHRASES for match in re.finditer(old, text, re.IGNORECASE)]
    ways = [(span, new) for span, new in ways if not re.search(rf"\b{new}\b", text, re.IGNORECASE)]
    if not ways:
        return None
    span, new = dice.choice(ways)
    return put(text, *span, new)


_TRAILING = re.compile(
    r"(?<! and)(?<! or)(?<! as)(?<! is)(?<! are)(?<! be)(?<! not)(?<! was)(?<! were),? "
    r"(?:unless(?! and)|except(?! as)|provided that|provided, however, that|only if|only when|if|"
    r"so long as|as long as) [^.;:]{12,}(?=[.;]?$)"
)
_LEADING = re.compile(
    r"^(?:If|Unless|Except|In the event|Provided|Subject to|Only if) [^,;:]{8,},(?: then)? "
    r"(?=(?:the|a|an|any|each|[A-Z]\w+|you|it|they|this|all) )"
)


def qualifier_dropped(said: Said, dice: random.Random) -> str | None:
    """What is said without the condition or exception that it is said under."""
    text = said.text
    if match := _LEADING.search(text):
        rest = text[match.end() :]
        return rest[0].upper() + rest[1:] if len(rest.split()) > 4 else None
    if match := _TRAILING.search(text):
        rest = text[: match.start()].rstrip(" ,;")
        whole = rest.count("(") == rest.count(")") and not re.search(r"\b(?:or|and|but|only|even|which|that)$", rest)
        return f"{rest}." if whole and len(rest.split()) > 4 else None
    return None


_DETAILS = (
    "in the presence of {count} witnesses|by registered mail|at a cost of ${money}|on a {day}|in {month}|"
    "with the help of {count} volunteers|in a room on the {floor} floor|at the request of {name}|together with {name}|"
    "for the {floor} time|using equipment from {name}|after a delay of {count} hours|under the supervision of {name}|"
    "for a fee of ${money}|despite objections from {name}|at {count} different locations|as {name} had suggested|"
    "through an office in {name}|in less than {count} weeks|in exchange for {count} shares"
).split("|")


BROAD = re.compile(
    r"\b(?:not|no|never|neither|nor|none|nothing|cannot|without|only|if|unless|all|any|every|each|always|whenever)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
"""Where one of these stands, the sentence with a detail may follow from the sentence without it: what is never done is
not done on a Monday."""


def detail_added(said: Said, dice: random.Random) -> str | None:
    """The sentence with a detail at its end that nothing bears out."""
    text = said.text
    if BROAD.search(text):
        return None
    known = parties if said.rules else names
    pool = [name for near in said.near for name in known(near) if name not in text]
    template = dice.choice([one for one in _DETAILS if pool or "{name}" not in one])
    detail = template.format(
        count=spelled(dice.randrange(2, 20)),
        money=f"{dice.randrange(2, 90) * 50:,}",
        day=dice.choice("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()),
        month=dice.choice(MONTHS),
        floor=dice.choice("second third fourth fifth sixth".split()),
        name=dice.choice(pool) if pool else "",
    )
    stem = text.rstrip()
    mark = stem[-1] if stem[-1] in ".;!" else ""
    return None if stem[-1] in "?:" else f"{stem.removesuffix(mark)} {detail}{mark or '.'}"
