import json
import math
from dataclasses import replace

import numpy as np
import pytest

from core.errors import UsageError
from rag.evaluation.gate import (
    ENOUGH,
    GUARDED,
    Measured,
    changed_since,
    check_same_questions,
    compare,
    fingerprint,
    measured,
    read_baseline,
    write_baseline,
)
from rag.evaluation.questions import Question
from rag.evaluation.records import Score

IDS = [f"q{index}" for index in range(40)]


def figures(**values: list[float]) -> Measured:
    """`right=[1.0, 0.0]` gives the figure "right" of q0 and q1; _ stands for a space."""
    held = {name.replace("_", " "): dict(zip(IDS, given, strict=False)) for name, given in values.items()}
    return Measured(held, dict.fromkeys(IDS, "f"), {})


def test_nothing_changed_passes():
    state = figures(right=[1.0] * 30 + [0.0] * 10, verbatim=[1.0] * 40)
    verdict = compare(state, state)
    assert verdict.passed
    assert verdict.sentence == "Passed: no guarded figure is significantly worse than the baseline."
    assert [(each.figure, each.before, each.now, each.p, each.worse) for each in verdict.findings] == [
        ("right", 0.75, 0.75, 1.0, ()),
        ("verbatim", 1.0, 1.0, 1.0, ()),
    ]


def test_one_question_lost_is_noise_and_many_are_not():
    before = figures(right=[1.0] * 40)
    assert compare(before, figures(right=[0.0] + [1.0] * 39)).passed
    verdict = compare(before, figures(right=[1.0] * 32 + [0.5] + [0.0] * 7))
    (finding,) = verdict.lost
    assert verdict.sentence == "Failed: significantly worse than the baseline: right from 1.000 to 0.812."
    assert finding.difference.estimate == pytest.approx(-7.5 / 40)
    assert finding.difference.high < 0
    assert finding.worse == ("q33", "q34", "q35", "q36", "q37")


def test_a_figure_that_should_be_small_is_lost_when_it_grows():
    low, high = figures(wrongly_answered=[0.0] * 40), figures(wrongly_answered=[1.0] * 20 + [0.0] * 20)
    assert not compare(low, high).passed
    assert compare(high, low).passed


def test_one_quote_that_is_not_its_documents_text_is_no_noise():
    before = figures(right=[1.0] * 40, verbatim=[1.0] * 40)
    (finding,) = compare(before, figures(right=[1.0] * 40, verbatim=[1.0] * 39 + [0.5])).lost
    assert (finding.figure, finding.p, finding.worse) == ("verbatim", 0.0, ("q39",))
    assert compare(figures(verbatim=[0.5] * 40), figures(verbatim=[0.5] * 39 + [1.0])).passed


def test_several_figures_are_corrected_for():
    lost_four = [1.0] * 36 + [0.0] * 4  # p is (36 / 40) ** 40, about .015
    assert not compare(figures(right=[1.0] * 40), figures(right=lost_four)).passed
    same = {"verbatim": [1.0] * 40, "page_accuracy": [1.0] * 40, "ndcg@10": [1.0] * 40}
    assert compare(figures(right=[1.0] * 40, **same), figures(right=lost_four, **same)).passed


def test_noise_both_ways_passes():
    """As where a model is not asked at temperature 0: every tenth question turns, to either side."""
    random = np.random.default_rng(1)
    before = (random.random(40) < 0.7).astype(float)
    alarms = 0
    for seed in range(20):
        turned = random.random(40) < 0.1
        now = np.where(turned, 1 - before, before)
        alarms += not compare(figures(right=before.tolist()), figures(right=now.tolist()), seed=seed).passed
    assert alarms <= 1  # of twenty, at a level of .05


def in_two_languages(english: int, chinese: int, **values: list[float]) -> Measured:
    """As `figures`, the English questions first."""
    ids = [f"q{index}" for index in range(english + chinese)]
    held = {name.replace("_", " "): dict(zip(ids, given, strict=True)) for name, given in values.items()}
    languages = {key: "en" if at < english else "zh" for at, key in enumerate(ids)}
    return Measured(held, dict.fromkeys(ids, "f"), {}, languages)


def test_a_loss_in_one_language_is_not_hidden_by_a_gain_in_the_other():
    """As on the examples, 46 English questions and 21 Chinese ones: eight Chinese ones are lost, seven English won."""
    before = {"rightly_cited": [1.0] * 30 + [0.0] * 16 + [1.0] * 18 + [0.0] * 3}
    now = {"rightly_cited": [1.0] * 37 + [0.0] * 9 + [1.0] * 10 + [0.0] * 11}
    others = {name: [1.0] * 67 for name in ("ndcg@10", "recall@10", "right", "page_accuracy", "verbatim")}
    others |= {"wrongly_refused": [0.0] * 67, "wrongly_answered": [0.0] * 67}
    frozen, present = (in_two_languages(46, 21, **each, **others) for each in (before, now))
    verdict = compare(frozen, present)
    assert verdict.sentence == "Failed: significantly worse than the baseline: rightly cited, zh from 0.857 to 0.476."
    (finding,) = verdict.lost
    assert (finding.figure, finding.language, finding.difference.count) == ("rightly cited", "zh", 21)
    assert finding.worse == ("q56", "q57", "q58", "q59", "q60")
    assert compare(replace(frozen, languages={}), replace(present, languages={})).passed, "the totals let it pass"
    assert compare(replace(frozen, languages={}), present) == verdict, "a baseline from before it held languages"
    assert [each.name for each in verdict.findings][8:] == [
        f"{figure}, {language}"
        for language in ("en", "zh")
        for figure in ("ndcg@10", "rightly cited", "wrongly refused", "wrongly answered")
    ]


def test_a_language_with_too_few_questions_is_not_compared_by_itself():
    few = in_two_languages(30, ENOUGH - 1, right=[1.0] * (29 + ENOUGH), rightly_cited=[1.0] * (29 + ENOUGH))
    assert [each.name for each in compare(few, few).findings] == ["rightly cited", "right", "rightly cited, en"]
    alone = in_two_languages(30, 0, rightly_cited=[1.0] * 30)
    assert [each.name for each in compare(alone, alone).findings] == ["rightly cited"]


def test_noise_both_ways_passes_in_two_languages():
    """Whenever a question is asked, one time in twenty it comes out otherwise than mostly, in each of seven figures."""
    random = np.random.default_rng(2)
    names = [name for name in GUARDED if name not in ("verbatim", "draft kept")]
    alarms = 0
    for seed in range(20):
        mostly = {name: (random.random(67) < 0.7).astype(float) for name in names}
        before, now = (
            {name: np.where(random.random(67) < 0.05, 1 - held, held) for name, held in mostly.items()}
            for _ in range(2)
        )
        sides = (in_two_languages(46, 21), in_two_languages(46, 21))
        frozen, present = (
            replace(
                side, figures={name: dict(zip(side.questions, held.tolist(), strict=True)) for name, held in of.items()}
            )
            for side, of in zip(sides, (before, now), strict=True)
        )
        alarms += not compare(frozen, present, seed=seed).passed
    assert alarms <= 1  # of twenty, at a level of .05


def test_a_figure_that_is_gone_is_lost():
    verdict = compare(figures(right=[1.0] * 40, verbatim=[1.0] * 40), figures(right=[1.0] * 40))
    assert verdict.sentence == "Failed: significantly worse than the baseline: verbatim is gone."
    assert math.isnan(verdict.lost[0].now)


def test_only_questions_with_the_figure_on_both_sides_are_compared():
    (finding,) = compare(figures(right=[1.0] * 40), figures(right=[1.0] * 3)).findings
    assert finding.difference.count == 3


def test_other_questions_are_not_compared():
    before = figures(right=[1.0] * 40)
    for other in ({**before.questions, "q7": "changed"}, {**before.questions, "new": "f"}, {"q0": "f"}):
        with pytest.raises(UsageError, match=r"is new, gone or changed since it was frozen\. .*--freeze"):
            compare(before, replace(before, questions=other))


def test_other_questions_are_told_before_they_are_asked():
    question = Question("1", "Who?", "en", True, ("Ann",))
    baseline = Measured({}, {"1": fingerprint(question)}, {})
    check_same_questions(baseline, [question])
    with pytest.raises(UsageError, match="question '1' is new, gone or changed"):
        check_same_questions(baseline, [replace(question, answers=("Bob",))])


def test_where_questions_failed_nothing_is_compared_and_nothing_is_kept(tmp_path):
    before = figures(right=[1.0] * 40)
    present = replace(before.only(IDS[2:]), failed={"q0": "The endpoint answered 503.", "q1": "Too long."})
    told = r": 2 of 40 questions failed: q0, q1\. The first: The endpoint answered 503\."
    with pytest.raises(UsageError, match=f"Comparing with the baseline{told}"):
        compare(before, present)
    with pytest.raises(UsageError, match=f"Comparing with the baseline{told}"):
        compare(present, before)
    with pytest.raises(UsageError, match=f"Keeping the figures{told}"):
        write_baseline(tmp_path / "baseline.json", present)
    assert list(tmp_path.iterdir()) == []


def test_some_of_the_questions_are_compared():
    before = in_two_languages(25, 25, right=[1.0] * 50)
    part = before.only(["q0", "q30"])
    assert part.figures == {"right": {"q0": 1.0, "q30": 1.0}}
    assert (part.questions, part.languages) == ({"q0": "f", "q30": "f"}, {"q0": "en", "q30": "zh"})
    (finding,) = compare(part, part).findings
    assert finding.difference.count == 2


def test_what_changed_since_is_said_in_words():
    made = {
        "code": {"sha256": "a"},
        "library": {"content": "b", "made_with": {"embedder": "use"}},
        "settings": {"answer": {"threshold": 0.5}},
        "questions": {"sha256": "c"},
        "model": None,
        "judge": None,
    }
    before, now = Measured({}, {}, made), Measured({}, {}, {**made, "model": {"model": "m"}, "settings": {}})
    assert changed_since(before, before) == []
    assert changed_since(before, now) == ["model", "answer or retrieval settings"]
    assert changed_since(Measured({}, {}, {"by": "hand"}), now) == []


def test_a_question_s_fingerprint_changes_with_what_is_right():
    question = Question("1", "Who?", "en", True, ("Ann",))
    assert fingerprint(question) == fingerprint(Question("1", "Who?", "en", True, ("Ann",)))
    assert fingerprint(question) != fingerprint(replace(question, answers=("Bob",)))


def test_what_is_measured_are_the_guarded_figures_that_say_something():
    question = Question("1", "Who?", "en", True, ("Ann",))
    scores = {"right": Score(1.0, "it says 'Ann'"), "page accuracy": Score(None, "no page"), "bleu": Score(0.5, "")}
    found = measured([question], {"1": scores}, {"pincite": "0.1.0"})
    assert found.figures == {name: ({"1": 1.0} if name == "right" else {}) for name in GUARDED}
    assert found.questions == {"1": fingerprint(question)}
    assert found.languages == {"1": "en"}


def test_a_baseline_is_read_as_it_was_written(tmp_path):
    state = in_two_languages(1, 1, right=[0.1, 1.0])
    path = tmp_path / "baseline.json"
    write_baseline(path, state)
    assert read_baseline(path) == state
    held = json.loads(path.read_text())
    assert held.pop("languages") == {"q0": "en", "q1": "zh"}
    path.write_text(json.dumps(held))
    assert read_baseline(path) == replace(state, languages={}), "as an older Pincite wrote it"
    assert [each.name for each in tmp_path.iterdir()] == ["baseline.json"]


def test_what_is_no_baseline_says_so(tmp_path):
    path = tmp_path / "baseline.json"
    with pytest.raises(UsageError, match=r"there is no file .*baseline\.json\. `pincite gate --freeze` makes one"):
        read_baseline(path)
    for figures_ in ("[]", '{"right": {"1": "x"}}', '{"right": 1}'):
        path.write_text(f'{{"form": 1, "figures": {figures_}, "questions": {{}}, "made": {{}}}}')
        with pytest.raises(UsageError, match="it is none"):
            read_baseline(path)
    no_languages = '{"form": 1, "figures": {}, "questions": {}, "made": {}, "languages": []}'
    for text in ("", "[]", "{}", '{"form": 1, "figures": {}}', no_languages):
        path.write_text(text)
        with pytest.raises(UsageError, match="it is none"):
            read_baseline(path)
    path.write_text(json.dumps({"form": 9, "figures": {}, "questions": {}, "made": {}}))
    with pytest.raises(UsageError, match="it is of form 9, this Pincite reads 1"):
        read_baseline(path)
