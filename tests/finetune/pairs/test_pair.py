"""Pairs: written whole or not at all, read back the same, and asked just as the service asks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import UsageError
from core.types import Hit, Passage
from finetune.pairs import pair as pairs
from finetune.pairs.pair import REFUSAL, Pair, made, messages, read_pairs, write_pairs
from rag.answer import prompt
from rag.answer.evidence import Quote


def one(question: str = "How long is the notice?", answer: str = "Thirty days.", **values: object) -> Pair:
    given = {"kind": "faq", "document": "faq.csv:2", "source": "faq.csv", "language": "en", **values}
    return made(question, answer, **given)


def test_pairs_come_back_as_they_were_written(tmp_path: Path) -> None:
    written = [
        one(evidence=("Term: The notice is thirty days.", "A | B"), rejected="Sixty days."),
        one("还有呢？", "未找到。", kind="unanswerable", language="zh", history=(("期限是多久？", "三十天。"),)),
    ]
    assert write_pairs(tmp_path / "out" / "train.jsonl", written) == 2
    assert read_pairs(tmp_path / "out" / "train.jsonl") == written
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["train.jsonl"]


def test_a_pair_with_evidence_is_asked_as_the_service_asks() -> None:
    text = "Item | Days\nNotice | 30"
    passage = Passage("d", 5, 5 + len(text), text, heading=("Lease", "Term <1>"))
    quote = Quote(Hit(passage, "lease.pdf", "application/pdf", 1.0), 17, 28, columns=("Item", "Days"))
    asked = [{"role": m.role, "content": m.content} for m in prompt.messages("How many days?", [quote, quote], "en")]
    assert messages(one("How many days?", evidence=(quote.headed, quote.headed))) == asked
    assert "[1] <Term ‹1›: Item: Notice; Days: 30>" in asked[1]["content"]


def test_a_follow_up_with_evidence_is_asked_behind_the_question_it_leans_on() -> None:
    pair = one("And if it is late?", evidence=("Late rent costs 5.",), history=(("When is rent due?", "On Monday."),))
    assert messages(pair)[1]["content"].endswith("Question: When is rent due? And if it is late?")


def test_without_evidence_the_turns_stand_by_themselves() -> None:
    assert messages(one("And then?", history=(("Hello?", "Yes."),))) == [
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "And then?"},
    ]
    assert messages(one("", "A raw passage.", kind="text")) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_refusal_is_the_one_that_the_prompt_asks_for(language: str) -> None:
    assert prompt.SYSTEM[language].endswith(REFUSAL[language].rstrip()) or REFUSAL[language] in prompt.SYSTEM[language]


def test_no_pair_is_an_error_and_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    write_pairs(path, [one()])
    with pytest.raises(UsageError, match="no pair was made"):
        write_pairs(path, [])
    assert read_pairs(path) == [one()]
    assert [each.name for each in tmp_path.iterdir()] == ["train.jsonl"]


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pairs.os, "fsync", full)
    with pytest.raises(UsageError, match=r"train\.jsonl: No space left on device"):
        write_pairs(tmp_path / "train.jsonl", [one()])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answer": "  "}, "its answer is empty"),
        ({"kind": "guess"}, "its kind is 'guess'"),
        ({"language": "fr"}, "its language is 'fr'"),
        ({"question": ""}, "of kind 'faq' its question may not be ''"),
        ({"evidence": [1]}, "something that is not text"),
        ({"weight": 2}, "unexpected keyword argument 'weight'"),
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = tmp_path / "train.jsonl"
    write_pairs(path, [one(), one("Who?", "Anna.")])
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), **change})
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UsageError, match=f"line 2: .*{said}"):
        read_pairs(path)


def test_ids_tell_evidence_from_history() -> None:
    assert one(evidence=("a", "b")).id != one(history=(("a", "b"),)).id
    assert one().id == one(document="other").id


def test_a_place_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with pytest.raises(UsageError, match="Writing .*Nothing was written"):
        pairs.write_whole(tmp_path / "file" / "train.jsonl", ["{}\n"])
