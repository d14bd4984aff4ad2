"""Choosing by measurement, on trials that are made up, so that what is right is known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UsageError
from rag.evaluation.calibrate import Seen, calibrate
from rag.evaluation.questions import Gold, Question
from rag.evaluation.trials import SENTENCES, Trials


def made_up(count: int, seed: int = 0, documents: int = 20, weights: tuple[float, ...] = (0.5,)) -> Trials:
    """Questions whose answers are wrong the more often the lower the confidence: 30 % in all, and a fifth of the
    questions not answerable, whose confidence is among the lower."""
    random = np.random.default_rng(seed)
    sure = random.random(count)
    right = random.random(count) >= 0.6 * (1 - sure)
    questions = tuple(
        Question(str(at), f"{at}?", "en" if at % 2 else "zh", True, ("a",), (Gold(f"d{at % documents}"),))
        for at in range(count)
    )
    held = np.repeat(right[:, None], SENTENCES, axis=1)
    return Trials(questions, dict.fromkeys(weights, sure), dict.fromkeys(weights, held), sure >= 0, 0.5, 3)


def test_the_next_question_is_answered_wrongly_as_seldom_as_was_promised():
    risks, seen = [], Seen()
    for seed in range(60):
        made = calibrate(made_up(200, seed), 0.1)
        value = made.promise.setting.threshold.value
        risks.append(0.3 * (1 - value) ** 2)  # what is wrong of all that comes, at that threshold
        seen += made.promise.held_out
    assert 0.08 < np.mean(risks) <= 0.101
    assert seen.asked == 60 * 200
    assert 0.07 < seen.risk.estimate <= 0.101
    assert seen.answered == seen.right + seen.wrong


def test_the_price_of_each_promise_is_seen():
    made = calibrate(made_up(400), 0.05)
    promises = sorted((made.promise, *made.others), key=lambda each: each.at_most)
    assert [each.at_most for each in promises] == [0.01, 0.02, 0.05, 0.1, 0.2]
    refused = [each.held_out.wrongly_refused for each in promises]
    assert refused == sorted(refused, reverse=True)
    assert refused[0] > 0.5 > refused[-1]
    assert made.present == Seen(400, 400, 400, made.present.right, 400 - made.present.right, 0)
    assert (made.languages["en"].asked, made.languages["zh"].asked) == (200, 200)
    assert made.languages["en"] + made.languages["zh"] == made.promise.held_out
    assert (made.by, made.obstacle) == ("document", "")


def test_another_weight_must_be_surely_better():
    trials = made_up(200, weights=(0.4, 0.5))
    assert calibrate(trials, 0.1).promise.setting.dense_weight == 0.5
    luckier = trials.right[0.5].copy()
    luckier[np.flatnonzero(~luckier[:, 0])[0]] = True
    assert calibrate(replace(trials, right={**trials.right, 0.4: luckier}), 0.1).promise.setting.dense_weight == 0.5
    better = np.ones_like(luckier)
    setting = calibrate(replace(trials, right={**trials.right, 0.4: better}), 0.1).promise.setting
    assert setting.dense_weight == 0.4
    assert setting.threshold.answered == setting.threshold.count


def test_of_several_weights_one_is_the_luckiest():
    """Five right answers more are enough where one other weight is tried, and may be chance where four are."""
    trials = made_up(200)
    lucky = trials.right[0.5].copy()
    lucky[np.flatnonzero(~lucky[:, 0])[:5]] = True
    for others, chosen in (((), 0.4), ((0.3, 0.6, 0.7), 0.5)):
        right = {**dict.fromkeys((0.5, *others), trials.right[0.5]), 0.4: lucky}
        tried = replace(trials, right=right, confidences=dict.fromkeys(right, trials.confidences[0.5]))
        assert calibrate(tried, 0.1).promise.setting.dense_weight == chosen


def test_no_more_sentences_are_shown_than_hold_the_answers():
    trials = made_up(200)
    assert calibrate(trials, 0.1).promise.setting.sentences == 1
    held = trials.right[0.5].copy()
    held[:, 0] = False
    assert calibrate(replace(trials, right={0.5: held}), 0.1).promise.setting.sentences == 2


def test_what_is_written_is_on_the_careful_side():
    made = made_up(400)
    trials = replace(made, questions=tuple(replace(question, language="en") for question in made.questions))
    values = calibrate(trials, 0.05).promise.setting.values
    threshold = values["answer", "threshold"]
    assert values == {
        ("retrieval", "dense_weight"): 0.5,
        ("answer", "sentences"): 1,
        ("answer", "threshold"): threshold,
    }
    assert threshold == round(threshold, 4)
    assert 0 <= threshold - calibrate(trials, 0.05).promise.setting.threshold.value < 0.0001


def test_each_language_has_a_threshold_of_its_own_where_there_are_enough():
    """Chinese answers are always right, so that they need none; English ones are wrong below .5."""
    trials = made_up(400)
    sure = trials.confidences[0.5]
    chinese = np.array([question.language == "zh" for question in trials.questions])
    right = np.repeat((chinese | (sure >= 0.5))[:, None], SENTENCES, axis=1)
    parted = replace(trials, right={0.5: right})
    setting = calibrate(parted, 0.1).promise.setting
    assert setting.languages["zh"].value == sure[chinese].min() or setting.languages["zh"].wrong == 0
    assert setting.languages["zh"].answered == setting.languages["zh"].count
    assert 0.35 < setting.languages["en"].value < 0.5
    assert setting.languages["en"].value > setting.threshold.value > setting.languages["zh"].value
    assert set(setting.values["answer", "threshold"]) == {"en", "zh"}
    assert calibrate(parted, 0.1).languages["zh"].refused <= 2
    assert calibrate(parted, 0.1).languages["en"].risk.estimate <= 0.12


def test_too_few_of_a_language_share_one_threshold():
    trials = made_up(400)
    few = tuple(replace(each, language="zh" if at < 17 else "en") for at, each in enumerate(trials.questions))
    assert calibrate(replace(trials, questions=few), 0.1).promise.setting.languages == {}
    assert set(calibrate(trials, 0.1).promise.setting.languages) == {"en", "zh"}
    alone = tuple(replace(each, language="en") for each in trials.questions)
    assert calibrate(replace(trials, questions=alone), 0.1).promise.setting.languages == {}


def test_a_language_that_can_promise_nothing_leaves_one_threshold_for_both():
    trials = made_up(400)
    chinese = np.array([question.language == "zh" for question in trials.questions])
    sure = np.where(chinese, 0.2, 0.4 + 0.6 * trials.confidences[0.5])
    right = np.repeat(~chinese[:, None], SENTENCES, axis=1)
    setting = calibrate(replace(trials, confidences={0.5: sure}, right={0.5: right}), 0.1).promise.setting
    assert (setting.languages, setting.promises) == ({}, True)
    assert (setting.least("en"), setting.least("zh")) == (setting.threshold.value, setting.threshold.value)


def test_too_few_questions_say_how_many_it_takes():
    made = calibrate(made_up(24), 0.05)
    assert made.obstacle == (
        "24 questions are too few to promise a share of wrong answers of at most 0.05: that takes 29 at the least, and "
        "more as soon as a sure answer is wrong. Add questions, or ask for a larger share."
    )
    assert ("answer", "threshold") not in made.promise.setting.values
    assert calibrate(made_up(24), 0.3).obstacle == ""
    with pytest.raises(UsageError, match="9 questions can be judged; that is too few to choose on some"):
        calibrate(made_up(9), 0.3)
    with pytest.raises(UsageError, match="it takes a number between 0 and 1"):
        calibrate(made_up(40), 5)


def test_sure_answers_that_are_wrong_can_promise_nothing():
    trials = made_up(60)
    wrong, sure = np.zeros_like(trials.right[0.5]), np.full(60, 0.9)
    made = calibrate(replace(trials, confidences={0.5: sure}, right={0.5: wrong}), 0.05)
    assert made.obstacle.startswith("No threshold keeps the share of wrong answers to 0.05: of the 42 answers")
    assert (made.promise.held_out.answered, made.promise.held_out.refused) == (0, 60)


def test_questions_of_one_document_are_parted_by_question():
    made = calibrate(made_up(100, documents=1), 0.1)
    assert made.by == "question"
    assert made.promise.held_out.asked == 100


def test_documents_that_one_question_joins_are_not_parted():
    trials = made_up(100, documents=7)
    joined = replace(trials.questions[0], gold=tuple(Gold(f"d{at}") for at in range(7)))
    made = calibrate(replace(trials, questions=(joined, *trials.questions[1:])), 0.1)
    assert made.by == "question"
    assert calibrate(trials, 0.1).by == "document"


def test_folds_that_are_too_small_for_the_promise_are_told():
    """Of 40 questions 27 choose the threshold, of the 32 without a fold only 22: too few for one in 25."""
    trials = made_up(40)
    sure = replace(trials, right={0.5: np.ones_like(trials.right[0.5])})
    made = calibrate(sure, 0.04)
    assert made.obstacle == ""
    assert (made.promise.silent, made.promise.held_out.answered) == (5, 0)
    assert {each.at_most: each.silent for each in made.others} == {0.01: 5, 0.02: 5, 0.05: 0, 0.1: 0, 0.2: 0}


def test_the_largest_document_helps_to_choose_the_threshold():
    trials = made_up(120)
    large = [replace(question, gold=(Gold("large"),)) for question in trials.questions[:60]]
    threshold = calibrate(replace(trials, questions=(*large, *trials.questions[60:])), 0.1).promise.setting.threshold
    assert threshold.count == 90


def test_a_document_that_misleads_is_seen_by_parting_by_document():
    """One document's answers are all wrong and all sure: no fold that was chosen without it is warned."""
    trials = made_up(200)
    sure, right = trials.confidences[0.5].copy(), np.ones_like(trials.right[0.5])
    sure[::20], right[::20] = 0.99, False
    made = calibrate(replace(trials, confidences={0.5: sure}, right={0.5: right}), 0.02)
    assert made.promise.held_out.risk.estimate == pytest.approx(0.05)
    assert made.promise.held_out.risk.low > 0.02


def test_shares_of_nothing():
    assert math.isnan(Seen().risk.estimate)
    assert math.isnan(Seen(asked=3).wrongly_refused)
