"""What leads to a list belongs to each of its items: "Open the menu for these options:" to "Trash: View what was
deleted." """

from __future__ import annotations

import re
from collections.abc import Sequence

Span = tuple[int, int]

OPTION = re.compile(r"[^:：|。.!?！？]{1,40}[:：]\s*\S")
"""A name and what is said of it: an option of a menu, or a field of a record."""
ENDS = re.compile(r"[.。!！][\"'”’」』)）]*$")
"""How a sentence ends, which a line "Galaxy S10" does not."""
_BULLET = re.compile(r"(?:^|\s)[•●▪◦‣■□◆➢✓·*–—-][ \t]+$")
_NUMBERED = re.compile(r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,4}|[一二三四五六七八九十]{1,2})[.)）、](?!\d)")
_LEADS = re.compile(r"[:：]$|\b(?:following|these) \w+\W*$|(?:如下|以下\w{0,6})\W*$")
_GOES = re.compile(
    r"\b(?:tap|click|press|select|choose|open|go to|touch)\b|点击|點擊|选择|選擇|打开|打開|进入|進入", re.IGNORECASE
)
_LONG = 300
"""Characters of a sentence that may lead to a list; longer ones say something themselves."""


def is_option(sentence: str) -> bool:
    """Whether it is a name and a sentence about it; a record's field ends with no full stop."""
    return bool(OPTION.match(sentence) and ENDS.search(sentence))


def is_numbered(sentence: str) -> bool:
    """Whether it begins with the number or the letter of an item or a step."""
    return bool(_NUMBERED.match(sentence))


def leads(text: str, sentences: Sequence[Span]) -> list[Span | None]:
    """For each of a text's sentences the one before it that it needs: that leads to it, or to the list of which it
    begins an item. None where it needs none.

    What leads to something ends with a colon or names what follows; to the options of a menu also a sentence that says
    how to get there.
    """
    found: list[Span | None] = []
    lead: Span | None = None
    inside = False
    for at, (start, end) in enumerate(sentences):
        before = sentences[at - 1] if at else None
        option = is_option(text[start:end])
        if option or is_numbered(text[start:end]) or _BULLET.search(text[max(0, start - 4) : start]):
            if not inside:
                lead = before if before and _leading(text[slice(*before)], option) else None
            inside = True
            found.append(lead)
        elif inside and before and "\n" not in text[before[1] : start]:
            found.append(None)  # more of the item's own line
        else:
            inside = False
            near = before is not None and "\n\n" not in text[before[1] : start]
            found.append(before if before and near and _leading(text[slice(*before)], False) else None)
    return found


def _leading(sentence: str, to_option: bool) -> bool:
    leads = _LEADS.search(sentence) or (to_option and _GOES.search(sentence))
    return bool(leads) and len(sentence) <= _LONG
