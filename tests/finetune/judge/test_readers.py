import json
import random
from pathlib import Path

import pytest

from core.errors import UsageError
from finetune.judge.readers import claims, dev_items, ranked, reading
from finetune.judge.windows import nearest, window, without_answer
from tests.finetune.judge.made_of import HARBOUR, LIGHT, RIVER, folder, lines, question


def test_answers_stand_at_their_offsets_and_dev_articles_are_left_out(tmp_path: Path) -> None:
    rows = list(reading(folder(tmp_path), "en", random.Random(0)))
    found = {row.example.id: row.example.passage[row.example.start : row.example.end] for row in rows}
    assert found == {
        "qa_squadshifts_new_wiki:w1": "Anna Brook",
        "qa_squadshifts_new_wiki:w2": "1871",
        "qa_squadshifts_new_wiki:w3": "Maria Holt",
        "squad2:s1": "Peter Lund",
    }
    assert {row.document for row in rows} == {"qa_squadshifts_new_wiki:Sellmouth", "squad2:Kept"}


def test_unanswerable_questions_of_people_have_no_span(tmp_path: Path) -> None:
    rows = [row.example for row in reading(folder(tmp_path), "zh", random.Random(0))]
    one = next(row for row in rows if row.id.endswith("z3"))
    assert (one.label, one.kind, one.start, one.end) == ("unanswerable", "natural-unanswerable", None, None)


def test_an_answer_that_is_not_in_its_place_is_no_row(tmp_path: Path) -> None:
    data = folder(tmp_path)
    row = question("w9", "When did it open?", HARBOUR, "1871", "Sellmouth")
    row["answers"][0]["answer_start"] += 1
    lines(data / "11_training/qa_squadshifts_new_wiki.jsonl", [row])
    assert [r.example.id for r in reading(data, "en", random.Random(0))] == ["squad2:s1"]


def test_claims_keep_their_labels_and_long_premises_the_nearest_sentences(tmp_path: Path) -> None:
    data = folder(tmp_path)
    [row] = claims(data, "en", random.Random(0))
    assert (row.example.question, row.example.label) == ("The harbour opened in 1871.", "entailment")
    cut = nearest(" ".join(["Nothing is said here."] * 80) + " " + HARBOUR, "The crane was bought in 1902.", 120)
    assert "The largest crane was bought by Peter Lund in 1902." in cut
    assert len(cut) <= 120


def test_ranked_rows_take_two_negatives(tmp_path: Path) -> None:
    rows = [row.example for row in ranked(folder(tmp_path), "en")]
    assert [(row.label, row.passage) for row in rows] == [
        ("relevant", LIGHT),
        ("irrelevant", HARBOUR),
        ("irrelevant", RIVER),
    ]


def test_a_split_that_names_no_dev_items_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "DEV_SPLIT.json").write_text(json.dumps({"other.json": ["a"]}), encoding="utf-8")
    with pytest.raises(UsageError, match=r"no dev items of squad2\.json"):
        dev_items(tmp_path, "squad2.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="qa_squadshifts_new_wiki"):
        list(reading(tmp_path, "en", random.Random(0)))


@pytest.mark.parametrize("seed", range(8))
def test_a_window_holds_its_answer_and_whole_sentences(seed: int) -> None:
    passage = " ".join(f"Sentence number {i} is about boats." for i in range(60)) + " Anna sold the ship."
    start = passage.index("number 31 ")
    cut, at, to = window(passage, start, start + 9, 300, random.Random(seed))
    assert cut[at:to] == "number 31"
    assert len(cut) <= 300
    assert cut.startswith("Sentence")
    assert cut.endswith("boats.")


def test_the_sentence_with_the_answer_goes_unless_it_is_said_again() -> None:
    start = HARBOUR.index("Anna Brook")
    rest = without_answer(HARBOUR, start, start + 10)
    assert rest is not None
    assert "Anna Brook" not in rest
    assert rest.startswith("Sellmouth harbour opened in 1871. The largest crane")
    assert without_answer(HARBOUR + " Anna Brook retired.", start, start + 10) is None
