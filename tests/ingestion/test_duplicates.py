"""What counts as the same document, and as nearly the same."""

import random

import pytest

from ingestion.duplicates import NEAR, fingerprint, signature, similarity

WORDS = [f"word{number}" for number in range(400)]


def prose(seed, length=1200):
    return random.Random(seed).choices(WORDS, k=length)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The fee is due.", "THE  FEE\nis due"),
        ("well-known “fee”", 'well known "fee"'),
        ("Ｆｅｅ １００", "fee 100"),
        ("合同 终止\n后。", "合同终止后"),
        ("pay 1,000,000", "pay 1000000"),
        ("caf\u00e9", "cafe\u0301"),
    ],
)
def test_the_same_but_for_case_punctuation_spaces_and_width(one, other):
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pay 30 days", "pay 60 days"),
        ("1.5 mm", "15 mm"),
        ("1.5 mm", "1 5 mm"),
        ("5%", "5"),
        ("$5", "€5"),
        ("at -5 °C", "at 5 °C"),
        ("3/4/2024", "34/2024"),
        ("the rapist", "therapist"),
        ("合同终止", "合同中止"),
        ("shall pay", "shall not pay"),
        ("1,50", "1,51"),
    ],
)
def test_a_figure_or_a_word_makes_a_difference(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_similarity_is_close_to_the_share_of_shingles_in_common():
    first = prose(1)
    for replaced in (0, 60, 300, 600):
        second = first[: len(first) - replaced] + prose(2, replaced)
        shingles = [{tuple(words[at : at + 3]) for at in range(len(words) - 2)} for words in (first, second)]
        truth = len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1])
        assert similarity(signature(" ".join(first)), signature(" ".join(second))) == pytest.approx(truth, abs=0.12)


def test_near_duplicates_are_alike_and_strangers_are_not():
    first = prose(3)
    changed = list(first)
    changed[600] = "99"
    near, stranger = signature(" ".join(changed)), signature(" ".join(prose(4)))
    original = signature(" ".join(first))
    assert similarity(original, near) > NEAR
    assert fingerprint(" ".join(first)) != fingerprint(" ".join(changed))
    assert similarity(original, stranger) < 0.1


def test_chinese_near_duplicates():
    base = "".join(random.Random(5).choices([chr(code) for code in range(0x4E00, 0x4F00)], k=900))
    assert similarity(signature(base), signature(base[:-20] + "合同终止后")) > NEAR
    assert similarity(signature(base), signature(base[::-1])) < 0.1


def test_a_signature_is_the_same_in_every_process():
    assert signature("the fee is due on monday")[:8].hex() == "b1eca70af0b55335"


def test_a_text_of_many_slices_is_as_one():
    words = prose(6, 80_000)  # over the half million characters that are taken at a time
    plain, ragged = " ".join(words), "\n".join(f"  {word.upper()}," for word in words)
    assert fingerprint(plain) == fingerprint(ragged)
    assert signature(plain) == signature(ragged)


def test_texts_without_words_are_like_nothing():
    assert signature(" … ") == b""
    assert similarity(b"", b"") == 0.0


def test_a_text_of_one_word_is_like_itself():
    assert similarity(signature("Fee"), signature("fee.")) == 1.0
