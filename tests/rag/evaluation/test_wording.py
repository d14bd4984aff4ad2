import pytest

from rag.evaluation.wording import bleu, exact, f1, rouge, says


@pytest.mark.parametrize(
    ("answer", "gold", "same", "shared"),
    [
        ("The Pump!", "pump", 1.0, 1.0),
        ("a red pump", "the blue pump", 0.0, 0.5),  # red pump, blue pump: one of two on each side
        ("10th and 11th centuries", "in the 10th and 11th centuries", 0.0, 8 / 9),
        ("北京市", "北京", 0.0, 4 / 5),
        ("歐洲", "欧洲", 1.0, 1.0),
        ("密封圈，老化。", "密封圈老化", 1.0, 1.0),
        ("", "pump", 0.0, 0.0),
    ],
)
def test_exact_match_and_f1(answer, gold, same, shared):
    assert (exact(answer, gold), f1(answer, gold)) == (same, pytest.approx(shared))


def test_rouge():
    # "the cat sat" against "the cat was here": unigrams 2 of 3 and 2 of 4, bigrams 1 of 2 and 1 of 3
    found = rouge("the cat sat", "the cat was here")
    assert found == {
        "rouge-1": pytest.approx(2 * (2 / 3) * (2 / 4) / (2 / 3 + 2 / 4)),
        "rouge-2": pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3)),
        "rouge-l": pytest.approx(2 * (2 / 3) * (2 / 4) / (2 / 3 + 2 / 4)),
    }


def test_rouge_reads_chinese_by_character():
    assert rouge("北京市", "北京") == {
        "rouge-1": pytest.approx(4 / 5),
        "rouge-2": pytest.approx(2 / 3),
        "rouge-l": pytest.approx(4 / 5),
    }


def test_bleu():
    assert bleu("the filter is blocked", ["the filter is blocked", "it is blocked"], "en") == pytest.approx(1.0)
    assert bleu("红色", ["蓝天"], "zh") == 0.0
    # 3 of 4 words, 2 of 3 pairs, 1 of 2 triples; of quadruples 1 / 2 by sacrebleu's exponential smoothing
    assert bleu("the filter is open", ["the filter is blocked"], "en") == pytest.approx(
        (3 / 4 * 2 / 3 * 1 / 2 * 1 / 2) ** 0.25
    )


@pytest.mark.parametrize(
    ("text", "part", "holds"),
    [
        ("Tighten it to 40 Nm.", "40 Nm", True),
        ("Tighten it to 140 Nm.", "40 Nm", False),
        ("Tighten it to 40Nm.", "40 Nm", True),
        ("Error E-104 occurred", "E104", True),
        ("Error E-1042 occurred", "E-104", False),
        ("It costs 1,500 EUR", "1500 EUR", True),
        ("You should know", "no", False),
        ("The answer is no.", "No", True),
        ("第五条 违约责任", "第五条违约", True),
        ("歐洲的研究", "欧洲", True),
        ("anything", " ?", False),
    ],
)
def test_whether_a_text_says_another(text, part, holds):
    assert says(text, part) is holds
