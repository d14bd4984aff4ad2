import pytest

from rag.embedding.across import across
from rag.embedding.bge import BgeChinese
from rag.embedding.bilingual import Bilingual
from rag.embedding.minilm import MiniLM
from rag.embedding.use import MultilingualUSE

ENGLISH = "The filter must be replaced every six months."
CHINESE = "滤芯每六个月更换一次。"


def test_sentences_in_the_questions_language_alone_are_read_by_its_encoder():
    own, multilingual = BgeChinese(), MultilingualUSE()
    assert across("zh", own, multilingual, [CHINESE]) is own


@pytest.mark.parametrize(
    ("spoken", "own", "question", "shift", "share"),
    [
        ("zh", BgeChinese(), "滤芯多久换一次？", 0.28, 0.8),
        ("en", MiniLM(), "How often is the filter changed?", 0.0, 1.0),
    ],
)
def test_each_sentence_is_compared_by_the_encoder_that_knows_it(spoken, own, question, shift, share):
    multilingual = MultilingualUSE()
    said = [CHINESE, ENGLISH] if spoken == "zh" else [ENGLISH, CHINESE]
    reader = across(spoken, own, multilingual, said)
    within = float(own.embed(said)[0] @ own.embed_query(question))
    over = shift + share * float(multilingual.embed(said)[1] @ multilingual.embed_query(question))
    assert reader.embed(said) @ reader.embed_query(question) == pytest.approx([within, over], abs=1e-5)


def test_what_reads_sentences_goes_by_the_question_and_the_texts():
    both, multilingual = Bilingual(), MultilingualUSE()
    assert both.encoder("How often is it changed?", [ENGLISH]).name == "minilm"
    assert both.encoder("多久换一次？", [CHINESE]).name == "bge-small-zh"
    assert both.encoder("多久换一次？", [CHINESE, ENGLISH]).name == "across"
    assert both.encoder("How often is it changed?", [CHINESE]).name == "across"
    assert multilingual.encoder("多久换一次？", [CHINESE]).name == "bge-small-zh"
    assert multilingual.encoder("How often is it changed?", [ENGLISH]) is multilingual
