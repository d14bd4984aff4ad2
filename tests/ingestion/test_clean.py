import random

import pytest

from ingestion.clean import normalise, one_line


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("caf\u0065\u0301", "café"),
        ("ﬁre oﬃcer ﬂag", "fire officer flag"),
        ("10\u00a0kg\u2009net\u3000重", "10 kg net 重"),
        ("a\tb", "a b"),
        ("co\u00adoper\u200bation\ufeff", "cooperation"),
        ("safe\u202eevil\u202c", "safeevil"),
        ("a\x00b\x07c\x1b", "abc"),
        ("hidden\U000e0041\U000e0042 text", "hidden text"),
        ("a\r\nb\rc\u2028d\x0ce", "a\nb\nc\nd\ne"),
        ("a \n\n\n\n b  ", "a\n\n b"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        # What a reader would quote stays: no NFKC.
        ("m² ½ ① ，Ａ ™", "m² ½ ① ，Ａ ™"),
        ("", ""),
    ],
)
def test_normalise(given, wanted):
    assert normalise(given) == wanted


def test_normalising_twice_changes_nothing():
    alphabet = list("a \n\r\t中é") + [
        "e\u0301",
        "\u3000",
        "\u200b",
        "ﬁ",
        "\u00ad",
        "\x00",
        "\u2028",
        "\ud800",
        "\u0344",
    ]
    chance = random.Random(7)
    for _ in range(3000):
        once = normalise("".join(chance.choices(alphabet, k=8)))
        assert normalise(once) == once


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("  two\n lines\tand  more ", "two lines and more"),
        ("本合同自签订\n之日起生效。\n  甲方", "本合同自签订之日起生效。甲方"),
        ("版本 2\n版本 3", "版本 2 版本 3"),
    ],
)
def test_one_line(given, wanted):
    assert one_line(given) == wanted
