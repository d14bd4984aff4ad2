"""What of a rewording is let pass, the quote being shown in its place, and what next to it still is not."""

import pytest

from rag.answer.check import supported
from rag.answer.restated import restated, without_lead_in
from tests.rag.answer.hits import quotes

SHUT = "Thereafter the Supplier shall not open the valve prior to inspection, which does not take long."
LATE = "Within ten days, the Buyer shall pay approximately 40 EUR."
MAY = "The Buyer may return the pump."
ZH_DUE = "但是，乙方应当于2024年3月支付约60%的货款。"
ZH_NAMED = "該車廂稱為「頭等」車廂，可以容納12人。"


@pytest.mark.parametrize(
    ("quote", "draft"),
    [
        (SHUT, SHUT.replace("does not", "doesn't")),
        (SHUT, SHUT.replace("shall not", "must not")),
        (SHUT, SHUT.replace("shall not", "is not allowed to").replace("prior to", "before")),
        (SHUT, SHUT.replace("shall not open", "is prohibited from opening")),
        (LATE, "The Buyer shall pay about 40 EUR within ten days."),
        (LATE, LATE.replace("shall", "is required to").replace("approximately", "roughly")),
        (LATE, LATE.replace("shall", "has to")),
        (LATE, "Therefore, " + LATE.replace("Within", "within")),
        (MAY, MAY.replace("may", "has the right to")),
        (MAY, MAY.replace("may", "is entitled to")),
        (MAY, "According to the document, the Buyer may return the pump."),
        (MAY, "It is stated that the Buyer may return the pump."),
        (MAY, "The contract says that the Buyer is permitted to return the pump."),
        ("However, the colour of the lamp is red.", "The color of the lamp is red."),
        ("If the valve is closed, the pump stops.", "The pump stops if the valve is closed."),
        ("The mast fell in 2019.", "In 2019, the mast fell."),
        ("It can't run at 5 per cent.", "It cannot run at 5%."),
        (ZH_DUE, "乙方应当在2024年3月支付大约60%的货款。"),
        (ZH_DUE, "乙方必须于公元2024年3月支付约百分之六十的货款。"),
        (ZH_DUE, "根据该合同，乙方应于2024年3月支付约60%货款。"),
        (ZH_NAMED, "该车厢称作头等车厢，有权容纳12人。"),
        (ZH_NAMED, "文中指出，該車廂稱為「頭等」車廂，可以容納十二人。"),
        ("约600万人因为干旱离开。", "约六百万人由于干旱离开。"),
        ("公元7世纪时，3枚为一簇。", "公元七世纪时，三枚为一簇。"),
        ("No party shall return the pump.", "No party must return the pump."),
    ],
)
def test_the_quote_is_shown_where_a_draft_says_it_in_another_spelling(quote, draft):
    sentence = supported(draft, quotes(quote))
    assert sentence is not None
    assert (sentence.text, sentence.support) == (quote, "verbatim")


@pytest.mark.parametrize(
    ("quote", "draft"),
    [
        (SHUT, SHUT.replace("does not", "does")),
        (SHUT, SHUT.replace("shall not", "need not")),
        (SHUT, SHUT.replace("shall not", "is not required to")),
        (SHUT, SHUT.replace("shall not", "does not have to")),
        (SHUT, SHUT.replace("prior to", "after")),
        (LATE, "The Buyer shall pay about 45 EUR within ten days."),
        (LATE, "The Buyer shall pay 40 EUR within ten days."),
        (LATE, "Within ten days, the Buyer may pay approximately 40 EUR."),
        (LATE, "Within ten days, the Buyer is free to pay approximately 40 EUR."),
        (LATE, "According to the document, the Seller shall pay approximately 40 EUR within ten days."),
        (MAY, MAY.replace("may", "must")),
        (MAY, MAY.replace("may", "has the right not to")),
        ("No party may return the pump.", "No party is required to return the pump."),
        ("Neither party shall return the pump.", "Neither party is obliged to return the pump."),
        ("Only the Buyer shall pay.", "Only the Buyer is required to pay."),
        ("The court said that Baker lied.", "It is stated that Baker lied."),
        ("The manual says that the Buyer lied.", "The Buyer lied."),
        ("If the valve is closed, the pump stops.", "If the pump stops, the valve is closed."),
        ("If the valve is closed, the pump stops.", "The valve is closed if the pump stops."),
        ("In 2019, Baker sued Carter.", "Carter sued Baker in 2019."),
        ("The mast fell in 2019.", "In 2018, the mast fell."),
        ("He runs about the 12 fields.", "He runs roughly the 12 fields."),
        ("The form is filled.", "The form is filed."),
        (ZH_DUE, "乙方可以于2024年3月支付约60%的货款。"),
        (ZH_DUE, "乙方应当于2024年3月支付60%的货款。"),
        (ZH_DUE, "乙方应当于公元前2024年3月支付约60%的货款。"),
        (ZH_DUE, "根据该合同，甲方应当于2024年3月支付约60%的货款。"),
        ("乙方不应付款。", "乙方不必付款。"),
        ("乙方无须付款。", "乙方不应付款。"),
        (ZH_NAMED, "該車廂稱為頭等車廂，應當容納12人。"),
        ("约600万人因为干旱离开。", "约六千万人因为干旱离开。"),
        ("公元7世纪时，3枚为一簇。", "公元七世纪时，两枚为一簇。"),
    ],
)
def test_what_says_something_else_in_such_words_is_still_stopped(quote, draft):
    assert supported(draft, quotes(quote)) is None


def test_behind_a_lead_in_a_whole_clause_is_shown_without_it():
    sentence = supported("The manual states that the buyer pays 40 EUR.", quotes("On delivery, the buyer pays 40 EUR."))
    assert sentence is not None
    assert (sentence.text, sentence.support) == ("The buyer pays 40 EUR.", "supported")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("The text says that it runs.", "It runs."),
        ("As described in this section, it runs.", "It runs."),
        ("The manual says nothing.", "The manual says nothing."),
        ("根據該文件，乙方付款。", "乙方付款。"),
        ("合同规定的期限为三天。", "合同规定的期限为三天。"),
        ("据说水泵坏了。", "据说水泵坏了。"),
        ("", ""),
    ],
)
def test_only_what_speaks_of_the_document_is_a_lead_in(text, rest):
    assert without_lead_in(text) == rest


def test_nothing_restates_nothing():
    assert not restated("", "")
    assert not restated("However,", "But,")
