"""What a judge changes: which sentence is quoted, whether anything counts as found, which drafts are shown."""

import math
from dataclasses import replace

import pytest

from core.errors import SettingsError
from rag.answer.answer import AnswerSettings, checked, gather
from rag.answer.check import contradicted, entailed, supported
from rag.answer.confidence import Features, confidence, values
from rag.answer.judged import judged
from rag.embedding.minilm import MiniLM
from rag.judge.judge import Judge
from tests.rag.answer.hits import hit, quotes
from tests.rag.judge.made import PROFILE, make_judge

TEXT = "How much pressure the pump has is on the lamp. It runs at nine bar."
QUESTION = "How much pressure has the pump?"


class Reads:
    """Judges of which one reads everything."""

    def __init__(self, judge):
        self.judge = judge

    def reading(self, question, texts):
        return self.judge


@pytest.fixture(scope="module")
def embedder():
    return MiniLM()


@pytest.fixture(scope="module")
def judge(tmp_path_factory) -> Judge:
    return make_judge(tmp_path_factory.mktemp("judge"))


def changed(judge, **changes):
    return Judge(*judge._paths, replace(judge.profile, **changes))


def asked(reads, embedder, text=TEXT, **settings):
    return gather(QUESTION, [hit(text)], embedder, AnswerSettings(**settings), Reads(reads))


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


def test_the_sentence_that_the_judge_points_at_is_quoted_first(judge, embedder):
    with_it, without = asked(judge, embedder, threshold=0.0), asked(judge, embedder, threshold=0.0, judge=False)
    assert without.quotes[0].text == "How much pressure the pump has is on the lamp."
    assert with_it.quotes[0].text == "It runs at nine bar."
    best = with_it.quotes[0]
    assert best.score == pytest.approx((best.similarity + best.overlap) / 2 + 0.2 + best.pointed)
    assert best.pointed == pytest.approx(sigmoid(4.0) * with_it.judged.readings[best.hit.passage.id][0].mass(47, 67))
    assert best.pointed > 0.9 > 0.01 > with_it.quotes[1].pointed


def test_pointing_counts_for_as_much_as_the_profile_says(judge, embedder):
    evidence = asked(changed(judge, quote_weight=0.0), embedder, threshold=0.0)
    assert evidence.quotes[0].text == "How much pressure the pump has is on the lamp."
    assert evidence.quotes[1].pointed > 0.9


def test_places_are_those_of_the_document_though_the_judge_reads_the_heading_too(judge, embedder):
    one = hit(TEXT, start=1000, heading=("Manual", "Nine bar"), header="Code | Meaning")
    found = judged(QUESTION, [one], Reads(judge))
    reading, before = found.readings[one.passage.id]
    assert before == len("Nine bar\nCode | Meaning\n")
    sentence = 1000 + TEXT.index("It runs")
    assert found.pointed(one, sentence, 1000 + len(TEXT)) == pytest.approx(
        reading.answerable * reading.mass(before + 47, before + 67)
    )
    assert 0.2 < found.pointed(one, sentence, 1000 + len(TEXT)) < 0.3  # half of it begins and ends in the heading
    assert found.pointed(hit("Other.", "b.txt"), 0, 6) == 0.0


def test_the_confidence_is_that_of_the_judges_profile(judge, embedder):
    evidence = asked(judge, embedder)
    features = evidence.features
    assert features.answerable == pytest.approx(sigmoid(4.0))
    assert evidence.confidence == pytest.approx(
        sigmoid(-1.0 + features.similarity + features.overlap - features.missing + 4.0)
    )
    assert evidence.confidence == confidence(features, "en", PROFILE)
    assert asked(judge, embedder, judge=False).features.answerable is None


def test_no_judge_is_taken_at_more_than_its_word():
    surest = values(Features(0.0, 0.0, 0.0, 0.0, 1.0))["answerable"]
    assert surest == pytest.approx(math.log(9999))
    assert values(Features(0.0, 0.0, 0.0, 0.0, 0.0))["answerable"] == pytest.approx(-surest)
    assert "answerable" not in values(Features(0.0, 0.0, 0.0, 0.0))


def test_the_share_of_wrong_answers_that_is_allowed_chooses_the_threshold(judge, embedder):
    sure = asked(judge, embedder, wrong_at_most=0.05)
    assert sure.confidence > 0.9
    assert sure.found
    weak = [asked(judge, embedder, "The pump has a lamp.", wrong_at_most=share) for share in (0.05, 0.1)]
    assert weak[0].confidence < 0.5
    assert not any(evidence.found for evidence in weak)
    between = changed(judge, intercept=-1.0 - math.log(weak[0].confidence / (1 - weak[0].confidence)) + 1.0)
    found = [asked(between, embedder, "The pump has a lamp.", wrong_at_most=share) for share in (0.05, 0.1)]
    assert [evidence.found for evidence in found] == [False, True]
    assert found[0].confidence == pytest.approx(sigmoid(1.0))


def test_a_threshold_set_by_hand_comes_first(judge, embedder):
    assert asked(judge, embedder, "The pump has a lamp.", threshold=0.0, wrong_at_most=0.0).found
    assert not asked(judge, embedder, threshold=1.0).found


def test_a_threshold_may_be_set_for_a_language(judge, embedder):
    assert not asked(judge, embedder, threshold={"en": 1.0, "zh": 0.0}).found
    assert asked(judge, embedder, threshold={"en": 0.0, "zh": 1.0}).found
    weak = [asked(judge, embedder, "The pump has a lamp.", threshold=given).found for given in (None, {"zh": 0.0})]
    assert weak == [False, False], "a language that is not named keeps its own"


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        ({"fr": 0.5}, r"threshold names 'fr'; the languages are en, zh\."),
        ({"en": 1.5}, r"threshold of en is 1\.5; it takes a number from 0 to 1\."),
        (1.5, r"threshold is 1\.5; it takes a number from 0 to 1\."),
    ],
)
def test_a_threshold_that_is_none_is_told(threshold, said):
    with pytest.raises(SettingsError, match=said):
        AnswerSettings(threshold=threshold)


def test_what_cannot_be_promised_is_said(judge, embedder):
    with pytest.raises(SettingsError, match="wrong_at_most is 0.01; the judge for 'en' can promise 0.05"):
        asked(judge, embedder, wrong_at_most=0.01)
    with pytest.raises(SettingsError, match="wrong_at_most is 2; it takes a number from 0 to 1"):
        AnswerSettings(wrong_at_most=2)


def test_where_no_judge_can_read_the_figures_of_words_stand_alone(embedder):
    evidence = gather(QUESTION, [hit(TEXT)], embedder, AnswerSettings(), Reads(None))
    alone = gather(QUESTION, [hit(TEXT)], embedder, AnswerSettings())
    assert evidence == alone
    assert alone.confidence == confidence(alone.features, "en")
    assert alone.judged is None


FOREIGN = hit("泵运行时压力为九巴。泵很重。", "z.txt")


def test_of_two_languages_the_judge_reads_the_questions_own(judge, embedder):
    found = judged(QUESTION, [FOREIGN, hit(TEXT)], Reads(judge))
    assert [found.has_read(one) for one in (FOREIGN, hit(TEXT))] == [False, True]
    assert found.answerable == pytest.approx(sigmoid(4.0))
    assert judged(QUESTION, [hit(TEXT)], Reads(judge)).readings == found.readings


def test_a_passage_that_was_not_read_counts_as_pointed_at_as_those_that_were_at_the_mean(judge, embedder):
    other = hit("The lamp is green.", "b.txt")
    hits = [hit(TEXT), FOREIGN, other]
    evidence = gather(QUESTION, hits, embedder, AnswerSettings(threshold=0.0), Reads(judge))
    pointed = {quote.text: quote.pointed for quote in evidence.quotes}
    read = evidence.judged
    best = read.pointed(hits[0], 47, 67)
    assert pointed["It runs at nine bar."] == pytest.approx(best)
    lamp = read.pointed(other, 0, 18)
    assert pointed["The lamp is green."] == pytest.approx(lamp)
    assert sorted(pointed[text] for text in ("泵运行时压力为九巴。", "泵很重。")) == pytest.approx(
        [0.0, (best + lamp) / 2]
    )


def test_a_judge_decides_about_what_it_has_read_and_not_about_another_language(judge, embedder):
    hits = [hit(TEXT), FOREIGN]
    evidence = gather(QUESTION, hits, embedder, AnswerSettings(), Reads(judge))
    assert evidence.quotes[0].hit == hits[0]
    assert evidence.features.answerable == pytest.approx(sigmoid(4.0))
    assert evidence.confidence == confidence(evidence.features, "en", PROFILE)
    strange = gather("泵的压力为多少?", [hit("The lamp is green."), FOREIGN], embedder, AnswerSettings(), Reads(judge))
    assert strange.quotes[0].hit == FOREIGN
    assert strange.judged is not None
    assert strange.features.answerable is None
    assert strange.confidence == confidence(strange.features, "zh")


def test_no_draft_is_held_against_a_quote_that_the_judge_does_not_read(judge, embedder):
    text = "The pump runs at nine bar, and the lamp is green."
    evidence = asked(judge, embedder, text, threshold=0.0)
    draft = ["The pump runs at nine bar."]
    unread = replace(evidence, judged=replace(evidence.judged, readings={}))
    assert [sentence.text for sentence in checked(draft, evidence, embedder)] == [text]
    assert [sentence.text for sentence in checked(draft, unread, embedder)] == draft


def test_without_hits_there_is_nothing_to_read(judge, embedder):
    evidence = gather(QUESTION, [], embedder, AnswerSettings(threshold=0.0), Reads(judge))
    assert (evidence.found, evidence.judged) == (False, None)


QUOTE = "The pump runs at 9 bar if the valve is closed."


def test_free_words_are_shown_where_the_judge_finds_them_entailed(judge):
    found = entailed("If, then: at 9 bar the pump surely works.", quotes(QUOTE), judge)
    assert found is None  # the quote's "if" comes after its figure
    free = "At 9 bar, the pump works if one has shut the valve."
    assert supported(free, quotes(QUOTE)) is None
    # "runs" in the quote is what this judge goes by: 3 for entailment
    sentence = entailed(free, quotes(QUOTE), changed(judge, entailed_from=0.9))
    assert (sentence.text, sentence.support) == (free, "supported")
    assert [citation.quote for citation in sentence.citations] == [QUOTE]
    assert entailed(free, quotes(QUOTE), changed(judge, entailed_from=0.95)) is None
    assert entailed(free, quotes(QUOTE), changed(judge, entailed_from=None)) is None


@pytest.mark.parametrize(
    "free",
    [
        "At 8 bar, the pump works if one has shut the valve.",
        "At 9 bar, the pump works.",
        "At 9 bar, the pump may work if one has shut the valve.",
        "At 9 bar, the pump works if one has not shut the valve.",
        "At 9 bar, the pump P-12 works if one has shut the valve.",
        "At 9 bar, Baker's pump works if one has shut the valve.",
        "",
    ],
)
def test_no_judge_lets_a_figure_a_name_a_condition_or_a_denial_change(judge, free):
    assert entailed(free, quotes(QUOTE), judge) is None


def test_names_turned_round_are_not_shown_whatever_a_judge_finds(judge):
    quote = "On Monday Acme runs the pump for Baker."
    assert entailed("Monday: for Baker, the pump of Acme runs.", quotes(quote), judge) is None


def test_what_the_judge_finds_contradicted_is_not_shown_though_it_keeps_the_rules(judge):
    found = quotes("The pump runs at nine bar, and the lamp is green.")
    said = supported("The pump runs at nine bar.", found)
    assert said.support == "supported"
    assert contradicted(said, found, judge)
    assert not contradicted(said, found, changed(judge, contradicted_from=None))


def test_a_quote_is_never_contradicted_by_itself(judge):
    found = quotes("The lamp is green.")
    assert not contradicted(found[0].sentence, found, judge)


def test_a_draft_is_read_by_the_judge_and_what_it_takes_back_becomes_the_quote(judge, embedder):
    text = "The pump runs at nine bar, and the lamp is green."
    evidence = asked(judge, embedder, text, threshold=0.0)
    draft = ["The pump runs at nine bar."]
    assert [sentence.text for sentence in checked(draft, evidence, embedder)] == [text]
    lenient = asked(changed(judge, contradicted_from=None), embedder, text, threshold=0.0)
    assert [sentence.text for sentence in checked(draft, lenient, embedder)] == draft
