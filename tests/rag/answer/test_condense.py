import pytest

from core.types import Turn
from rag.answer.condense import leans, standalone

EN = [Turn("How long is the warranty on the pump?", "24 months.")]
ZH = [Turn("净水机的保修期多长？", "两年。")]


@pytest.mark.parametrize(
    ("question", "history", "asked"),
    [
        ("How long is the warranty on the pump?", [], "How long is the warranty on the pump?"),
        ("And who pays for it?", EN, "How long is the warranty on the pump? And who pays for it?"),
        ("What about the gearbox?", EN, "How long is the warranty on the pump? What about the gearbox?"),
        (
            "What oil does the gearbox of the TW-400 take in winter?",
            EN,
            "What oil does the gearbox of the TW-400 take in winter?",
        ),
        ("那主板呢？", ZH, "净水机的保修期多长？ 那主板呢？"),
        ("它由谁维修？", ZH, "净水机的保修期多长？ 它由谁维修？"),
        ("技术服务合同的违约金按每日多少计算？", ZH, "技术服务合同的违约金按每日多少计算？"),
    ],
)
def test_a_follow_up_is_made_to_stand_alone(question, history, asked):
    assert standalone(question, history) == asked


def test_what_leans_on_the_question_before():
    for short in ("Why?", "For how many months?", "How long?", "多少天？", "怎么办？", "怎么弄？"):
        assert leans(short)
    for whole in ("Which party bears the costs of the arbitration?", "How do I use Bixby?", "怎么更换滤芯？"):
        assert not leans(whole)
