import math
import subprocess
import sys
import threading

import pytest

from rag.judge.judge import MAX_TOKENS, REMEMBERED, Judge
from rag.judge.reading import NOTHING, OPEN, Verdict
from tests.rag.judge.made import make_judge

PASSAGE = "The pump runs at nine bar. The lamp is green."


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


@pytest.fixture(scope="module")
def judge(tmp_path_factory) -> Judge:
    return make_judge(tmp_path_factory.mktemp("judge"), scale=0.5, bias=1.0)


def test_a_reading_says_whether_how_surely_and_where(judge):
    (reading,) = judge.read("How much pressure has the pump?", [PASSAGE])
    assert reading.relevance == pytest.approx(sigmoid(2.0))
    assert reading.answerable == pytest.approx(sigmoid(0.5 * 4.0 + 1.0))
    assert PASSAGE[reading.start : reading.end] == "nine bar"
    tokens = 12  # 10 words, 2 full stops
    first = math.exp(9) / (math.exp(9) + math.exp(6) + tokens - 2)
    assert reading.held == pytest.approx(first * first)


def test_how_surely_is_the_mean_of_the_whole_and_of_a_closer_look_at_the_place(judge):
    text = "Bar is closed. " + "The valve is closed. " * 20 + "The lamp is green."
    (reading,) = judge.read("What colour has the lamp?", [text])
    assert text[reading.start : reading.end] == "green"
    assert reading.answerable == pytest.approx(sigmoid(0.5 * (4.0 + 1.0) / 2 + 1.0))


def test_the_mass_of_a_stretch_is_that_the_answer_begins_and_ends_in_it(judge):
    (reading,) = judge.read("How much?", [PASSAGE])
    border = PASSAGE.index(" The lamp")
    ahead, behind = reading.mass(0, border), reading.mass(border, len(PASSAGE))
    both = math.exp(9) + math.exp(6) + 10
    assert ahead == pytest.approx(((math.exp(9) + 6) / both) ** 2)
    assert behind == pytest.approx(((math.exp(6) + 4) / both) ** 2)
    assert reading.mass(0, len(PASSAGE)) == pytest.approx(1.0)
    assert reading.mass(5, 5) == reading.mass(9, 2) == reading.mass(5, 7) == 0.0


def test_what_was_said_last_is_remembered_and_the_oldest_forgotten(judge):
    fresh = Judge(*judge._paths, judge.profile)
    (first,) = fresh.read("How much?", [PASSAGE])
    assert fresh.read("How much?", ["The lamp is green.", PASSAGE])[1] is first
    assert fresh.read("How many?", [PASSAGE])[0] is not first
    fresh.read("How much?", [f"The lamp has the number {number}." for number in range(REMEMBERED - 2)])
    assert fresh.read("How much?", [PASSAGE])[0] is not first


def test_relevance_is_told_at_first_sight_as_a_reading_has_it(judge, monkeypatch):
    fresh = Judge(*judge._paths, judge.profile)
    text = "Bar is closed. " + "The valve is closed. " * 20 + "The pump is green."
    with monkeypatch.context() as without:
        without.setattr(Judge, "_closer", None)
        assert fresh.relevance("What colour has the pump?", [text, " "]) == [pytest.approx(sigmoid(2.0)), 0.0]
    with monkeypatch.context() as again:
        again.setattr(Judge, "_look", None)  # what was seen is not read again
        (reading,) = fresh.read("What colour has the pump?", [text])
    assert fresh.relevance("What colour has the pump?", [text]) == [reading.relevance]
    assert reading == judge.read("What colour has the pump?", [text])[0]
    assert fresh.relevance("", [text]) == [0.0]


def test_passages_are_read_each_for_itself_and_in_order(judge):
    texts = ["The valve is closed.", PASSAGE, "", "The lamp is green."]
    together = judge.read("What colour is the lamp?", texts)
    other = Judge(*judge._paths, judge.profile)
    assert together == [other.read("What colour is the lamp?", [text])[0] for text in texts]
    assert [reading.answerable for reading in together] == pytest.approx(
        [sigmoid(-1.0), sigmoid(3.0), 0.0, sigmoid(1.5)]
    )


@pytest.mark.parametrize(
    ("question", "passages", "readings"),
    [
        ("How much?", [], []),
        ("How much?", [""], [NOTHING]),
        ("How much?", [" \n"], [NOTHING]),
        ("", [PASSAGE, ""], [NOTHING, NOTHING]),
        (" \t", [PASSAGE], [NOTHING]),
    ],
)
def test_of_nothing_nothing_is_said(judge, question, passages, readings):
    assert judge.read(question, passages) == readings


def test_an_answer_far_into_a_long_passage_is_found_and_told_in_its_offsets(judge):
    before = "The valve is closed. " * 19_000  # some 95,000 tokens
    text = before + PASSAGE + " The valve is closed." * 100
    (reading,) = judge.read("How much pressure has the pump?", [text[-100_000:]])
    shown = text[-100_000:]
    assert shown[reading.start : reading.end] == "nine bar"
    assert reading.answerable == pytest.approx(sigmoid(3.0))
    assert reading.mass(reading.start, reading.end) > 0.8
    assert len(reading.beliefs) == 16
    assert all(len(belief.begins) < MAX_TOKENS for belief in reading.beliefs)


def test_an_answer_on_a_border_of_windows_is_whole_in_one_of_them(judge):
    for words in range(360, 400, 3):
        text = "valve " * words + PASSAGE
        (reading,) = judge.read("How much?", [text])
        assert text[reading.start : reading.end] == "nine bar"
        assert reading.answerable == pytest.approx(sigmoid(3.0))


def test_a_question_that_is_too_long_is_cut_not_refused(judge):
    (reading,) = judge.read("How much " * 5_000, [PASSAGE])
    assert PASSAGE[reading.start : reading.end] == "nine bar"


@pytest.mark.parametrize("text", ["\ud800 pump at nine bar", "x" * 100_000, "\x00", "🙂" * 500])
def test_whatever_is_read_gives_a_reading_inside_the_passage(judge, text):
    (reading,) = judge.read("\ud800 How much?", [text])
    assert 0 <= reading.relevance <= 1
    assert 0 <= reading.answerable <= 1
    assert reading.start is None or 0 <= reading.start < reading.end <= len(text)


def test_offsets_are_those_of_the_text_as_given_though_it_is_lowered_and_holds_what_is_no_letter(judge):
    text = "\ud800 ÄÖ🙂 Nine  BAR."
    (reading,) = judge.read("How much?", [text])
    assert text[reading.start : reading.end] == "Nine  BAR"


def test_a_claim_is_entailed_open_or_contradicted(judge):
    entailed, plain, contradicted = judge.check(
        [("The pump runs.", "The pump."), ("The lamp.", "The pump."), ("The pump is not closed.", "The pump.")]
    )
    whole = math.exp(3) + 2
    assert (entailed.entailed, entailed.open, entailed.contradicted) == pytest.approx(
        (math.exp(3) / whole, 1 / whole, 1 / whole)
    )
    assert plain.open == pytest.approx(1 / 3)
    assert contradicted.contradicted == pytest.approx(math.exp(9) / (math.exp(9) + 2))


def test_of_no_claim_or_no_span_all_is_open(judge):
    assert judge.check([]) == []
    assert judge.check([("", "The pump runs."), ("The pump runs.", " ")]) == [OPEN, OPEN] == [Verdict(0, 1, 0)] * 2


def test_a_span_that_is_too_long_is_read_where_it_speaks_of_the_claim(judge):
    span = "The valve is closed. " * 200 + "The lamp is not green. " + "The valve is closed. " * 200
    (verdict,) = judge.check([("The lamp is green.", span)])
    assert verdict.contradicted > 0.99


def test_threads_share_a_judge_that_is_loaded_once(tmp_path):
    judge = make_judge(tmp_path)
    found = []
    threads = [threading.Thread(target=lambda: found.append(judge.read("How much?", [PASSAGE]))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 6


def test_nothing_heavy_is_imported_before_something_is_read():
    script = (
        "import sys, rag.answer.answer, rag.retrieval.retriever, rag.judge.open as o\n"
        "o.Judges().reading('Who?', [''])\n"
        "print(sorted({'onnxruntime', 'tokenizers', 'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
