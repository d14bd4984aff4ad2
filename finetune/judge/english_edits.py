"""Edits of English questions: some that leave their passage without an answer, some that change nothing."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from finetune.judge.opposites import ENGLISH, ENGLISH_ALIKE
from finetune.judge.windows import content, sentence_of
from ingestion.sentences import sentence_spans
from ingestion.tokens import STOP_WORDS


@dataclass(frozen=True, slots=True)
class Asked:
    """An answerable question: its passage with the answer from `start` to `end`, and what is said around it:
    other questions and names of the same document."""

    question: str
    passage: str
    start: int
    end: int
    questions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def answer(self) -> str:
        """The answer as the passage has it."""
        return self.passage[self.start : self.end]

    @property
    def sentence(self) -> str:
        """The sentence that holds the answer."""
        return sentence_of(self.passage, self.start, self.end)


_PART = r"(?:[A-Z]\.|[A-Z][\w'’-]*)"
_NAME = re.compile(rf"\b{_PART}(?:\s+(?:(?:of|the|de|von|van|der|la|du)\s+){{0,2}}{_PART})*")
_NUMBER = re.compile(r"(?<![\w.,$€£-])\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.,$€£-])\d+(?:\.\d+)?(?![\w-]|[.,]\d)")
_MONTHS = frozenset(
    "January February March April May June July August September October November December Monday Tuesday Wednesday "
    "Thursday Friday Saturday Sunday".split()
)
_NOT_NAMES = frozenset(
    "What Which Who Whom Whose When Where Why How In On At By For From To Is Are Was Were Do Does Did Can Could I "
    "According If After Before During The A An Of Name Has Have Had Will Would It He She They We You".split()
)
_PLACE_WORDS = frozenset("in at near from outside inside across throughout".split())
_PEOPLE = re.compile(r"(?:ish|ese|ian|ean|can|man|ch|ic|ans|ians)$")


def names(text: str) -> list[tuple[int, int]]:
    """Where the names of `text` stand: runs of capitalised words, not one that merely opens a sentence."""
    opens = {at for at, _ in sentence_spans(text)}
    found = []
    for match in _NAME.finditer(text):
        at, name = match.start(), match[0].removesuffix("'s").removesuffix("’s")
        while name.split(" ")[0] in _NOT_NAMES and " " in name:
            cut = len(name.split(" ")[0]) + 1
            at, name = at + cut, name[cut:].lstrip()
        single = " " not in name
        plain = name in _NOT_NAMES or (single and name.lower() in STOP_WORDS) or name[0].islower()
        if plain or (single and at in opens) or len(name) < 3:
            continue
        found.append((at, at + len(name)))
    return found


def _sort_of(text: str, at: int, name: str) -> str:
    """A rough kind of name, so that like replaces like: a month, a people, what follows "in", a run of words."""
    if name in _MONTHS:
        return "month"
    if " " not in name and _PEOPLE.search(name.lower()):
        return "people"
    before = text[:at].rstrip().rpartition(" ")[2].lower()
    if before in _PLACE_WORDS:
        return "place"
    return "single" if " " not in name else "run"


def name_swapped(asked: Asked, rng: random.Random) -> str | None:
    """The question with one of its names, which its passage speaks of, made another of the passage or document."""
    question = asked.question
    own = [(at, to) for at, to in names(question) if question[at:to] in asked.passage and at > 0]
    if not own or len(question.split()) < 5:
        return None
    at, to = rng.choice(own)
    said = question[at:to]
    rest = question[:at] + " " + question[to:]
    taken = {word.lower() for word in f"{question} {asked.answer}".split()}
    place = asked.passage.find(said)
    sorts = {_sort_of(question, at, said), _sort_of(asked.passage, place, said)}
    inside = [(asked.passage[a:b], _sort_of(asked.passage, a, asked.passage[a:b])) for a, b in names(asked.passage)]
    outside = [(name, _sort_of(f"x {name}", 2, name)) for name in asked.names if name not in asked.passage]
    pools = [inside, outside] if rng.random() < 0.6 else [outside, inside]
    if " | " in asked.passage:  # a table answers the same of each of its rows
        pools = [outside]
    for pool in pools:
        fitting = sorted(
            {
                name
                for name, sort in pool
                if (sort in sorts or (sort == "single" and sorts & {"place"}))
                and not taken & {word.lower() for word in name.split()}
                and name.lower() not in asked.sentence.lower()
                and not _alike(name, said)
            }
        )
        rng.shuffle(fitting)
        for name in fitting:
            if not _answered_elsewhere(asked, rest, name):
                return question[:at] + name + question[to:]
    return None


def _alike(one: str, other: str) -> bool:
    """Whether two names may be of one thing: a shared beginning, or one the initials of the other."""
    initials = ["".join(word[0] for word in name.split() if word[0].isupper()) for name in (one, other)]
    return one[:4].lower() == other[:4].lower() or one in initials or other in initials


def _answered_elsewhere(asked: Asked, rest: str, new: str) -> bool:
    """Whether a sentence with `new` in it says as much of the question's other words as the answer's sentence does."""
    words = content(rest)
    told = len(words & content(asked.sentence))
    near = [asked.passage[a:b] for a, b in sentence_spans(asked.passage) if new.lower() in asked.passage[a:b].lower()]
    return any(len(words & content(sentence)) >= max(1, told * 0.6) for sentence in near)


def number_swapped(asked: Asked, rng: random.Random) -> str | None:
    """The question with one of its numbers or years made another."""
    found = [
        match
        for match in _NUMBER.finditer(asked.question)
        if match[0] in asked.passage and float(match[0].replace(",", "")) > 3
    ]
    if not found:
        return None
    match = rng.choice(found)
    said = match[0]
    rest = asked.question[: match.start()] + " " + asked.question[match.end() :]
    others = [m[0] for m in _NUMBER.finditer(asked.passage) if len(m[0]) == len(said) and m[0] not in asked.sentence]
    others = [number for number in others if number not in asked.question and number[:2] == said[:2]]
    others = [number for number in others if not _answered_elsewhere(asked, rest, number)]
    # a table answers the same of each of its years
    if others and rng.random() < 0.5 and " | " not in asked.passage:
        return asked.question[: match.start()] + rng.choice(sorted(set(others))) + asked.question[match.end() :]
    new = _other_number(said, rng)
    if new in asked.passage or new in asked.question:
        return None
    return asked.question[: match.start()] + new + asked.question[match.end() :]


def _other_number(said: str, rng: random.Random) -> str:
    if "." in said:
        return f"{float(said) + rng.choice((-1, 1, 2)) * rng.choice((0.5, 1.0, 2.0)):.{len(said.partition('.')[2])}f}"
    value = int(said.replace(",", ""))
    if re.fullmatch(r"1[0-9]\d\d|20\d\d", said):
        return str(value + rng.choice((-30, -12, -7, -3, -2, -1, 1, 2, 3, 5, 10)))
    new = value + rng.choice((-1, 1)) * max(1, round(value * rng.choice((0.1, 0.2, 0.5))))
    return f"{new:,}" if "," in said else str(new)


_WORD = re.compile(r"[A-Za-z]+")
# "How long" asks for a length as "how short" does.
_MEASURE = re.compile(r"\bhow\s+\Z", re.IGNORECASE)
# Words with uses in which their opposite says nothing: "more than", "left of", "what kind of", "like".
_LOOSE = frozenset(
    "many few like left right under over man little common found open back soft hard good bad present still live "
    "die".split()
)


def opposite(asked: Asked, rng: random.Random) -> str | None:
    """The question with a word made its opposite, where the passage has the word and not the opposite."""
    passage, asked_of = content(asked.passage), content(asked.question)
    choices: list[tuple[int, int, str]] = []
    for match in _WORD.finditer(asked.question):
        word = match[0].lower()
        if word not in ENGLISH or word in _LOOSE or _MEASURE.search(asked.question, 0, match.start()):
            continue
        if match[0][0].isupper() and match.start() > 0:  # part of a name: North America
            continue
        if word in {"most", "more", "least"} and not asked.question[match.end() :].strip(" ?"):
            continue
        others = [other for other in ENGLISH[word] if not content(other) & (passage | asked_of)]
        choices += [(match.start(), match.end(), other) for other in others]
    if not choices or re.search(r"\b(?:not|never|n't)\b", asked.question):
        return None
    at, to, other = rng.choice(choices)
    return asked.question[:at] + (other.capitalize() if asked.question[at].isupper() else other) + asked.question[to:]


_DO = "did does do can could will would should must may".split()
_BE = "is are was were has have had".split()
_HELPING = re.compile(rf"\b(?:{'|'.join(_DO + _BE)})\b")
_NOT_SHORT = {"can": "can't", "will": "won't", "may": "may not", "must": "must not"}
_NEGATED = re.compile(r"\b(?:not|no|never|nor|without|none|nothing|cannot|unable|fail\w*|\w+n't)\b", re.IGNORECASE)
_WHO_VERB = re.compile(r"\b(?:who|which \w+|what \w+)\s+((?!of\b|the\b|a\b|in\b|is\b)[a-z]+ed)\b", re.IGNORECASE)
_ASKING = re.compile(r"^(?:what|which|who|when|where|why|how)\b(?! (?:many|much|long|old|far|often))", re.IGNORECASE)
# What comes after "is" is the subject of "Where is the ...", and "not" would have to stand where that ends.
_SUBJECT = re.compile(r"\s+(?:the|a|an|this|that|these|those|my|his|her|its|their|it|he|she|they|\W|[A-Z])")


def negated(asked: Asked, rng: random.Random) -> str | None:
    """The question with "not" or "never" put to its verb. None where question or answer's sentence already denies."""
    question = asked.question
    if _NEGATED.search(question) or _NEGATED.search(asked.sentence) or not _ASKING.match(question):
        return None
    helping = _HELPING.search(question)
    if not helping:
        verb = _WHO_VERB.search(question)
        return question[: verb.start(1)] + "never " + question[verb.start(1) :] if verb else None
    after = question[helping.end() :]
    if helping[0] in _BE:
        if helping.start() < 8 or _SUBJECT.match(after):
            return None
        return question[: helping.end()] + rng.choice((" not", " never") if helping[0] != "is" else (" not",)) + after
    subject = re.match(r"\s+(\S+)(?=\s)", after)
    named = subject is not None and (names(f"x {subject[1]}") or subject[1] in {"he", "she", "it", "they", "we"})
    if subject and named and rng.random() < 0.5:
        return question[: helping.end()] + subject[0] + " not" + after[subject.end() :]
    return question[: helping.start()] + _NOT_SHORT.get(helping[0], helping[0] + "n't") + after


_HEAD = re.compile(
    r"\b(?:how many|number of|the)\s+([a-z]{4,})(?=\s+(?:of|in|for|to|did|does|do|were|was|are|is|that)\b)"
)
_NOT_HEADS = frozenset(
    "name kind type year date time century place city country state number amount part reason same first last most "
    "word term title person people many much other some this that these those with from group majority".split()
)


def noun_swapped(asked: Asked, rng: random.Random) -> str | None:
    """The question with the noun it asks about made one that another question of the same document asks about."""
    passage = content(asked.passage)
    own = [match for match in _HEAD.finditer(asked.question) if match[1] not in _NOT_HEADS | STOP_WORDS]
    own = [match for match in own if content(match[1]) <= passage]
    if not own:
        return None
    match = own[0]
    said = passage | content(asked.question)
    lead = match[0].split()[0]
    plural = match[1].endswith("s")
    others = sorted(
        {
            other[1]
            for question in asked.questions
            for other in _HEAD.finditer(question)
            if other[0].split()[0] == lead
            and other[1] not in _NOT_HEADS | STOP_WORDS
            and other[1].endswith("s") == plural
            and not content(other[1]) & said
            and (other[1][-2:] == "ed") == (match[1][-2:] == "ed")
            and other[1][-3:] not in {"est", "ing"}
        }
    )
    if not others or match[1][-3:] == "est":
        return None
    return asked.question[: match.start(1)] + rng.choice(others) + asked.question[match.end(1) :]


_SHORTER = (
    (r"\b(What|Who|Where|When|How) is\b", r"\1's"),
    (r"\b(did|does|do|is|are|was|were|has|have|had|could|would|should) not\b", r"\1n't"),
    (r"\b(did|does|is|are|was|were|has|have|had|could|would|should)n't\b", r"\1 not"),
)


def kept(asked: Asked, rng: random.Random) -> str | None:
    """The question put otherwise, its meaning and so its answer the same."""
    question = asked.question
    ways: list[str] = [question.lower(), question.rstrip(" ?")] if question.endswith("?") else [question + "?"]
    ways += [re.sub(long, short, question) for long, short in _SHORTER]
    alike = [match for match in _WORD.finditer(question) if match[0] in ENGLISH_ALIKE]
    for match in alike:  # likelier than the plain ways, since it looks like an edit that does change the answer
        ways += [question[: match.start()] + ENGLISH_ALIKE[match[0]] + question[match.end() :]] * 3
    for at, to in names(question):
        ways += [question[:at] + question[at:to].lower() + question[to:]]
    if question[:1].isupper() and not question.startswith("I "):
        ways.append("According to the text, " + question[0].lower() + question[1:])
    ways = [way for way in ways if way != question]
    return rng.choice(ways) if ways else None
