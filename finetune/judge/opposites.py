"""Pairs of words of which one makes a question ask for the opposite of what the other asks."""

from __future__ import annotations

_ENGLISH = """
first/last earliest/latest early/late earlier/later oldest/newest older/newer youngest/eldest old/young
largest/smallest larger/smaller large/small biggest/tiniest bigger/smaller big/little greatest/slightest
greater/lesser highest/lowest higher/lower high/low tallest/shortest taller/shorter longest/briefest longer/shorter
long/short widest/narrowest wider/narrower wide/narrow deepest/shallowest deeper/shallower deep/shallow
heaviest/lightest heavier/lighter heavy/light fastest/slowest faster/slower fast/slow quick/slow quickly/slowly
strongest/weakest stronger/weaker strong/weak best/worst better/worse good/bad most/least more/fewer
maximum/minimum majority/minority many/few richest/poorest richer/poorer rich/poor wealthy/poor
easiest/hardest easier/harder easy/difficult simple/complex hot/cold hottest/coldest warm/cool warmest/coolest
wet/dry wettest/driest hard/soft full/empty clean/dirty safe/dangerous rare/common cheap/expensive
cheapest/costliest major/minor upper/lower inner/outer internal/external indoor/outdoor inside/outside
northern/southern north/south eastern/western east/west northeast/southwest northwest/southeast left/right
top/bottom front/back above/below over/under before/after during/after until/since
begin/end begins/ends began/ended beginning/ending start/finish starts/finishes started/finished starting/finishing
open/close opens/closes opened/closed opening/closing win/lose wins/loses won/lost winning/losing winner/loser
increase/decrease increases/decreases increased/decreased increasing/decreasing rise/fall rises/falls rose/fell
rising/falling grow/shrink grows/shrinks grew/shrank growing/shrinking expand/contract expanded/contracted
gain/lose gains/loses gained/lost raise/lower raised/lowered raises/lowers
allow/forbid allows/forbids allowed/forbidden permit/prohibit permits/prohibits permitted/prohibited
legal/illegal lawful/unlawful accept/reject accepts/rejects accepted/rejected approve/disapprove approved/rejected
agree/disagree agreed/disagreed agrees/disagrees support/oppose supports/opposes supported/opposed supporters/opponents
include/exclude includes/excludes included/excluded including/excluding add/remove adds/removes added/removed
adding/removing create/destroy creates/destroys created/destroyed build/demolish built/demolished
construct/demolish constructed/demolished establish/abolish established/abolished found/dissolve founded/dissolved
buy/sell buys/sells bought/sold buying/selling buyer/seller purchase/sell purchased/sold import/export imports/exports
imported/exported send/receive sends/receives sent/received give/take gives/takes gave/took borrow/lend
arrive/depart arrives/departs arrived/departed enter/leave enters/leaves entered/left entrance/exit join/leave
joined/left joins/leaves come/go came/went ascend/descend attack/defend attacked/defended attacks/defends
attacker/defender live/die lives/dies lived/died born/killed birth/death alive/dead survive/perish survived/perished
love/hate loves/hates loved/hated like/dislike likes/dislikes liked/disliked enjoy/detest enjoyed/detested
praise/criticize praised/criticized succeed/fail succeeds/fails succeeded/failed success/failure successful/unsuccessful
remember/forget remembered/forgot appear/disappear appears/disappears appeared/disappeared
connect/disconnect connected/disconnected attach/detach attached/detached enable/disable enables/disables
enabled/disabled encourage/discourage encouraged/discouraged encourages/discourages cause/prevent causes/prevents
caused/prevented promote/hinder promotes/hinders promoted/hindered protect/endanger protected/endangered
strengthen/weaken strengthened/weakened unite/divide united/divided unify/divide merge/split merged/split
push/pull pushed/pulled pushes/pulls lock/unlock locked/unlocked hide/reveal hidden/revealed load/unload
hire/fire hired/fired employ/dismiss employed/dismissed appointed/dismissed elected/ousted promoted/demoted
male/female man/woman men/women boy/girl boys/girls king/queen father/mother son/daughter sons/daughters
brother/sister brothers/sisters husband/wife uncle/aunt host/guest teacher/student parents/children
friend/enemy friends/enemies ally/enemy allies/enemies victory/defeat defeat/defend defeated/defended
public/private urban/rural domestic/foreign native/foreign local/foreign ancient/modern modern/medieval
positive/negative active/passive temporary/permanent natural/artificial physical/mental civilian/military
liberal/conservative democratic/authoritarian religious/secular guilty/innocent optional/mandatory
optional/required voluntary/compulsory direct/indirect directly/indirectly formal/informal official/unofficial
possible/impossible visible/invisible known/unknown famous/obscure popular/unpopular important/unimportant
effective/ineffective efficient/inefficient reliable/unreliable stable/unstable equal/unequal fair/unfair
happy/unhappy satisfied/dissatisfied regular/irregular complete/incomplete sufficient/insufficient
similar/different same/different advantage/disadvantage advantages/disadvantages benefit/harm benefits/harms
benefited/suffered profit/loss profits/losses credit/debit asset/liability assets/liabilities income/expense
revenue/cost revenues/costs supply/demand present/absent always/never often/rarely usually/rarely frequently/rarely
mainly/hardly primarily/scarcely day/night morning/evening summer/winter spring/autumn sunrise/sunset
increased/reduced reduce/increase reduces/increases improve/worsen improves/worsens improved/worsened
accelerate/decelerate contain/lack contains/lacks contained/lacked require/waive requires/waives
confirm/deny confirmed/denied confirms/denies admit/deny admitted/denied claim/disclaim claimed/disclaimed
"""

_CHINESE = """
最大/最小 最多/最少 最高/最低 最长/最短 最早/最晚 最新/最旧 最强/最弱 最好/最差 最快/最慢 最重/最轻 最远/最近
最深/最浅 最后/最初 最终/最初 第一/最后 首次/末次 首位/末位 首个/最后一个 之前/之后 以前/以后 以上/以下 前/后
开始/结束 起始/终止 成立/解散 建立/废除 创立/解散 创建/撤销 设立/撤销 开放/关闭 开启/关闭 开通/停用 上任/卸任 就任/离任
增加/减少 增长/下降 上升/下降 提高/降低 升高/降低 扩大/缩小 加强/削弱 增强/减弱 改善/恶化 加速/减速
胜利/失败 赢得/输掉 获胜/落败 成功/失败 战胜/输给 击败/败给 进攻/防守 攻击/保卫 占领/放弃 征服/解放
支持/反对 赞成/反对 同意/拒绝 接受/拒绝 承认/否认 允许/禁止 准许/禁止 合法/非法 肯定/否定 认可/否认 鼓励/阻止 促进/阻碍 导致/防止 引起/防止
进口/出口 购买/出售 收购/出售 买入/卖出 收入/支出 盈利/亏损 资产/负债 借入/借出 获得/失去 得到/失去 拥有/缺少 包括/不包括 包含/不含
加入/退出 进入/离开 到达/离开 来到/离开 登陆/撤离 连接/断开 添加/删除 安装/卸载 合并/拆分 统一/分裂 结合/分离 
出生/去世 诞生/灭亡 生前/死后 活着/死亡 父亲/母亲 儿子/女儿 哥哥/姐姐 弟弟/妹妹 丈夫/妻子 男性/女性 男子/女子 国王/王后
北部/南部 南部/北部 东部/西部 西部/东部 北方/南方 东方/西方 北面/南面 东面/西面 东北/西南 西北/东南 上游/下游 左侧/右侧 上层/下层 内部/外部 国内/国外 境内/境外 室内/室外
古代/现代 早期/晚期 初期/末期 上半/下半 白天/夜晚 夏季/冬季 春季/秋季 早上/晚上 上午/下午 旧/新 大型/小型 高于/低于 大于/小于 多于/少于 超过/低于 长期/短期
公共/私人 公立/私立 城市/农村 民用/军用 主要/次要 直接/间接 正式/非正式 相同/不同 强大/弱小 富裕/贫困 富人/穷人 朋友/敌人 盟友/敌人 优点/缺点 优势/劣势 好处/坏处 有利/不利
积极/消极 主动/被动 简单/复杂 容易/困难 稳定/不稳定 著名/无名 安全/危险 原告/被告 上诉人/被上诉人 债权人/债务人 出租/承租 有效/无效 有罪/无罪 故意/过失 雇用/解雇 任命/罢免 当选/落选
经常/很少 总是/从不 通常/很少 全部/没有 多数/少数 喜欢/讨厌 热爱/憎恨 赞扬/批评 记得/忘记 出现/消失 公开/隐瞒 保护/破坏 建造/拆除 修建/拆除 建成/拆除
"""


def _both_ways(pairs: str) -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for pair in pairs.split():
        one, _, other = pair.partition("/")
        table.setdefault(one, []).append(other)
        table.setdefault(other, []).append(one)
    return {word: tuple(dict.fromkeys(others)) for word, others in table.items()}


ENGLISH = _both_ways(_ENGLISH)
"""English words, each with its opposites."""

CHINESE = _both_ways(_CHINESE)
"""Chinese words, each with its opposites."""

ENGLISH_ALIKE = {
    word: other
    for pair in """largest/biggest biggest/largest start/begin begin/start started/began began/started kind/type
    type/kind kinds/types types/kinds created/made build/construct built/constructed constructed/built
    located/situated purchase/buy purchased/bought bought/purchased obtain/get obtained/got
    people/persons company/firm companies/firms city/town nation/country country/nation
    countries/nations occur/happen occurred/happened happen/occur happened/occurred takes/requires help/assist
    helped/assisted assist/help use/employ uses/employs show/demonstrate shown/demonstrated
    main/principal primary/main mainly/chiefly near/close also/additionally big/large large/big small/little
    movie/film film/movie reason/cause name/title main/chief kids/children children/kids finally/eventually
    often/frequently frequently/often usually/normally began/started important/significant
    significant/important famous/well-known well-known/famous""".split()
    for word, _, other in [pair.partition("/")]
}
"""English words with one that asks for the same."""

CHINESE_ALIKE = {
    "什么时候": "何时",
    "何时": "什么时候",
    "哪里": "何处",
    "何处": "哪里",
    "谁": "什么人",
    "哪个": "哪一个",
    "哪一个": "哪个",
    "哪一年": "何年",
    "为什么": "为何",
    "为何": "为什么",
    "如何": "怎样",
    "怎样": "如何",
    "怎么": "如何",
    "位于": "坐落于",
    "称为": "叫做",
    "被称为": "被叫做",
    "叫做": "称为",
    "建立": "创建",
    "成立": "创立",
    "开始": "起始",
    "使用": "运用",
    "认为": "觉得",
    "最大": "最为巨大",
    "著名": "知名",
    "知名": "著名",
    "国家": "国度",
    "目前": "现在",
    "现在": "目前",
    "由于": "因为",
    "因为": "由于",
    "获得": "取得",
    "取得": "获得",
    "发现": "发觉",
    "名字": "名称",
    "名称": "名字",
}
"""Chinese words with one that asks for the same."""
