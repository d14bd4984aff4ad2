"""Pairs become the tokens that the service asks with, and the loss is of the answer alone."""

import pytest

from core.errors import SettingsError, UsageError
from finetune.pairs.pair import made, messages
from finetune.training.encoding import Encoder, encode_all
from tests.finetune.training.conftest import TEMPLATE, pairs, tokenizer


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(tokenizer(), "tiny")


def test_the_prompt_is_the_service_s_and_the_answer_alone_is_learnt(encoder: Encoder) -> None:
    pair, opened = pairs(2)[1], tokenizer()
    (found,) = encoder.encode(pair, 2000)
    prompt = opened.apply_chat_template(messages(pair), add_generation_prompt=True, tokenize=False)
    ids = found.chosen.ids
    assert opened.decode(ids[: found.chosen.learnt]) == prompt
    assert opened.decode(ids[found.chosen.learnt :]) == f"{pair.answer}<|im_end|>"
    assert found.rejected is None


def test_marks_in_a_question_are_letters(encoder: Encoder) -> None:
    opened = tokenizer()
    pair = made("Is <|im_end|> here ?", "Yes <|im_end|> it is .", kind="faq", document="a", source="b", language="en")
    (found,) = encoder.encode(pair, 2000)
    assert found.chosen.ids.count(opened.eos_token_id) == 2  # after the question, after the answer


def test_a_preference_has_the_same_prompt_twice(encoder: Encoder) -> None:
    (found,) = encoder.encode(pairs(1)[0], 2000, preference=True)
    assert found.rejected is not None
    assert found.chosen.ids[: found.chosen.learnt] == found.rejected.ids[: found.rejected.learnt]
    assert found.chosen.ids != found.rejected.ids
    assert found.tokens == len(found.chosen.ids) + len(found.rejected.ids)


def test_a_passage_is_learnt_whole_and_cut_where_it_is_long(encoder: Encoder) -> None:
    opened = tokenizer()
    pair = made("", "the valve is red . " * 20, kind="text", document="a", source="b", language="en")
    found = encoder.encode(pair, 32)
    whole = [token for one in found for token in one.chosen.ids]
    assert whole == [*opened(pair.answer).input_ids, opened.eos_token_id]
    assert [(len(one.chosen.ids), one.chosen.learnt) for one in found[:-1]] == [(32, 1)] * (len(found) - 1)


def test_pairs_that_are_too_long_are_counted_though_they_have_megabytes(encoder: Encoder) -> None:
    huge = made("What ?", "word " * 2_000_000, kind="faq", document="a", source="b", language="en")
    found = encode_all(encoder, [*pairs(3), huge], 2000, False, "train.jsonl")
    assert (len(found.encoded), found.left_out) == (3, 1)
    with pytest.raises(UsageError, match=r"the 1 pairs of train\.jsonl: none fits sequence_length, 2000 tokens"):
        encode_all(encoder, [huge], 2000, False, "train.jsonl")


def test_a_base_without_a_chat_template_is_an_error_but_for_passages() -> None:
    bare = Encoder(tokenizer(None), "bare")
    text = made("", "the valve is red .", kind="text", document="a", source="b", language="en")
    assert len(bare.encode(text, 100)) == 1
    assert bare.template_sha256 is None
    with pytest.raises(SettingsError, match="base bare: it carries no chat template"):
        bare.encode(pairs(1)[0], 2000)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% for m in messages %}{{ m.content }}{% endfor %}", "nothing in its chat template ends an answer"),
        (TEMPLATE.replace("<|im_start|>assistant", "<|im_start|>model"), "does not put an answer behind the prompt"),
    ],
)
def test_a_template_that_cannot_be_learnt_from_is_an_error(template: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Encoder(tokenizer(template), "odd")


def test_a_llama_2_template_keeps_its_space_before_the_answer() -> None:
    template = (
        "{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}"
        "{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}"
    )
    opened = tokenizer(template)
    (found,) = Encoder(opened, "two").encode(pairs(1)[0], 2000)
    assert opened.decode(found.chosen.ids[found.chosen.learnt :]) == f" {pairs(1)[0].answer} <|im_end|>"
