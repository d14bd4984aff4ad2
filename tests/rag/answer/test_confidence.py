from dataclasses import replace

import pytest

from rag.answer.confidence import CALIBRATED, Features, confidence, measured
from rag.answer.evidence import choose
from rag.embedding.minilm import MiniLM
from tests.rag.answer.hits import hit

MANUAL = [hit("The gearbox of the TW-400 has a warranty of 24 months.", document="manual-3.pdf")]


@pytest.fixture(scope="module")
def embedder():
    return MiniLM()


def features(question, hits, embedder):
    return measured(question, hits, choose(question, hits, embedder))


def test_the_figures_are_those_of_the_best_quote(embedder):
    question = "What warranty has the Baker gearbox in 2030?"
    best = choose(question, MANUAL, embedder)[0]
    found = features(question, MANUAL, embedder)
    assert (found.similarity, found.overlap) == (best.similarity, best.overlap)
    assert (found.missing, found.unknown) == (1.0, 0.0)


def test_a_long_question_need_not_be_repeated_whole(embedder):
    question = (
        "Warranty: which months of cover, repair, refund, replacement or credit does the maker grant the gearbox?"
    )
    best = choose(question, MANUAL, embedder)[0]
    assert features(question, MANUAL, embedder).overlap == pytest.approx(best.overlap * 10 / 6)


@pytest.mark.parametrize(
    ("question", "unknown"),
    [
        ("What warranty has the TW-400?", 0.0),
        ("What warranty has the tw400?", 0.0),
        ("What warranty has the TW-900?", 1.0),
        ("What does manual-3 say?", 0.0),
    ],
)
def test_a_code_that_no_passage_holds_is_unknown_however_its_marks_are_set(question, unknown, embedder):
    assert features(question, MANUAL, embedder).unknown == unknown


@pytest.mark.parametrize(
    ("question", "text", "unknown"),
    [
        ("How much does a TW-440 pump cost?", "The TW-440 pump needs a hoist rated for 600 kg.", 1.0),
        ("How much does a TW-440 pump cost?", "The list price of the TW-440 pump is EUR 4,120.", 0.0),
        ("How much does entry cost?", "Entry is free, but booking is recommended.", 0.0),
        ("How much does a TW-440 pump weigh?", "The TW-440 pump weighs 212 kg.", 0.0),
        ("净水机多少钱？", "净水机重28千克。", 1.0),
        ("净水机多少钱？", "净水机的售价为4800元。", 0.0),
    ],
)
def test_a_price_that_no_quote_tells_is_unknown(question, text, unknown, embedder):
    assert features(question, [hit(text)], embedder).unknown == unknown


def test_confidence_grows_with_what_speaks_for_the_answer():
    for language, calibration in CALIBRATED.items():
        best = confidence(Features(1.0, 1.0, 0.0, 0.0), language)
        worst = confidence(Features(0.0, 0.0, 1.0, 0.0), language)
        unknown = confidence(Features(1.0, 1.0, 0.0, 1.0), language)
        assert worst < calibration.threshold < best
        assert unknown < calibration.threshold


def test_without_quotes_there_is_nothing_to_trust():
    assert measured("What?", [], []) == Features(0.0, 0.0, 1.0, 0.0)


def test_another_documents_code_is_unknown_where_the_question_names_one(embedder):
    hits = [
        replace(hit("Revenue was 7 million.", "Ash 2023 Q1.txt"), named=("Ash",)),
        hit("Revenue was 9 million.", "Birch 2023 Q2.txt"),
    ]
    assert features("What was Ash's revenue in Q2?", hits, embedder).unknown == 1.0
    assert features("What was Ash's revenue in Q1?", hits, embedder).unknown == 0.0
    assert features("What was the revenue in Q2?", [replace(hits[0], named=()), hits[1]], embedder).unknown == 0.0


def test_a_section_headed_by_a_code_says_what_the_code_means(embedder):
    section = hit("净水的溶解性固体总量过高。更换反渗透膜。", "手册.pdf", heading=("7 故障代码", "7.4 F-04 水质超标"))
    other = hit("面板显示F-04之后停止供水。", "记录.csv", heading=("水质",))
    hits = [other, section]

    def asked(question):
        return measured(question, hits, choose(question, hits, embedder))

    means = asked("故障代码F-04是什么意思？")
    assert means.defined == 1.0
    assert confidence(means, "zh") > 0.99
    assert asked("故障代碼F-04代表什麼").defined == 1.0
    assert asked("F-04的维修费用是多少？").defined == 0.0
    assert asked("F-05是什么意思？").defined == 0.0
    assert confidence(asked("F-05是什么意思？"), "zh") < 0.01
    assert asked("F-04是什么故障怎么处理").defined == 1.0
    (quote,) = choose("What does E-104 mean?", [hit("Dry running.", "m.pdf", heading=("8", "8.6 E-104"))], embedder)
    assert measured("What does E-104 mean?", [quote.hit], [quote]).defined == 1.0
    assert measured("What does E-104 cost?", [quote.hit], [quote]).defined == 0.0


def test_what_happened_with_a_record_is_told_by_the_record(embedder):
    ticket = replace(hit("The seal was swollen.", "tickets.csv/HR-T-12"), named=("HR-T-12",))

    def defined(question, hits):
        return features(question, hits, embedder).defined

    assert defined("What happened with ticket HR-T-12?", [ticket]) == 1.0
    assert defined("What did ticket HR-T-12 cost?", [ticket]) == 0.0
    assert defined("What happened with ticket HR-T-12?", [replace(ticket, named=())]) == 0.0
