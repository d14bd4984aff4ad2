"""Chinese sentences changed so that they say something else, and put otherwise so that they say the same."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from functools import cache

from finetune.judge.chinese_words import AFFIRM, COMMON, DENY, DUTY, OPPOSITE, PLAIN_DUTIES, SAME_DUTY, SYNONYMS
from finetune.judge.swaps import Said, exchanged
from ingestion.chinese import HAN, fold, words
from ingestion.quantities import dates, numbers_in_words
from rag.answer.check import QUALIFIERS

_RUN = re.compile(f"[{HAN}]+")
_DIGITS = re.compile(r"(?<![\d.,A-Za-z-])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d,]|\.\d|[A-Za-z-])")
_YEAR = re.compile(r"(?<!\d)(1\d{3}|20[0-2]\d)(?=\s?年)")
_MONTH = re.compile(r"(?<=年)(\d{1,2})(?=月)|(?<!\d)(\d{1,2})(?=月\d)")
_DAY = re.compile(r"(?<=月)(\d{1,2})(?=[日号號])")
_COUNTER = re.compile(
    r"\s?(?:[%％‰元萬万億亿米人天個个名次歲岁噸吨座條条所場场件位種种倍點点分小平方公毫厘千克輛辆畝亩戶户家卷頁页本艘架英光度美歐欧日圓只隻顆颗票席支隊队"
    r"票層层轮輪枚套台部幅艘首篇句字周週星世]|k?m|[kM]W)"
)
_HAN_DIGIT = "零一二三四五六七八九"
_UNITS: dict[str, str] = dict(
    (one, other)
    for pair in (
        "天/个月 日/月 个月/年 小时/天 分钟/小时 秒/分钟 公里/米 米/公里 公斤/克 万元/元 亿元/万元 元/万元 "
        "毫米/厘米 厘米/毫米 吨/公斤 "
        "小時/天 個月/年 分鐘/小時 公尺/公里 歲/個月 亿/万 億/萬 万/亿 萬/億"
    ).split()
    for one, other in (pair.split("/"),)
)
_COUNTED = re.compile(r"(?<=\d)(?:" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")(?![月日年])")
_PART = "(?![于於在是的和与與被曾为為以从從到及由了])[一-鿿]"
"""A character of a foreign name; words that stand around names are none."""
_NAMED = re.compile(
    rf"(?:{_PART}){{1,7}}(?:·(?:{_PART}){{1,7}})+"
    r"|(?<=《)[^《》]{2,15}(?=》)|[A-Z][A-Za-z'-]+(?: [A-Z][A-Za-z'-]+)*"
)
_ENDS = "省 市 县 州 区 国 岛 河 江 湖 山 海 大学 学院 公司 银行 党 军 帝国 王国 共和国 教会 队 铁路 镇 族 人".split()
_KINDS = tuple(
    tuple(line.split())
    for line in (
        "原告 被告 上诉人 被上诉人 买方 卖方 甲方 乙方 出租人 承租人 债权人 债务人",
        "清朝 明朝 唐朝 宋朝 元朝 汉朝",
        "北京 上海 南京 广州 天津 重庆 武汉 成都 西安 台北 高雄 东京 纽约 伦敦 巴黎 柏林 莫斯科 罗马 香港 澳门",
        "欧洲 亚洲 非洲 北美 南美",
        "中国 美国 英国 法国 德国 日本 俄罗斯 苏联 印度 意大利 西班牙 葡萄牙 荷兰 韩国 朝鲜 越南 泰国 缅甸 加拿大 "
        "澳大利亚 巴西 埃及 希腊 "
        "波兰 奥地利 匈牙利 瑞典 挪威 丹麦 芬兰 瑞士 土耳其 伊朗 伊拉克 以色列 台湾",
    )
)
_KNOWN = frozenset(word for kind in _KINDS for word in kind)
_JOINED = re.compile(r"^[和与與及或、跟同以及并，,]*$")
_SYMMETRIC = re.compile("和|与|與|跟|之间|之間|分别|分別|互相|相互|及|、")


def _said(text: str) -> list[tuple[str, int, int]]:
    """The words, Simplified, with their places in the text."""
    plain = fold(text)
    return [
        (word, run.start() + at, run.start() + to) for run in _RUN.finditer(plain) for word, at, to in words(run[0])
    ]


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _one(text: str, ways: Sequence[tuple[int, int, str]], dice: random.Random) -> str | None:
    return _put(text, *dice.choice(ways)) if ways else None


def _figures(text: str) -> list[tuple[int, int, str]]:
    """Numbers that count something, in digits or in characters: no dates, years or numbers of clauses."""
    dated = [(start, end) for start, end, _ in dates(text)]
    found = [
        (start, end, value) for start, end, value in numbers_in_words(text) if text[start:end][0] not in "0123456789"
    ]
    found = [one for one in found if text[one[0] - 1 : one[0]] != "第" and text[one[1] :][:1] not in "月日年世"]
    for match in _DIGITS.finditer(text):
        free = not any(a <= match.start() < b for a, b in [*dated, *((s, e) for s, e, _ in found)])
        if free and _COUNTER.match(text, match.end()) and text[match.start() - 1 : match.start()] not in "第[条":
            found.append((*match.span(), match[0].replace(",", "")))
    return found


def in_characters(value: int) -> str | None:
    """A whole number below ten thousand as Chinese writes it: 305 is 三百零五."""
    if not 0 < value < 10000:
        return None
    digits = str(value)
    said = ""
    for place, digit in enumerate(digits):
        scale = ["", "十", "百", "千"][len(digits) - place - 1]
        said += f"{_HAN_DIGIT[int(digit)]}{scale}" if digit != "0" else ("零" if said[-1:] != "零" else "")
    said = said.rstrip("零")
    return said[1:] if said.startswith("一十") else said


def number_swapped(said: Said, dice: random.Random) -> str | None:
    """Another number, or another unit."""
    text = said.text
    units = [(*match.span(), _UNITS[match[0]]) for match in _COUNTED.finditer(text)]
    if units and dice.random() < 0.2:
        return _one(text, units, dice)
    found = _figures(text)
    if not found or dice.random() < 0.1:
        ranks = re.finditer(f"(?<=第)[{_HAN_DIGIT}](?![{_HAN_DIGIT}十百])", text)
        others = "一二三四五六七八九"
        return _one(text, [(*m.span(), dice.choice(others.replace(m[0], ""))) for m in ranks], dice)
    start, end, value = dice.choice(found)
    number = float(value)
    steps = [
        number + 1,
        number + 2,
        number + 3,
        number + 10,
        number * 2,
        number * 10,
        number - 1,
        number - 2,
        number * 3,
    ]
    dice.shuffle(steps)
    decimals = len(value.partition(".")[2])
    for step in steps:
        if step <= 0:
            continue
        if text[start].isdigit():
            new: str | None = f"{step:,.{decimals}f}" if "," in text[start:end] else f"{step:.{decimals}f}"
        else:
            new = in_characters(int(step)) if step == int(step) else None
        if new and new != text[start:end] and new != "一":
            return _put(text, start, end, new)
    return None


def date_swapped(said: Said, dice: random.Random) -> str | None:
    """Another year, month or day."""
    text = said.text
    years = [-30, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 30]
    ways = [
        (*match.span(), str(int(match[0]) + dice.choice(years) * (10 if text[match.end() + 1 :][:1] == "代" else 1)))
        for match in _YEAR.finditer(text)
    ]
    for pattern, most in ((_MONTH, 12), (_DAY, 28)):
        for match in pattern.finditer(text):
            others = [str(other) for other in range(1, most + 1) if str(other) != match[0]]
            ways.append((*match.span(), dice.choice(others)))
    return _one(text, ways, dice)


def names(text: str) -> list[str]:
    """The names in a text: foreign and book names by their marks, countries and towns by a list, others by their "
    "ending."""
    found = [match[0] for match in _NAMED.finditer(text) if len(match[0]) > 2]
    for word, start, end in _said(text):
        ends = len(word) >= 3 and any(word.endswith(one) for one in _ENDS if one != "人")
        if (word in _KNOWN or ends) and word not in COMMON:
            found.append(text[start:end])
    return list(dict.fromkeys(found))


def name_swapped(said: Said, dice: random.Random) -> str | None:
    """Two names of the sentence exchanged, or one replaced by another of its kind in the document."""
    text = said.text
    held = [name for name in names(text) if not any(name != other and name in other for other in names(text))]
    placed = sorted(held, key=text.find)
    pairs = [
        (a, b)
        for at, a in enumerate(placed)
        for b in placed[at + 1 :]
        if 2 <= len(between := text[text.find(a) + len(a) : text.find(b)]) < 25 and not _JOINED.match(between)
    ]
    if pairs and not _SYMMETRIC.search(text) and dice.random() < 0.5:
        return exchanged_zh(text, *dice.choice(pairs))
    others = [name for near in said.near for name in names(near) if name not in text]
    ways = [
        (old, new) for old in held for new in others if _kind(old) == _kind(new) and old not in new and new not in old
    ]
    if not ways:
        return None
    old, new = dice.choice(ways)
    made = re.sub(f"{re.escape(old)}(?![人们們])", lambda _: new, text)
    return made if made != text else None


def exchanged_zh(text: str, first: str, second: str) -> str:
    """The text with each of two names wherever the other stood."""
    if first[0].isascii() and second[0].isascii():
        return exchanged(text, first, second)
    pattern = re.compile(f"{re.escape(first)}|{re.escape(second)}")
    return pattern.sub(lambda match: second if match[0] == first else first, text)


def _kind(name: str) -> str:
    if "·" in name:
        return "·"
    if name[0].isascii():
        return "latin"
    plain = fold(name)
    for kind in _KINDS:
        if plain in kind:
            return kind[0]
    return next((end for end in sorted(_ENDS, key=len, reverse=True) if plain.endswith(end)), "other")


def _exchange(text: str, table: Mapping[str, str | tuple[str, ...]], dice: random.Random, skip: str = "") -> str | None:
    ways = []
    for word, start, end in _said(text):
        news = table.get(word)
        before = text[max(0, start - 1) : start]
        if news is None or (before and before in "不没未无沒無否非") or (skip and re.match(skip, text[end:])):
            continue
        new = news if isinstance(news, str) else dice.choice(news)
        ways.append((start, end, _as_written(new, text)))
    return _one(text, ways, dice)


def _as_written(new: str, text: str) -> str:
    """In the text's own script."""
    return new if simplified(text) == text else traditional(new)


def simplified(text: str) -> str:
    """In Simplified characters; marks stay as they are, which folding makes narrow."""
    return _RUN.sub(lambda run: fold(run[0]), text)


def negated(said: Said, dice: random.Random) -> str | None:
    """A denial put in or taken out."""
    text = said.text
    if re.search("[吗嗎？?]|是否|不仅|不但|不僅|不只|不管|无论|無論", text):
        return None
    denied = any(word in AFFIRM or word[0] in "不没未无" for word, _, _ in _said(text))
    return _exchange(
        text, AFFIRM if denied else DENY, dice, skip="[否不]" if denied else "[否不没多何]|[^，。]{0,12}[吗嗎]"
    )


def obligation_swapped(said: Said, dice: random.Random) -> str | None:
    """A duty made a choice, a choice a duty, what is forbidden allowed."""
    duties = DUTY if said.rules else {word: new for word, new in DUTY.items() if word in PLAIN_DUTIES}
    return _exchange(said.text, duties, dice, skip="否")


def antonym(said: Said, dice: random.Random) -> str | None:
    """A word replaced by its opposite."""
    return _exchange(said.text, OPPOSITE, dice)


_CONDITION = re.compile(
    r"^(?:(?:如果|若(?!干)|除非|假如|倘若|一旦)[^，,。；]{4,}|除(?!了)[^，,。；]{2,}外(?=[，,](?:其他|其余|其餘|所有|任何|大多|不|没|沒|均|一律|应|應)))[，,]"
    r"(?:那么|那麼|则|則|就|才)?(?![还還也亦尚另更而或即又])(?=[^，,。；]{5,})"
)
_EXCEPTION = re.compile(r"[，；]\s?(?:除非|但[^。；，]{2,30}除外)[^。；]*(?=。?$)")


def qualifier_dropped(said: Said, dice: random.Random) -> str | None:
    """What is said without the condition or exception that it is said under."""
    text = said.text
    for pattern in (_CONDITION, _EXCEPTION):
        if match := pattern.search(text):
            rest = text[: match.start()] + text[match.end() :]
            opens = re.match("尽管|虽然|即使|儘管|雖然|也", rest)
            return rest if len(rest) > 8 and not opens else None
    return None


_DETAILS = (
    "，费用为{count}百元|，约{count}十人到场|，地点在{name}|，由{name}负责|，历时{count}个小时|，得到了{name}的协助|，有{count}名见证人在场|"
    "，这是第{count}次|，并在星期{day}公布|，主要是因为{name}|，比{name}晚了{count}年|，使用了{name}的设备|，受到{name}的反对"
).split("|")


def detail_added(said: Said, dice: random.Random) -> str | None:
    """The sentence with a detail at its end that nothing bears out."""
    text = said.text
    if re.search("[不没沒无無未非都均只仅僅]|任何|所有|每|如果|若|应当|應當|必须|必須|全部|一切", text):
        return None  # with a detail it may follow from what is said of everything, or of nothing
    pool = [name for near in said.near for name in names(near) if name not in text]
    template = dice.choice([one for one in _DETAILS if pool or "{name}" not in one])
    name = dice.choice(pool) if pool else ""
    detail = template.format(count=dice.choice("二三四五六七八九"), day=dice.choice("一二三四五六"), name=name)
    return f"{text.rstrip('。；;.')}{_as_written(detail, text)}。"


def duty(said: Said, dice: random.Random) -> str | None:
    """The same duty, leave or ban in another word."""
    return _exchange(said.text, SAME_DUTY, dice, skip="否")


def synonym(said: Said, dice: random.Random) -> str | None:
    """A word replaced by another that means the same."""
    return _exchange(said.text, SYNONYMS, dice)


def number_form(said: Said, dice: random.Random) -> str | None:
    """三十日 as 30日, or the other way round."""
    ways = []
    for start, end, value in _figures(said.text):
        if said.text[start].isdigit():
            new = in_characters(int(value)) if value.isdigit() and said.text[end:][:1] not in "%％" else None
        else:
            new = value
        if new:
            ways.append((start, end, new))
    ways += [(*m.span(), f"百分之{m[1]}") for m in re.finditer(r"(\d+(?:\.\d+)?)[%％]", said.text)]
    return _one(said.text, ways, dice)


def date_form(said: Said, dice: random.Random) -> str | None:
    """2020年3月1日 as 2020-03-01 or 二〇二〇年三月一日."""
    ways: list[tuple[int, int, str]] = []
    for match in re.finditer(r"(?<!\d)(\d{4})年(\d{1,2})月(\d{1,2})[日号號]", said.text):
        year = "".join("〇一二三四五六七八九"[int(digit)] for digit in match[1])
        month, day = in_characters(int(match[2])), in_characters(int(match[3]))
        if month and day:
            ways.append((*match.span(), f"{year}年{month}月{day}日"))
            ways.append((*match.span(), f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"))
    ways += [(m.start(), m.end(), "") for m in re.finditer(r"^在(?=\d{4}年)|(?<=[，。])在(?=\d{4}年)", said.text)]
    ways += [(m.start(), m.start(), "在") for m in re.finditer(r"^(?=\d{4}年[^，。年]{0,6}，)", said.text)]
    return _one(said.text, ways, dice)


def without_de(said: Said, dice: random.Random) -> str | None:
    """Without one 的 between two longer words."""
    told = _said(said.text)
    ways = [
        (start, end, "")
        for (a, _, at), (word, start, end), (b, to, _) in zip(told, told[1:], told[2:], strict=False)
        if word == "的" and at == start and to == end and len(a) > 1 and len(b) > 1
    ]
    return _one(said.text, ways, dice)


def other_script(said: Said, dice: random.Random) -> str | None:
    """Traditional for Simplified, or the other way round."""
    plain = simplified(said.text)
    return plain if plain != said.text else traditional(said.text)


@cache
def _converter() -> object:
    import opencc

    return opencc.OpenCC("s2t")


def traditional(text: str) -> str:
    """In Traditional characters."""
    return str(_converter().convert(text))  # type: ignore[attr-defined]


def clause(said: Said, dice: random.Random) -> str | None:
    """Whole clauses from the sentence's beginning, where nothing that limits them is left behind."""
    text = said.text
    cuts = [match.start() for match in re.finditer("[，；,;]", text)]
    dice.shuffle(cuts)
    for at in cuts:
        told = [word for word, _, _ in _said(text[:at])]
        left = {word for word, _, _ in _said(text[at:])}
        waits = re.match(
            "如|若|虽|當|当|除|由于|由於|因|在|为了|為了|随着|隨著|尽管|儘管|即使|只要|不仅|不但|自|从|從|对于|經|经",
            text,
        )
        open_marks = any(text[:at].count(a) != text[:at].count(b) for a, b in ("（）", "「」", "“”", "()", "《》"))
        pending = re.search(
            r"由于|由於|虽然|雖然|尽管|儘管|如果|若|的$|为止$|為止$|至今$|规定$|規定$|\d$|[时時后後前]$", text[:at]
        )
        if len(told) < 6 or waits or pending or open_marks or left & QUALIFIERS:
            continue
        if not any(word in DENY or word in ("为", "于", "由", "以", "将", "了") for word in told):
            continue
        return f"{text[:at]}。"
    return None


def plainer(said: Said, dice: random.Random) -> str | None:
    """Without its full stop, its quotation marks or what stands in brackets."""
    text = said.text
    ways = [text.rstrip("。；;"), re.sub("[“”「」]", "", text), re.sub(r"（[^（）]{1,40}）|\([^()]{1,40}\)", "", text)]
    ways = [way for way in ways if way != text and len(way) > 6]
    return dice.choice(ways) if ways else None
