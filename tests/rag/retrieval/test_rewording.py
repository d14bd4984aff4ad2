import pytest

from rag.retrieval.rewording import reworded

END = "initial term, commence, continue until"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When does the contract expire?", END),
        ("How long does the agreement last?", END),
        ("Which law applies?", "governed by and construed under the laws of"),
        ("May we hire their employees?", "solicit for employment"),
        ("Can we cancel the contract at any time?", "terminate for convenience upon written notice"),
        ("Can we transfer the contract to somebody else?", "assign, assignment, prior written consent"),
        ("What happens if the company is sold?", "change of control, merger, assign"),
        ("How much is the royalty?", "royalty, percentage of net revenue"),
        ("Who owns the software?", "ownership, right, title and interest"),
        ("服务合同的付款期限是多少天", "支付 款项 日内"),
        ("这份合同什么时候到期？", "有效期 期限 自 起 至 止"),
        ("我们能提前终止吗？", "解除 终止 书面通知"),
        ("合同双方是谁？", "甲方 乙方"),
        ("滤芯多久换一次？", "更换周期"),
        ("新机器第一次用之前要冲洗多久？", "首次使用"),
        ("放假回来要换什么？", "停用超过"),
        ("净水机半个月没用了，还能喝吗？", "停用超过"),
        ("你们几点下班？", "工作时间"),
        ("客服什么时候上班？", "工作时间; 服务热线"),
        ("報修打哪個電話？", "服务热线"),
    ],
)
def test_what_documents_call_it_stands_behind_the_question(question, said):
    assert reworded(question) == f"{question} ({said})"


@pytest.mark.parametrize(
    "question",
    [
        "What does E-104 mean?",
        "How do I reset the pump?",
        "When does the next delivery arrive?",
        "泵的额定功率是多少？",
        "電話是誰發明的？",
        "On what date will the initial term of this contract expire, and who may extend it?",  # says what it means
    ],
)
def test_other_questions_stay_as_they_are(question):
    assert reworded(question) == question
