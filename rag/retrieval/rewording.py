"""What people ask in everyday words, said in the words of contracts as well.

Nobody asks for "the initial term": they ask when the contract ends. Words and meaning alone do not find the one by the
other, and a judge does not see that it answers. So the words of the document are put behind the question.
"""

from __future__ import annotations

import re

SHORT = 10
"""Words of a question that may be put otherwise, at most; Chinese has no spaces, and its questions are short."""

_PAPER = r"(?:contract|agreement|lease|licen[cs]e|subscription|policy|deal|nda|cooperation)s?"
_PASSES = r"(?:expir\w+|ends?|ended|ending|lasts?|run out|runs?|is over|finish\w*|valid|in force|terminat\w+ by itself)"
_WORDS: tuple[tuple[str, str], ...] = (
    (rf"\b(?:when|how long|until when|what date)\b.*\b{_PAPER}\b.*\b{_PASSES}\b",
     "initial term, commence, continue until"),
    (r"\b(?:which|what|whose) (?:\w+ ){0,2}laws?\b|\blaw appl", "governed by and construed under the laws of"),
    (r"\b(?:hire|employ|poach|recruit)\b.*\b(?:employees|staff|people|workers)\b", "solicit for employment"),
    (r"\b(?:compet\w+|rivals?)\b|\bnon-?compete", "compete, competing business, directly or indirectly"),
    (r"\bcancel|\bget out of\b|\bquit\b|\bwithout (?:cause|a? ?reason)\b|\bend (?:the|this) \w+ early\b",
     "terminate for convenience upon written notice"),
    (rf"\b(?:transfer|hand over|pass on|give)\b.*\b{_PAPER}\b", "assign, assignment, prior written consent"),
    (r"\b(?:is|are|gets?|be) (?:sold|bought|acquired|taken over)\b|\btake-?over\b",
     "change of control, merger, assign"),
    (r"\broyalt|\bshar\w+ (?:\w+ )?(?:revenues?|profits?|income)\b", "royalty, percentage of net revenue"),
    (r"\b(?:penalt\w+|fines?)\b", "liquidated damages"),
    (r"\bminimum (?:order|purchase|quantity|volume|commitment)\b", "shall purchase a minimum quantity"),
    (r"\bowns?\b.*\b(?:intellectual|ip|rights?|software|work|patents?)\b", "ownership, right, title and interest"),
    (rf"\bafter (?:the |this )?(?:{_PAPER}|termination)\b", "upon termination or expiration"),
    (r"\b(?:extend\w*|prolong\w*|renew\w*)\b", "renewal term, automatically renew"),
    (r"\b(?:inspect|check|look into)\b.*\b(?:books|records|accounts)\b", "audit the books and records"),
    (r"付款(?:期限|时间|時間)|(?:何时|何時|什么时候|什麼時候|多久|几天|幾天|多少天).{0,6}付[款清]", "支付 款项 日内"),
    (r"(?:合同|协议|協議|合約|租约).{0,8}(?:到期|结束|結束|多久|多长|多長)|(?:何时|什么时候|哪天)到期",
     "有效期 期限 自 起 至 止"),
    (r"解约|解約|取消(?:合同|协议|協議)|提前(?:终止|終止|结束|結束)", "解除 终止 书面通知"),
    (r"打官司|(?:什么|什麼|哪[国國里裡个個])(?:\S{0,4})(?:法律|法院)", "适用法律 管辖 法院 仲裁"),
    (r"罚款|罰款|赔多少|賠多少", "违约金 赔偿"),
    (r"转给|轉給|(?:转|轉)让给?别人", "转让 书面同意"),
    (r"(?:双方|雙方|当事人|當事人|各方)(?:都|分别)?(?:是谁|是誰|有谁|有哪)|谁和谁|誰和誰", "甲方 乙方"),
    (r"多(?:久|长时间).{0,4}[换換]|[换換].{0,6}多久", "更换周期"),
    (r"第一次[使用装裝开開]", "首次使用"),
    (r"(?:没|沒|不|没有|沒有)(?:使)?用(?:了|过|過)?[，,。？?]|放假|[闲閒]置", "停用超过"),
    (r"(?:几点|幾點|什么时候|什麼時候).{0,4}(?:上班|下班|开门|開門|关门|關門)|(?:上班|营业|營業)时间", "工作时间"),
    (r"客服|打(?:什么|什麼|哪个|哪個)?(?:电话|電話)", "服务热线"),
)  # fmt: skip
_REWORDED = tuple((re.compile(asked, re.IGNORECASE | re.DOTALL), said) for asked, said in _WORDS)


def reworded(question: str) -> str:
    """The question, behind it in brackets what documents call what it asks for; as it is where nothing is known.

    A long question says by itself what it means: the words of contracts (CUAD's questions) found no more with it.
    """
    if len(question.split()) > SHORT:
        return question
    said = [words for asked, words in _REWORDED if asked.search(question)]
    return f"{question} ({'; '.join(said)})" if said else question
