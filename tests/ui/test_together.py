import pytest

from ui.pages.together import together


def said(text, start, page=9, document="a", support="verbatim", more=()):
    end = start + len(text)
    place = {"document": "manual.pdf", "document_id": document, "page": page, "start": start, "end": end, "quote": text}
    return {"text": text, "support": support, "citations": [place, *more]}


def test_steps_in_a_row_are_told_together_behind_one_pincite():
    lead, first, second, other = said("Do so:", 0), said("1. Stop.", 7), said("2. Open.", 16), said("It is red.", 90)
    (steps, last) = together([lead, first, second, other])
    assert steps["text"] == "Do so:\n1. Stop.\n2. Open."
    assert steps["support"] == "verbatim"
    (citation,) = steps["citations"]
    assert citation == {**lead["citations"][0], "end": 24, "quote": "Do so:\n1. Stop.\n2. Open."}
    assert last is other


@pytest.mark.parametrize(
    "after",
    [
        said("2. Open.", 20),  # not the next sentence
        said("2. Open.", 2),  # before it
        said("2. Open.", 9, page=10),
        said("2. Open.", 9, document="b"),
        said("2. Open.", 9, support="supported"),
        said("2. Open.", 9, more=said("Open.", 40)["citations"]),
        {"text": "2. Open.", "support": "verbatim", "citations": []},
    ],
)
def test_others_stand_alone(after):
    first = said("1. Stop.", 0)
    assert together([first, after]) == [first, after]


def test_of_nothing_nothing_is_told():
    assert together([]) == []
