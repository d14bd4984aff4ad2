"""What a model writes of a passage, and what of it is left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from core.types import Hit, Passage
from finetune.pairs.draft import Found
from finetune.pairs.memo import Memo
from finetune.pairs.written import UNREADABLE, UNSUPPORTED, written
from tests.rag.engines.scripted import ScriptedGenerator

TEXT = (
    "An engineer of the Norvik office visits each site every six months. The visit takes about two hours. "
    "Support records are kept for six years."
)
CHINESE = "工程师每六个月到现场检查一次设备，每次检查大约需要两个小时。" * 3 + "维修记录保存六年。" * 6


def found(text: str, start: int = 0) -> Found:
    return Found(
        Hit(Passage("d", start, start + len(text), text, heading=("Visits",)), "guide.md", "x", 1.0), "guide.md"
    )


def test_what_the_passage_says_is_kept_with_its_place(tmp_path: Path) -> None:
    said = (
        "Q: How often does an engineer visit?\nA: An engineer of the Norvik office visits each site every six months.\n"
        "\nQuestion 2: How long are records kept?\nAnswer 2: Support records are kept for ten years.\n"
        "Q: How long is a visit and who comes?\n"
        "A: The visit takes about two hours. Support records are kept for six years."
    )
    left_out: Counter[str] = Counter()
    with Memo(tmp_path / "memo") as memo:
        drafts = list(written([found(TEXT, 50), found("Too short.")], "lib", ScriptedGenerator(said), memo, left_out))
    assert [draft.question for draft in drafts] == [
        "How often does an engineer visit?",
        "How long is a visit and who comes?",
    ]
    assert drafts[0].kind == "model-written"
    (place,) = drafts[0].places
    assert TEXT[place.start - 50 : place.end - 50] == place.said
    assert [place.said for place in drafts[1].places] == [
        "The visit takes about two hours.",
        "Support records are kept for six years.",
    ]
    assert left_out == {UNSUPPORTED: 1}


def test_a_passage_is_asked_about_once_even_after_a_kill(tmp_path: Path) -> None:
    model = ScriptedGenerator("Q: How long?\nA: The visit takes about two hours.")
    for _ in range(2):
        with Memo(tmp_path / "memo") as memo:
            assert len(list(written([found(TEXT)], "lib", model, memo, Counter()))) == 1
    assert len(model.asked) == 1
    assert model.asked[0][1].content == f"Visits\n{TEXT}"


def test_chinese_is_asked_in_chinese(tmp_path: Path) -> None:
    model = ScriptedGenerator("Q：记录保存多久？\nA：维修记录保存六年。")
    with Memo(tmp_path / "memo") as memo:
        (draft,) = written([found(CHINESE)], "lib", model, memo, Counter())
    assert (draft.question, draft.language, draft.places[0].said) == ("记录保存多久？", "zh", "维修记录保存六年。")
    assert "段落" in model.asked[0][0].content


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    left_out: Counter[str] = Counter()
    with Memo(tmp_path / "memo") as memo:
        assert list(written([found(TEXT)], "lib", ScriptedGenerator("I cannot do that."), memo, left_out)) == []
    assert left_out == {UNREADABLE: 1}
