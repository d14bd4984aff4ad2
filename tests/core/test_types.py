from core.types import Answer, Block, Box, Document, Passage, Sentence, Timings, content_id


def document(**changes):
    values = {
        "name": "guide.pdf",
        "media_type": "application/pdf",
        "text": "One\nfirst page\nTwo\nsecond page",
        "source_hash": "00",
        "page_starts": (0, 15),
        "blocks": (Block("heading", 0, 3, level=1), Block("text", 4, 14), Block("heading", 15, 18, level=2)),
    }
    return Document(**{**values, **changes})


def test_ids_depend_on_content_and_on_nothing_else():
    assert document().id == document(source_hash="ff", page_starts=()).id
    assert document().id != document(name="other.pdf").id
    assert document().id != document(text="One").id


def test_parts_of_an_id_cannot_run_into_each_other():
    assert content_id("ab", "c") != content_id("a", "bc")
    assert content_id("ab", "c") == "629c2f14f654f026086f2aefe1855533"


def test_a_page_begins_at_its_first_character():
    assert [document().page_at(offset) for offset in (0, 14, 15, 29)] == [1, 1, 2, 2]
    assert document(page_starts=()).page_at(3) is None


def test_the_outline_is_the_headings_with_their_pages():
    assert document().outline == ((1, "One", 1), (2, "Two", 2))


def test_what_is_indexed_begins_with_the_headings_and_the_tables_header():
    passage = Passage("d", 0, 4, "a | b", heading=("Prices", "2026"), header="Part | Price")
    assert passage.indexed_text == "Prices > 2026\nPart | Price\na | b"
    assert Passage("d", 0, 4, "text").indexed_text == "text"


def test_sentences_are_joined_as_each_language_joins_them():
    def joined(*texts):
        sentences = tuple(Sentence(text, "verbatim") for text in texts)
        return Answer("", "answered", sentences, (), Timings(0, None, 0, 0, 0), None).text

    assert joined("It stops.", "It starts.") == "It stops. It starts."
    assert joined("停机。", "重启。") == "停机。重启。"
    assert joined() == ""


def test_a_part_of_a_line_is_cut_by_its_characters():
    line = Box(10, 20, 1, 100.0, 50.0, 200.0, 60.0)
    assert line.part(0, 30) == line
    assert line.part(12, 15) == Box(12, 15, 1, 120.0, 50.0, 150.0, 60.0)
    assert line.part(18, 40) == Box(18, 20, 1, 180.0, 50.0, 200.0, 60.0)
    assert line.part(20, 25) is None
