import pytest

from rag.answer.align import Tie, nearest_by_words, plain
from rag.answer.check import RULES, findings, supported
from rag.answer.evidence import sentences_of
from tests.rag.answer.hits import hit, quotes

FEE = "Until 2027 the Supplier shall pay Acme Ltd a fee of 1,500 EUR within 30 days."
LAMPS = "The red lamp E-21 means that the pump is blocked."
SUIT = "Baker sued Carter in 2019."
SAFE = "Do not open the cover while the fan runs."
TERM = "The contract ends on 31 December 2026, unless it is renewed, and is governed by Dutch law."
ZH_TERM = "本合同有效期为两年，自2024年3月1日起计算。"
ZH_WAGE = "原告称被告欠付工资5000元。"
ZH_DUTY = "乙方应在收货后7日内支付货款。"
ZH_SAFE = "设备运行时不得打开机盖。"
ZH_SUIT = "张伟起诉李强。"


def failing(draft: str, quote: str) -> dict[str, str]:
    tie = nearest_by_words(plain(draft), quotes(quote))
    assert isinstance(tie, Tie)
    return {finding.rule: finding.reason for finding in findings(tie) if not finding.ok}


@pytest.mark.parametrize(
    ("quote", "draft"),
    [
        (FEE, FEE),
        (FEE, "Until 2027, Supplier shall pay Acme Ltd fee of 1500 EUR within thirty days."),
        (LAMPS, "[1] **The red lamp E-21 means that the pump is blocked.**"),
        (SUIT, "Answer: Baker sued Carter in 2019."),
        (ZH_TERM, "本合同有效期为2年，自2024-03-01起计算。"),
        (ZH_DUTY, "答：乙方应在收货后7日内支付货款。"),
    ],
)
def test_what_says_the_same_is_shown_in_the_quotes_own_words(quote, draft):
    sentence = supported(draft, quotes(quote))
    assert sentence is not None
    assert (sentence.text, sentence.support) == (quote, "verbatim")
    assert [citation.quote for citation in sentence.citations] == [quote]


@pytest.mark.parametrize(
    ("quote", "draft"),
    [
        ("Press Start, which is green, and wait 5 s.", "Press Start, and wait 5 s."),
        ("On delivery, the buyer pays 40 EUR.", "The buyer pays 40 EUR."),
        ("双方签订合同，约定租金为每月3000元。", "约定租金为每月3000元。"),
    ],
)
def test_whole_clauses_may_be_left_out(quote, draft):
    sentence = supported(draft, quotes(quote))
    assert sentence is not None
    assert (sentence.text, sentence.support) == (draft, "supported")
    assert [citation.quote for citation in sentence.citations] == [quote]


@pytest.mark.parametrize(
    ("quote", "draft", "rule"),
    [
        (FEE, FEE.replace("1,500", "15,000"), "numbers"),
        (FEE, FEE.replace("30 days", "30 weeks"), "words"),
        (FEE, FEE.replace("EUR", "USD"), "names"),
        (FEE, FEE.replace("Acme", "Apex"), "names"),
        (FEE, FEE.replace("shall", "may"), "words"),
        (FEE, FEE.replace("shall", "shall not"), "negations"),
        (FEE, FEE.replace("within", "after"), "words"),
        (FEE, FEE.replace("Until 2027 the", "The"), "qualifiers"),
        (LAMPS, LAMPS.replace("E-21", "E-12"), "codes"),
        (LAMPS, LAMPS.replace("red", "green"), "words"),
        (LAMPS, LAMPS.replace("is blocked", "is not blocked"), "negations"),
        (SUIT, "Carter sued Baker in 2019.", "clauses"),
        (SUIT, "Baker sued Carter.", "clauses"),
        (SUIT, "Baker sued Carter in 2019 and won.", "words"),
        (SUIT, "Baker sued Carter, a notorious fraud, in 2019.", "words"),
        (SAFE, "Open the cover while the fan runs.", "qualifiers"),
        (SAFE, "Do not open the cover.", "qualifiers"),
        (TERM, "The contract ends on 31 December 2026.", "qualifiers"),
        (TERM, TERM.replace("31 December 2026", "30 December 2026"), "dates"),
        (TERM, TERM.replace("Dutch", "Danish"), "names"),
        ("The seller pays freight and the buyer pays duty.", "The seller pays duty.", "clauses"),
        ("The former supplier pays the fee.", "The supplier pays the fee.", "qualifiers"),
        ("The licence is valid in Germany.", "The licence is valid.", "clauses"),
        ("The court said Baker lied.", "Baker lied.", "qualifiers"),
        ("Turn off the valve.", "Turn on the valve.", "words"),
        ("Turn the key.", "Turn on the key.", "words"),
        ("The licence was valid.", "The licence is valid.", "words"),
        ("The fee is due at noon.", "The fee is due on noon.", "words"),
        ("The fee is paid by the buyer.", "The fee is paid to the buyer.", "words"),
        ("Use oil or grease.", "Use oil and grease.", "words"),
        (ZH_TERM, ZH_TERM.replace("两年", "三年"), "numbers"),
        (ZH_TERM, ZH_TERM.replace("3月", "8月"), "dates"),
        (ZH_WAGE, "被告欠付工资5000元。", "qualifiers"),
        (ZH_WAGE, ZH_WAGE.replace("5000元", "5000美元"), "words"),
        (ZH_DUTY, ZH_DUTY.replace("应", "可以"), "words"),
        (ZH_DUTY, ZH_DUTY.replace("乙方", "甲方"), "words"),
        (ZH_DUTY, ZH_DUTY.replace("7日", "7个月"), "words"),
        (ZH_SAFE, "设备运行时打开机盖。", "qualifiers"),
        (ZH_SAFE, "设备运行时不得关闭机盖。", "words"),
        (ZH_SUIT, "李强起诉张伟。", "clauses"),
        (ZH_SUIT, "张伟没有起诉李强。", "negations"),
    ],
)
def test_what_says_something_else_is_refused_by_the_rule_that_sees_it(quote, draft, rule):
    assert supported(draft, quotes(quote)) is None
    assert rule in failing(draft, quote)


def test_reasons_name_what_is_wrong():
    assert failing("Baker sued Dexter in 2019.", SUIT) == {
        "names": "not in the quote, names: dexter",
        "clauses": "not whole clauses of the quote in its order",
    }
    assert failing("Open the cover while the fan runs.", SAFE)["qualifiers"] == "left out: not"


def test_every_rule_holds_for_the_quote_itself():
    for quote in (FEE, LAMPS, SUIT, SAFE, TERM, ZH_TERM, ZH_WAGE, ZH_DUTY, ZH_SAFE, ZH_SUIT):
        tie = nearest_by_words(quote, quotes(quote))
        assert tie is not None
        assert [finding.value for finding in findings(tie)] == [1.0] * len(RULES)


def test_two_facts_of_two_places_are_cited_twice():
    sentence = supported(
        "The mast is 5 m high, and the boom is 7 m long.", quotes("The mast is 5 m high.", "The boom is 7 m long.")
    )
    assert sentence is not None
    assert sentence.support == "supported"
    assert [citation.quote for citation in sentence.citations] == ["The mast is 5 m high.", "The boom is 7 m long."]


@pytest.mark.parametrize(
    "draft",
    [
        "The mast is 7 m high.",
        "The mast is 5 m high, and 7 m long.",
        "The mast is 5 m high and the boom is 5 m long.",
        "The boom is 5 m high, and the mast is 7 m long.",
    ],
)
def test_two_facts_are_not_mixed(draft):
    assert supported(draft, quotes("The mast is 5 m high.", "The boom is 7 m long.")) is None


def test_a_row_is_shown_with_its_columns_and_cited_as_it_stands():
    row = hit("E-21 | Pump blocked | Clean the filter", header="Code | Meaning | Remedy")
    sentence = supported("Code: E-21; Meaning: Pump blocked", list(sentences_of(row)))
    assert sentence is not None
    assert sentence.text == "Code: E-21; Meaning: Pump blocked"
    assert sentence.citations[0].quote == "E-21 | Pump blocked | Clean the filter"


def test_nothing_is_supported_by_nothing():
    assert supported("The fee is 5 EUR.", []) is None
    assert supported("...", quotes(FEE)) is None
    assert supported("is it the", quotes(FEE)) is None


def test_the_heading_that_a_model_read_before_a_quote_may_be_copied_with_it():
    (quote,) = sentences_of(hit("Hold the key for ten seconds.", heading=("Manual", "Reset")))
    assert supported("Reset: Hold the key for ten seconds.", [quote]) == quote.sentence
    assert supported("Start: Hold the key for ten seconds.", [quote]) is None
