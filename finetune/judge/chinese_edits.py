"""Edits of Chinese questions: some that leave their passage without an answer, some that change nothing."""

from __future__ import annotations

import random
import re

from finetune.judge.english_edits import Asked
from finetune.judge.opposites import CHINESE, CHINESE_ALIKE
from finetune.judge.windows import content
from ingestion.chinese import fold, words
from ingestion.sentences import sentence_spans

_NAME = re.compile(
    r"[A-Za-z][\w.\-]*(?:\s[A-Za-z][\w.\-]*)*"  # Latin
    r"|(?<=《)[^《》]{2,20}(?=》)|(?<=[「“])[^「」“”]{2,12}(?=[」”])"  # titles and quoted names
    r"|[\u4e00-\u9fff]{1,6}(?:[·•‧・][\u4e00-\u9fff]{1,6})+"  # foreign persons
)
_ENDED = re.compile(
    r"(?:公司|银行|大学|学院|医院|法院|委员会|协会|王国|帝国|共和国|王朝|战争|战役|条约|会议|教堂|教会|议会|政府"
    r"|公园|车站|机场|大桥|山|河|江|湖|岛|省|市|县|州|区|镇|国|人|語|语|族|党|軍|军|教|派)$"
)
_NUMBER = re.compile(r"(?<![\d.,A-Za-z])\d+(?:\.\d+)?(?![\d.,A-Za-z])")
_NOT_NAMES = frozenset(
    "人 什么人 哪国 中国人 个人 本人 他人 别人 有人 主人 男人 女人 工人 军人 国人 世人 "
    "众人 当地人 年轻人 成年人 外国 多国 各国 全国 城市 地区 超市 上市 都市 政党 社区 "
    "国家 帝国 王国 政府 议会 战争 会议 教会 教堂 公司 大学 学院 宗教 佛教 民族 家族 "
    "种族 该国 該國 我国 我國 本国 本國 两国 兩國 他国 他國 列国 列國 该州 該州 该市 "
    "該市 该公司 該公司 该党 该校 鄰國 邻国 大国 大國 小国 小國 强国 強國 國人 外國 各國 "
    "全國 帝國 王國 地區 社區 政黨 議會 戰爭 會議 教會 英语 语 市 省 县 区 州 国 山 "
    "河 江 湖 岛 族 党 军 教 派 镇 哪个国家".split()
)


def names(text: str) -> list[tuple[int, int, str]]:
    """Where names stand, and their kind: Latin, quoted, foreign persons, or the ending that makes a word a name."""
    found = []
    for match in _NAME.finditer(text):
        sort = "latin" if match[0][0].isascii() else "person" if re.search("[·•‧・]", match[0]) else "quoted"
        found.append((match.start(), match.end(), sort))
    plain = fold(text)
    for run in re.finditer(r"[\u4e00-\u9fff]+", plain):
        for word, start, end in words(run[0]):
            ending = _ENDED.search(word)
            at, to = run.start() + start, run.start() + end
            if ending and len(word) >= 2 and word not in _NOT_NAMES and all(to <= a or at >= b for a, b, _ in found):
                found.append((at, to, ending[0]))
    return sorted(found)


def name_swapped(asked: Asked, rng: random.Random) -> str | None:
    """The question with one of its names, which its passage speaks of, made another of the same kind."""
    own = [(at, to, sort) for at, to, sort in names(asked.question) if asked.question[at:to] in asked.passage]
    if not own or len(asked.question) < 8:
        return None
    at, to, sort = rng.choice(own)
    said = asked.question[at:to]
    rest = asked.question[:at] + "，" + asked.question[to:]
    inside = [asked.passage[a:b] for a, b, other in names(asked.passage) if other == sort]
    outside = [name for name in asked.names if name not in asked.passage for _, _, s in names(name)[:1] if s == sort]
    for pool in [inside, outside] if rng.random() < 0.5 else [outside, inside]:
        fitting = sorted({name for name in pool if _other(name, said, asked)})
        rng.shuffle(fitting)
        for name in fitting:
            if not _answered_elsewhere(asked, rest, name):
                return asked.question[:at] + name + asked.question[to:]
    return None


def _other(name: str, said: str, asked: Asked) -> bool:
    """Whether `name` is another thing than `said`, and neither the answer nor told of in the answer's sentence."""
    if len(name) > 20 or name in asked.question or name in asked.sentence or name in asked.answer:
        return False
    if name.endswith(("两国", "兩國", "各国", "各國")):  # may hold the one that was asked about
        return False
    return name[:1].lower() != said[:1].lower() and said not in name and not said.endswith(("两国", "兩國"))


def _answered_elsewhere(asked: Asked, rest: str, new: str) -> bool:
    told = content(rest)
    own = len(told & content(asked.sentence))
    near = [asked.passage[a:b] for a, b in sentence_spans(asked.passage) if new in asked.passage[a:b]]
    return any(len(told & content(sentence)) >= max(1, own * 0.6) for sentence in near)


def number_swapped(asked: Asked, rng: random.Random) -> str | None:
    """The question with one of its numbers or years made another."""
    found = [m for m in _NUMBER.finditer(asked.question) if m[0] in asked.passage and float(m[0]) > 3]
    if not found:
        return None
    match = rng.choice(found)
    value = match[0]
    if "." in value:
        new = f"{float(value) * rng.choice((0.5, 1.5, 2)):.{len(value.partition('.')[2])}f}"
    elif re.fullmatch(r"1\d{3}|20\d\d", value):
        new = str(int(value) + rng.choice((-20, -10, -3, -2, -1, 1, 2, 3, 10)))
    else:
        new = str(int(value) + rng.choice((-1, 1)) * max(1, round(int(value) * rng.choice((0.1, 0.2, 0.5)))))
    if new in asked.passage or new == value:
        return None
    return asked.question[: match.start()] + new + asked.question[match.end() :]


_DENIED = re.compile(r"不|没|沒|未|非|无|無|否|反对|拒绝")


def opposite(asked: Asked, rng: random.Random) -> str | None:
    """The question with a word made its opposite, where the passage does not have the opposite."""
    plain, passage = fold(asked.question), fold(asked.passage)
    if _DENIED.search(plain):
        return None
    choices = []
    for run in re.finditer(r"[\u4e00-\u9fff]+", plain):
        for word, start, end in words(run[0]):
            choices += [(run.start() + start, run.start() + end, o) for o in CHINESE.get(word, ()) if o not in passage]
    if not choices:
        # words cut "最大的" as one, so pairs of two characters and more are looked for in the text as well
        for word, others in CHINESE.items():
            at = plain.find(word) if len(word) > 1 and word[0] in "最首第" else -1
            choices += [(at, at + len(word), other) for other in others if at >= 0 and other not in passage]
    if not choices:
        return None
    at, to, other = rng.choice(choices)
    return asked.question[:at] + other + asked.question[to:]


_MADE_OF = {
    "可以": "不可以",
    "能够": "不能够",
    "能": "不能",
    "会": "不会",
    "應該": "不應該",
    "应该": "不应该",
    "包括": "不包括",
    "包含": "不包含",
    "属于": "不属于",
    "需要": "不需要",
    "使用": "不使用",
    "同意": "不同意",
    "允许": "不允许",
    "支持": "不支持",
    "认为": "不认为",
    "認為": "不認為",
    "具有": "不具有",
    "位于": "不位于",
    "位於": "不位於",
    "参加": "未参加",
    "參加": "未參加",
    "参与": "未参与",
    "获得": "未获得",
    "獲得": "未獲得",
    "导致": "没有导致",
    "發現": "沒有發現",
    "发现": "没有发现",
    "建立": "没有建立",
    "提出": "没有提出",
    "签订": "未签订",
    "支付": "未支付",
    "加入": "没有加入",
    "进入": "没有进入",
    "接受": "没有接受",
    "受到": "没有受到",
    "出现": "没有出现",
    "发生": "没有发生",
    "發生": "沒有發生",
    "成为": "没有成为",
    "成為": "沒有成為",
    "影响": "没有影响",
    "有": "没有",
    "是": "不是",
}
_BEFORE_DENIAL = re.compile(
    r"(?:最|所|可|不|才|还|只|就|都|也|是|能|会|的|要|社|机|学|议|协|委员|大|拥|具|占|设|没|共|总|于|為|为)\Z"
)


def negated(asked: Asked, rng: random.Random) -> str | None:
    """The question with 不, 没 or 未 put to its verb. None where question or answer's sentence already denies."""
    if (
        _DENIED.search(asked.question)
        or _DENIED.search(asked.sentence)
        or re.search("多少|几|多久|多大", asked.question)
    ):
        return None
    said = {  # where its words begin, so that 会 is not found in 会议
        run.start() + start: word
        for run in re.finditer(r"[\u4e00-\u9fff]+", fold(asked.question))
        for word, start, _ in words(run[0])
    }
    for verb, denied in _MADE_OF.items():
        at = asked.question.find(verb)
        if at < 0 or said.get(at) != fold(verb) or _BEFORE_DENIAL.search(asked.question, 0, at):
            continue
        # "X是什么" denied asks for anything else; "是" stays where it only says what is asked for
        if verb == "是" and re.match("是(?:什|谁|誰|哪|何|由|在|如|因|怎|指|否)", asked.question[at:]):
            continue
        if verb in {"有", "是", "会", "能"} and rng.random() < 0.6:
            continue
        return asked.question[:at] + denied + asked.question[at + len(verb) :]
    return None


_HEAD = re.compile(
    r"的([\u4e00-\u9fff]{2,4})(?=(?:是|为|為|有|由|在|被|叫|位于|位於)(?:多少|什么|什麼|谁|誰|何|哪|几|幾))"
)
_NOT_HEADS = frozenset(
    "名字 名称 名稱 时间 時間 地方 国家 國家 城市 原因 全名 时候 時候 年份 日期 人物 地点 地點".split()
)


def noun_swapped(asked: Asked, rng: random.Random) -> str | None:
    """The question with the noun it asks about made one that another question of the same document asks about."""
    own = _HEAD.search(asked.question)
    if not own or own[1] in _NOT_HEADS:
        return None
    said = asked.passage + asked.question
    others = sorted(
        {
            other[1]
            for question in asked.questions
            for other in _HEAD.finditer(question)
            if other[1] not in _NOT_HEADS and not any(pair in said for pair in (other[1], other[1][-2:]))
        }
    )
    return asked.question[: own.start(1)] + rng.choice(others) + asked.question[own.end(1) :] if others else None


def kept(asked: Asked, rng: random.Random) -> str | None:
    """The question put otherwise, its meaning and so its answer the same."""
    question = asked.question
    bare = question.rstrip("？?。. ")
    ways = [bare if bare != question else question + "？", "请问" + question]
    if question.endswith("？"):
        ways.append(bare + "?")
    for word, other in CHINESE_ALIKE.items():
        if word in question:
            ways += [question.replace(word, other, 1)] * 3
    ways += [f"根据上文，{question}"]
    return rng.choice([way for way in ways if way != question])
