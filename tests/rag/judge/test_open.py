import json

import pytest

from core import weights
from core.errors import SettingsError, WeightsMismatch, WeightsMissing
from rag.judge.open import FOLDER, Judges
from rag.judge.profile import read_profile
from tests.rag.judge.made import PROFILE, make_judge, make_tokenizer

ENGLISH, CHINESE = "The pump runs at nine bar.", "泵的压力为九巴。"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A library's folder with a judge of its own for either language, and none that are shipped."""
    tokenizer = weights.KnownFile("none", "0", make_tokenizer(tmp_path).name, "", "")
    monkeypatch.setenv("PINCITE_WEIGHTS", str(tmp_path))
    monkeypatch.setattr("core.weights.KNOWN", {"minilm-l6-tokenizer": tokenizer, "judge-zh-tokenizer": tokenizer})
    monkeypatch.setattr("rag.judge.open.KNOWN", weights.KNOWN)
    make_judge(tmp_path / FOLDER, "en")
    make_judge(tmp_path / FOLDER, "zh")
    return tmp_path


def test_a_librarys_own_judges_read_their_languages(own):
    judges = Judges(own)
    english, chinese = judges.reading("How much?", [ENGLISH]), judges.reading("多少？", [CHINESE])
    assert (english.language, chinese.language) == ("en", "zh")
    assert judges.of("en") is english
    assert chinese.read("压力是多少？", [CHINESE])[0].start == CHINESE.index("九")


@pytest.mark.parametrize(
    ("question", "texts", "spoken"),
    [
        ("How much?", [ENGLISH, CHINESE], "en"),
        ("How much?", [CHINESE, "", ENGLISH], "en"),
        ("多少？", [ENGLISH, CHINESE], "zh"),
        ("多少？", [ENGLISH, "12 | 0.4"], "zh"),
    ],
)
def test_of_passages_in_two_languages_the_judge_of_the_questions_reads_its_own(own, question, texts, spoken):
    assert Judges(own).reading(question, texts).language == spoken


@pytest.mark.parametrize(("question", "texts"), [("How much?", [CHINESE]), ("多少？", [ENGLISH]), ("How much?", [])])
def test_no_judge_reads_another_language_than_the_questions(own, question, texts):
    assert Judges(own).reading(question, texts) is None


def test_what_a_judge_reads_is_in_its_language_or_has_no_words(own):
    english, chinese = Judges(own).of("en"), Judges(own).of("zh")
    texts = [ENGLISH, CHINESE, "12 | 0.4", "", "水泵 TW-400 series transfer pumps", "水泵 (pump)"]
    assert [english.reads(text) for text in texts] == [True, False, True, True, False, False]
    assert [chinese.reads(text) for text in texts] == [False, True, True, True, True, True]


def test_an_empty_passage_has_no_language(own):
    assert Judges(own).reading("How much?", ["", ENGLISH, " "]).language == "en"
    assert Judges(own).reading("", []) is None


def test_where_none_is_shipped_and_the_library_has_none_there_is_none(own, tmp_path):
    assert Judges().reading("How much?", [ENGLISH]) is None
    assert Judges(tmp_path / "elsewhere").of("zh") is None
    assert Judges().load() == "for no language, each as its profile was measured"


def test_loading_says_what_there_is(own):
    assert Judges(own).load() == "for en, zh, each as its profile was measured"
    assert Judges(own).load("zh") == "for zh, each as its profile was measured"


def test_the_price_of_a_promise_is_that_of_each_judge(own):
    assert Judges(own).price(0.07) == "30% en, 30% zh"
    with pytest.raises(SettingsError, match="can promise 0.05 at the least"):
        Judges(own).price(0.01)


def test_weights_that_were_not_measured_are_refused(own):
    path = own / FOLDER / "judge-en.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(WeightsMismatch, match="the profile beside it was measured on"):
        Judges(own).of("en")


def test_a_judge_without_a_profile_is_refused(own):
    (own / FOLDER / "judge-en.json").unlink()
    with pytest.raises(WeightsMissing, match="what its figures mean, is not there"):
        Judges(own).of("en")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"risks": []}', '{"risks": [{"x": 1}]}', "\x00"])
def test_what_is_no_profile_is_refused(tmp_path, text):
    (tmp_path / "judge-en.json").write_text(text)
    with pytest.raises(WeightsMismatch, match="is not its profile"):
        read_profile(tmp_path / "judge-en.json")


def test_a_shipped_judge_that_is_gone_is_an_error_not_a_fallback(own, monkeypatch):
    gone = weights.KnownFile("pincite", "", "rag/judge/weights/judge-xx.onnx", "0" * 64, "Apache-2.0", shipped=True)
    monkeypatch.setitem(weights.KNOWN, "judge-en", gone)
    with pytest.raises(WeightsMissing, match="judge-xx.onnx is not there"):
        Judges().of("en")
    assert Judges(own).of("en") is not None


def test_a_profile_is_read_as_it_was_written(tmp_path):
    PROFILE.write(tmp_path / "judge-en.json")
    assert read_profile(tmp_path / "judge-en.json") == PROFILE
    assert json.loads((tmp_path / "judge-en.json").read_text())["risks"][0] == {
        "wrong": 0.05,
        "threshold": 0.9,
        "refused": 0.3,
    }


@pytest.mark.parametrize(("wrong", "threshold"), [(0.05, 0.9), (0.09, 0.9), (0.1, 0.5), (1.0, 0.5)])
def test_the_threshold_is_that_of_the_largest_promise_within_what_is_asked_for(wrong, threshold):
    assert PROFILE.threshold(wrong) == threshold


def test_less_than_was_measured_cannot_be_promised():
    with pytest.raises(SettingsError, match="can promise 0.05 at the least"):
        PROFILE.threshold(0.01)
