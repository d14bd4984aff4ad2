"""What benchmarks/planted_swaps.py plants: swaps and harmless rewordings, in English and Chinese."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from rag.judge.open import Language

Plant: TypeAlias = Callable[[str, str, random.Random], str | None]
"""Of a sentence and the text around it what is made of it; None where it holds nothing of the kind."""

_MONTHS = "January February March April May June July August September October November December".split()
_COUNTS = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty sixty ninety".split()
_ORDINALS = "second third fourth fifth sixth seventh eighth ninth tenth".split()
_NAMES = "Marlow Halvorsen Quintrell Trieste Osgood Bellwether Ravensworth Castellan Dunmore Ferrante".split()
_FIRMS = ("Marlow Industries", "Quintrell Holdings", "Osgood and Sons", "Bellwether Partners")
_ROLES = (
    "Company Customer Supplier Distributor Licensee Licensor Buyer Seller Contractor Consultant Franchisee "
    "Manufacturer Recipient Provider Agent Purchaser Vendor Owner Developer Sponsor"
).split()
_YEAR = r"(?<![\d.,$/-])(?:1\d\d\d|20[0-2]\d)(?![\d,.]\d|%|s)"


def _one(text: str, ways: list[tuple[int, int, str]], dice: random.Random) -> str | None:
    if not ways:
        return None
    start, end, new = dice.choice(ways)
    old = text[start:end]
    new = new[:1].upper() + new[1:] if old[:1].isupper() and start == 0 else new
    return text[:start] + new + text[end:]


def _digits(old: str, dice: random.Random) -> str:
    """Other digits in the same places, the first no zero."""
    while True:
        new = "".join(str(dice.randrange(10)) if one.isdigit() else one for one in old)
        if new != old and new[0] != "0" and new.strip("0.,"):
            return new


def number(text: str, near: str, dice: random.Random) -> str | None:
    """Random digits, or another counting word."""
    del near
    if re.search(_YEAR, text):
        return None
    ways = [
        (*m.span(), _digits(m[0], dice))
        for m in re.finditer(r"(?<=[\s$(])\d+(?:[.,]\d+)*(?=[\s%)])(?! [A-Z])", text)
        if not re.search(r"(?:Section|Article|Exhibit|Schedule|Paragraph|No\.?|Part|or|and)s? $", text[: m.start()])
    ]
    for words in (_COUNTS, _ORDINALS):
        ways += [
            (*m.span(), dice.choice([word for word in words if word != m[0]]))
            for m in re.finditer(rf"\b(?:{'|'.join(words)})\b(?! \(\d|[ -]part(?:y|ies))", text)
        ]
    return _one(text, ways, dice)


def date(text: str, near: str, dice: random.Random) -> str | None:
    """Another year within a life's span, or another month."""
    del near
    years = [n for n in range(-40, 41) if n]
    ways = [(*m.span(), str(int(m[0]) + dice.choice(years))) for m in re.finditer(_YEAR, text)]
    ways += [
        (*m.span(), dice.choice([month for month in _MONTHS if month != m[0]]))
        for m in re.finditer(rf"\b(?:{'|'.join(_MONTHS)})\b(?=,? \d)", text)
    ]
    return _one(text, ways, dice)


def name(text: str, near: str, dice: random.Random) -> str | None:
    """An invented name in a name's place; in contracts another party in a party's."""
    parties = [m[0] for m in re.finditer(rf"\b(?:{'|'.join(_ROLES)})\b", text)]
    if parties:
        others = [role for role in _ROLES if role in near and role not in text] or [r for r in _ROLES if r not in text]
        old, new = dice.choice(parties), dice.choice(others)
        return re.sub(rf"\b{old}\b", new, text)
    found = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)*(?=[ ,.])", text)
    found = [
        one for one in found if one.split()[0] not in (*_MONTHS, "Agreement", "Section", "Party", "Parties", "Term")
    ]
    if not found:
        return None
    old = dice.choice(found)
    pool = (
        _NAMES if " " not in old else [f"{first} {last}" for first in _NAMES[:4] for last in _NAMES[5:]] + list(_FIRMS)
    )
    return re.sub(rf"\b{re.escape(old)}\b", dice.choice(pool), text)


def negation(text: str, near: str, dice: random.Random) -> str | None:
    """Denied by other words than "not", or "not" taken out."""
    del near
    if re.search(r"\b(?:not only|not limited|whether or not|if|unless)\b", text, re.IGNORECASE):
        return None
    out = [(*m.span(), "") for m in re.finditer(r"(?<=\b(?:shall|could|would) )not (?=\w)", text)]
    out += [(*m.span(), "") for m in re.finditer(r"(?<=\b(?:will|does|have) )not (?=\w)", text)]
    out += [
        (*m.span(), "")
        for m in re.finditer(r"(?<=\b(?:was|are|did|may|can|has) )not (?=\w)", text)
        if "did" not in text
    ]
    out += [(*m.span(), "") for m in re.finditer(r"(?<=\bis )not (?=\w)", text)]
    if out:
        return _one(text, out, dice)
    if re.search(r"\b(?:not|no|never|neither|nor|none|without|hardly)\b|n't", text, re.IGNORECASE):
        return None
    ways = [
        (m.end(), m.end(), dice.choice((" never", " no longer", " hardly ever", " by no means")))
        for m in re.finditer(
            r"\b(?:is|are|was|were|will|shall|can|could|has|have|had)\b(?= [a-z]+(?:ed|en|e|t)\b)", text
        )
    ]
    return _one(text, ways[:1], dice)


_WHO = "(?<=(?:arty|pany|nsor|nsee|uyer|ller|utor|omer|lier) )"
"""How those end who may or shall do something."""
_DUTIES = (
    (r"\b(?:shall|must) not\b", ("is free to", "is at liberty to")),
    (r"\b(?:shall|must)\b(?! not| mean| have| be deemed)", ("is free not to", "has no duty to", "might")),
    (rf"{_WHO}may not\b", ("is free to",)),
    (
        rf"{_WHO}may\b(?! not| be | have)",
        ("is obliged to", "is forbidden to"),
    ),
    (r"\bis required to\b", ("is not required to",)),
    (r"\bcan\b(?! not)(?= [a-z]+)", ("has to",)),
    (r"\bshould\b(?! not)", ("does not need to",)),
)


def obligation(text: str, near: str, dice: random.Random) -> str | None:
    """A duty turned by a phrase."""
    del near
    if re.search(r"\b(?:[Nn]o|[Nn]either|[Nn]othing|[Nn]or|[Nn]one)\b", text):
        return None
    return _one(text, [(*m.span(), new) for old, news in _DUTIES for m in _found(old, text) for new in news], dice)


def _found(old: str, text: str) -> list[re.Match[str]]:
    return list(re.finditer(old, text))


def led(text: str, near: str, dice: random.Random) -> str | None:
    """Behind a lead-in."""
    del near
    lead = dice.choice(("According to the document, ", "It is stated that ", "The text says that "))
    first = text.split()[0]
    low = first in ("The", "In", "A", "An", "This", "It", "These", "Each", "All", "If", "On", "For", "Such", "Any")
    return lead + (text[0].lower() + text[1:] if low else text)


_OPPOSITES = (
    "increase/decrease increased/decreased raised/lowered first/last northern/southern eastern/western upper/lower "
    "large/small larger/smaller high/low higher/lower early/late earlier/later won/lost accept/reject include/exclude "
    "internal/external public/private direct/indirect days/months years/weeks male/female father/mother son/daughter "
    "majority/minority assets/liabilities annual/monthly king/queen old/new long/short began/ended beginning/end "
    "增加/减少 增加/減少 上升/下降 东部/西部 東部/西部 北部/南部 最大/最小 最高/最低 开始/结束 開始/結束 成功/失败 "
    "成功/失敗 父亲/母亲 父親/母親 儿子/女儿 兒子/女兒 早期/晚期 首次/末次 内部/外部 內部/外部 多数/少数 多數/少數 "
    "大型/小型 古代/现代 支持/反对 支持/反對 接受/拒绝 接受/拒絕 进入/离开 進入/離開 学生/老师 學生/老師 公里/公尺 "
    "小时/分钟 小時/分鐘"
).split()


def opposite(text: str, near: str, dice: random.Random) -> str | None:
    """The opposite, or another of the same sort, in a word's place: no number, name, denial or duty."""
    del near
    ways = []
    for one, other in (pair.split("/") for pair in _OPPOSITES):
        for old, new in ((one, other), (other, one)):
            word = rf"(?<=[a-z] ){old}\b" if old.isascii() else old
            ways += [(*m.span(), new) for m in re.finditer(word, text)]
    return _one(text, ways, dice)


def time_first(text: str, near: str, dice: random.Random) -> str | None:
    """The time at a sentence's end put at its beginning."""
    del near, dice
    match = re.fullmatch(
        r"(The|It|He|She|They|This|A) ([^,;:]{20,}) ((?:in|since|during|until) (?:the )?(?:\w+ )?(?:\d{4}|century))\.",
        text,
    )
    return f"{match[3][0].upper()}{match[3][1:]}, {match[1].lower()} {match[2]}." if match else None


_WORDS = (
    "because/since about/roughly many/a_lot_of approximately/some several/a_number_of "
    "however/nevertheless shows/reveals near/close_to "
    "whole/complete main/chief often/many_times important/significant therefore/hence "
    "promptly/without_delay hereunder/under_this_agreement agreement/contract payment/remittance "
    "during/in_the_course_of prior_to/ahead_of after/following built/erected "
    "known_as/called became/turned_into beginning/start"
).split()


def other_words(text: str, near: str, dice: random.Random) -> str | None:
    """Other words that say the same."""
    del near
    ways = []
    for pair in _WORDS:
        old, new = (word.replace("_", " ") for word in pair.split("/"))
        ways += [(*m.span(), new) for m in re.finditer(rf"(?<=[a-z] ){re.escape(old)}\b(?= [a-z])", text)]
    return _one(text, ways, dice)


def same_duty(text: str, near: str, dice: random.Random) -> str | None:
    """The same duty or leave in a phrase."""
    del near
    if re.search(r"\b(?:[Nn]o|[Nn]either|[Nn]othing|[Nn]or|[Nn]one|ies|they)\b", text):
        return None
    ways = [
        (*m.span(), new)
        for old, new in (
            (rf"{_WHO}shall(?! not| mean| have)", "is under a duty to"),
            (rf"{_WHO}shall not\b", "is not allowed to"),
            (rf"{_WHO}may(?! not| be| have)", "has the right to"),
            (rf"{_WHO}may not\b", "is not allowed to"),
        )
        for m in re.finditer(old, text)
    ]
    return _one(text, ways, dice)


def plain_marks(text: str, near: str, dice: random.Random) -> str | None:
    """Without quotation marks and brackets of one word, in lower case throughout but for names."""
    del near, dice
    return (
        re.sub(r"[\"“”]", "", re.sub(r" \([^()]{1,30}\)(?= [a-z])", "", text)) if re.search(r"[\"“(]", text) else None
    )


# --- Chinese -----------------------------------------------------------------------------------------------------

_ZH_NAMES = ("周立平", "海宁市", "远山公司", "格林维尔", "赫尔曼·布罗克", "乌兰察布", "林秀兰", "青田县")


def zh_number(text: str, near: str, dice: random.Random) -> str | None:
    """Random digits, or another counting character."""
    del near
    ways = [
        (*m.span(), _digits(m[0], dice))
        for m in re.finditer(r"(?<![\d.A-Za-z-])\d+(?:[.,]\d+)*(?![\d年月日號号A-Za-z.]|世|代)", text)
    ]
    counting = "两三四五六七八九"
    ways += [
        (*m.span(), dice.choice([one for one in counting if one != m[0]]))
        for m in re.finditer(f"(?<![一-十百千第])[{counting}](?=[个個名位座条條种種次家部本支])", text)
    ]
    return _one(text, ways, dice)


def zh_date(text: str, near: str, dice: random.Random) -> str | None:
    """Another year, month or day by random digits."""
    del near
    years = [n for n in range(-40, 41) if n]
    ways = [(*m.span(), str(int(m[0]) + dice.choice(years))) for m in re.finditer(r"(?<!\d)\d{4}(?=年)", text)]
    ways += [
        (*m.span(), str(dice.choice([n for n in range(1, 13) if str(n) != m[0]])))
        for m in re.finditer(r"(?<=年)\d{1,2}(?=月)|(?<=月)\d{1,2}(?=[日號号])", text)
    ]
    return _one(text, ways, dice)


def zh_name(text: str, near: str, dice: random.Random) -> str | None:
    """An invented name in the place of a country, a town, a firm, or of a name in Latin letters."""
    del near
    found = re.findall(
        r"[中美英法德日俄韓韩泰]国|[中美英法德日俄韓韩泰]國|香港|台湾|台灣|北京|上海|[A-Z][a-z]+(?: [A-Z][a-z]+)*", text
    )
    found += re.findall(r"(?<=《)[^》]{2,12}(?=》)|(?<=「)[^」]{3,12}(?=」)", text)
    if not found:
        return None
    old = dice.choice(found)
    return text.replace(old, dice.choice(_ZH_NAMES))


def zh_negation(text: str, near: str, dice: random.Random) -> str | None:
    """Denied by 并非, 从不, 绝不, or a denial taken out."""
    del near
    if re.search("不仅|不但|不僅|不過|不过|不同|不断|不斷|是否|不少|不久", text):
        return None
    out = [(*m.span(), "") for m in re.finditer(r"[不未](?=[能会會得可是被曾愿願想再允])", text)]
    if out:
        return _one(text, out, dice)
    if re.search("[不没沒未无無非]", text):
        return None
    ways = [
        (*m.span(), "并非") for m in re.finditer(r"(?<![但可还還不就总總或于於而])是(?=[一由中美在第最该該])", text)
    ]
    ways += [(*m.span(), f"绝不{m[0]}") for m in re.finditer("可以|能够|能夠", text)]
    ways += [
        (*m.span(), f"并没有{m[0]}")
        for m in re.finditer("获得|獲得|参加|參加|成立|发表|發表|获选|提出|击败|出版", text)
    ]
    return _one(text, ways, dice)


def zh_obligation(text: str, near: str, dice: random.Random) -> str | None:
    """A duty turned by a phrase."""
    del near
    pairs = (
        ("(?<!不)必[须須]", ("有权选择是否", "没有义务")),
        ("应当|應當|应该|應該", ("没有义务", "有权选择是否")),
        ("不得|不准|禁止", ("有权", "获准")),
        ("(?<![不就])可以", ("被迫", "被禁止")),
        ("(?<!不)需要", ("并不需要",)),
        ("不能(?!够|夠)", ("获准",)),
    )
    return _one(text, [(*m.span(), new) for old, news in pairs for m in re.finditer(old, text) for new in news], dice)


def zh_led(text: str, near: str, dice: random.Random) -> str | None:
    """Behind a lead-in."""
    del near
    return dice.choice(("文中指出，", "根据该文件，", "据资料记载，")) + text


def zh_other_words(text: str, near: str, dice: random.Random) -> str | None:
    """Other words that say the same."""
    del near
    pairs = (
        "例如/譬如 非常/极其 但是/不过 目前/当前 著名/有名 建立/创建 以及/及 位于/地处 称为/称作 许多/众多 拥有/有 "
        "認為/覺得 許多/眾多 位於/地處 建立/創建 稱為/稱作 目前/當前 擁有/有 當時/那時 当时/那时 最后/最终 最後/最終 "
        "之后/以後 由于/缘于 由於/緣於 出生/出世 包括/包含 同时/与此同时 大约/约莫"
    ).split()
    ways = [(*m.span(), pair.split("/")[1]) for pair in pairs for m in re.finditer(pair.split("/")[0], text)]
    return _one(text, ways, dice)


def zh_plain_marks(text: str, near: str, dice: random.Random) -> str | None:
    """Without quotation marks, brackets, or the comma behind a time."""
    del near, dice
    made = re.sub(r"[「」“”]|（[^（）]{1,20}）|\([^()]{1,20}\)", "", text)
    return re.sub(r"^(\d{4}年(?:\d+月)?(?:\d+日)?)[，,]", r"\1", made)


def zh_year(text: str, near: str, dice: random.Random) -> str | None:
    """公元 before a year, or 於/于 for 在."""
    del near, dice
    made = re.sub(r"(?<![\d公元前])(?=\d{4}年)", "公元", text, count=1)
    return re.sub(r"在(?=公元)", "于", made)


SWAPS: Mapping[Language, Mapping[str, Plant]] = {
    "en": {
        "number": number,
        "date": date,
        "name": name,
        "negation": negation,
        "obligation": obligation,
        "opposite": opposite,
    },
    "zh": {
        "number": zh_number,
        "date": zh_date,
        "name": zh_name,
        "negation": zh_negation,
        "obligation": zh_obligation,
        "opposite": opposite,
    },
}
"""What says something else."""
HARMLESS: Mapping[Language, Mapping[str, Plant]] = {
    "en": {
        "lead-in": led,
        "time first": time_first,
        "other words": other_words,
        "same duty": same_duty,
        "plain marks": plain_marks,
    },
    "zh": {"lead-in": zh_led, "other words": zh_other_words, "plain marks": zh_plain_marks, "year": zh_year},
}
"""What says the same."""
