from ui.pages.taken import taken

ROW = {"document": "prices.xlsx", "document_id": "b", "page": None, "start": 4, "end": 9, "quote": "HR-1 | 2.50"}
WAIT = {"document": "manual.pdf", "document_id": "a", "page": 9, "start": 0, "end": 17, "quote": "Wait ten\nminutes."}


def named(document: str, page: int | None) -> str:
    return f"{document} p{page}" if page else document


def test_an_answer_as_text_names_each_place_once_and_quotes_what_was_reworded():
    sentences = [
        {"text": "Wait ten\nminutes.", "support": "verbatim", "citations": [WAIT]},
        {"text": "Part: HR-1; Price: 2.50", "support": "supported", "citations": [ROW, WAIT]},
    ]
    assert taken("How long?", sentences, named).split("\n") == [
        "How long?",
        "",
        "Wait ten minutes. [1]",
        "Part: HR-1; Price: 2.50 [2] [1]",
        "",
        "[1] manual.pdf p9",
        "[2] prices.xlsx: “HR-1 | 2.50”",
    ]
