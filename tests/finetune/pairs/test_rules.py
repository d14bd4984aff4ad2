"""Questions made of passages by rules, and what they answer."""

from __future__ import annotations

from core.types import Hit, Passage
from finetune.pairs.draft import Draft, Found
from finetune.pairs.rules import drafts
from ingestion.readers import sniff

Said = tuple[str, str, str]


def found(text: str, *heading: str, header: str = "", media_type: str = sniff.PDF) -> Found:
    passage = Passage("d", 100, 100 + len(text), text, heading=heading, header=header)
    return Found(Hit(passage, "manual.pdf", media_type, 1.0), "manual.pdf")


def said(*passages: Found) -> list[Said]:
    return [(draft.kind, draft.question, " / ".join(place.said for place in draft.places)) for draft in made(*passages)]


def made(*passages: Found) -> list[Draft]:
    return list(drafts(passages, "lib"))


def test_a_definition_is_answered_by_its_sentence() -> None:
    text = 'This means it is paid. 1.4 "Fee" means the yearly price of the service. A strainer is defined as a filter.'
    assert said(found(text)) == [
        ("definition", "What is meant by Fee?", '1.4 "Fee" means the yearly price of the service.'),
        ("definition", "What does “strainer” mean?", "A strainer is defined as a filter."),
    ]
    assert [kind for kind, *_ in said(found("本合同所称“服务费”是指客户每月支付的费用。"))] == ["definition"]


def test_a_place_holds_what_is_said_of_it() -> None:
    text = "It is old. E-204 means that the filter is blocked."
    (draft,) = made(found(text))
    (place,) = draft.places
    assert (place.document, text[place.start - 100 : place.end - 100]) == ("manual.pdf", place.said)
    assert (draft.kind, draft.language, draft.document, draft.source) == ("error-code", "en", "manual.pdf", "lib")


def test_a_row_is_asked_by_its_name_and_answered_by_name_and_cell() -> None:
    text = "Part | Number | Kept for\nSeal kit | HR-10 | two years\nShaft | HR-11 | -"
    assert said(found(text)) == [
        ("table", "Seal kit: number?", "Part: Seal kit; Number: HR-10"),
        ("table", "Seal kit, kept for?", "Part: Seal kit; Kept for: two years"),
        ("table", "What is the number for Shaft?", "Part: Shaft; Number: HR-11"),
    ]


def test_rows_of_codes_are_asked_for_their_cause_and_remedy() -> None:
    text = "Code | Cause | Remedy\nE14 | blocked filter | clean the filter"
    assert [(kind, answer) for kind, _, answer in said(found(text))] == [
        ("error-code", "Code: E14; Cause: blocked filter"),
        ("error-code", "Code: E14; Remedy: clean the filter"),
    ]
    questions = [question for _, question, _ in said(found(text))]
    assert "E14" in questions[0] and any(word in questions[0] for word in ("causes", "Why", "reason"))
    assert "E14" in questions[1] and any(word in questions[1] for word in ("do", "clear", "resolved"))


def test_a_part_number_is_no_message() -> None:
    text = "Part number | Description\nHR-6110 | Strainer basket"
    assert [kind for kind, *_ in said(found(text))] == ["table"]


def test_the_part_of_a_table_without_its_header_row_knows_its_columns() -> None:
    assert said(found("Shaft | HR-11", header="Part | Number"))[0][2] == "Part: Shaft; Number: HR-11"


def test_rows_named_by_a_figure_or_by_their_column_are_left_out() -> None:
    assert said(found("Temperature | Lift\n80 °C | 0.5 m\nTemperature | Lift")) == []


def test_a_record_is_asked_by_its_first_field() -> None:
    text = "Part number: HR-6110\nDescription: Strainer basket\nDelivery days: 3"
    assert [answer for _, _, answer in said(found(text, media_type=sniff.XLSX))] == [
        "Part number: HR-6110; Description: Strainer basket",
        "Part number: HR-6110; Delivery days: 3",
    ]


def test_a_heading_is_answered_by_the_first_sentences_below_it() -> None:
    text = "Store the pump dry. Keep it between -20 °C and 50 °C, free of vibration. Cover it. Turn it monthly."
    passages = (
        found(text, "2 Storage", "2.1 Storing the pump"),
        found("More of it.", "2 Storage", "2.1 Storing the pump"),
    )
    assert said(*passages) == [
        (
            "heading",
            "What is said about storing the pump?",
            "Store the pump dry. / Keep it between -20 °C and 50 °C, free of vibration.",
        )
    ]


def test_a_heading_that_asks_is_the_question() -> None:
    assert said(found("Parts and labour, for two years.", "What is covered?"))[0][1] == "What is covered?"


def test_a_heading_with_a_code_says_what_it_is_unless_it_heads_a_case() -> None:
    text = "The pressure at the suction side is too low."
    assert said(found(text, "8.4 E-104 Suction pressure"))[0][0] == "error-code"
    assert said(found(text, "E-104 after moving", media_type=sniff.CSV))[0][0] == "heading"


def test_what_opens_with_a_question_a_list_or_a_table_answers_no_heading() -> None:
    for text in ("Why is it so loud and so hot?", "The following are needed:", "Part | Number\n12 | 13"):
        assert said(found(text, "Before the start")) == []


def test_chinese() -> None:
    rows = said(found("滤芯 | 更换周期\n反渗透膜 | 24个月"), found("首次使用应先冲洗二十分钟再饮用。", "2.2 用水安全"))
    assert [(kind, answer) for kind, _, answer in rows] == [
        ("table", "滤芯: 反渗透膜; 更换周期: 24个月"),
        ("heading", "首次使用应先冲洗二十分钟再饮用。"),
    ]
    assert "反渗透膜" in rows[0][1] and "更换周期" in rows[0][1]
    assert "用水安全" in rows[1][1]
