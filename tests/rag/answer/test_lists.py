import pytest

from ingestion.sentences import sentence_spans
from rag.answer.evidence import sentences_of
from rag.answer.lists import is_option, leads
from tests.rag.answer.hits import hit

MENU = (
    "You can sort your files.\nOpen the menu for the following options:\n"
    "All: Show every file.\nBin: Show what was deleted. It is kept for 15 days.\n\nThe menu is grey."
)


def led(text):
    """Each sentence that something leads to, with what does."""
    spans = sentence_spans(text)
    pairs = zip(spans, leads(text, spans), strict=True)
    return {text[start:end]: text[slice(*lead)] for (start, end), lead in pairs if lead}


def test_each_item_is_led_to_by_what_stands_before_the_list():
    assert led(MENU) == {
        "All: Show every file.": "Open the menu for the following options:",
        "Bin: Show what was deleted.": "Open the menu for the following options:",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The Supplier shall:\n(a) deliver the goods;\n(b) install them.",
            ["(a) deliver the goods;", "(b) install them."],
        ),
        ("Bring with you:\n• a towel\n• a cap", ["a towel", "a cap"]),
        ("请准备以下材料：\n1. 身份证。\n2. 合同。", ["1. 身份证。", "2. 合同。"]),
        ("From Settings, tap Sound.\nTone: Choose a tone.", ["Tone: Choose a tone."]),
        ("The reason was simple:\nthe pump was off.", ["the pump was off."]),
    ],
)
def test_what_leads_to_items(text, expected):
    lead = text.split("\n", 1)[0]
    assert led(text) == dict.fromkeys(expected, lead)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The pump is red.\nNotice: Call us first.",  # says nothing of how to get to it
        "The pump is red.\n1. Open the valve.\n2. Close it.",
        "See this example:\n\nThe pump is red.",
        "We agree as follows, " + "and so on, " * 30 + "in these terms:\n(a) deliver;\n(b) install.",
    ],
)
def test_what_leads_to_nothing(text):
    assert led(text) == {}


def test_options_are_quotes_of_their_own_with_what_leads_to_them():
    text = "Tap Sound for options:\nTone: Choose a tone.\nVolume: Set how loud it is.\nReset: Undo all changes."
    before, tone, volume, reset = sentences_of(hit(text, start=7))
    assert before.leading is None
    assert [quote.text for quote in (tone, volume, reset)] == text.split("\n")[1:]
    for quote in (tone, volume, reset):
        lead = quote.leading
        assert (lead.text, lead.support) == ("Tap Sound for options:", "verbatim")
        assert (lead.citations[0].start, lead.citations[0].end) == (7, 29)


def test_the_fields_of_a_record_are_no_options():
    assert not is_option("Part number: HR-6201")
    assert is_option("Tone: Choose a tone.")
    record = "Part: HR-6201\nName: Display\nNote: Sent by post.\nPrice: 188"
    assert [quote.text for quote in sentences_of(hit(record))] == [record]
