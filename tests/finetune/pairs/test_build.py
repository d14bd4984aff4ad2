"""Pairs as a whole: parts that do not leak, a manifest, runs that go on and runs with nothing to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotALibrary, SettingsError, UsageError
from core.weights import sha256_of
from finetune.pairs import stages
from finetune.pairs.build import make
from finetune.pairs.pair import read_pairs
from finetune.pairs.settings import PairSettings
from finetune.pairs.sifting import DUPLICATE, KEPT_OUT
from tests.finetune.pairs.conftest import count, jsonl
from tests.rag.engines.scripted import ScriptedGenerator

FAQ = [
    {"question": f"What is the first step number {n}?", "answer": f"Step {n} is to turn screw {n}."} for n in range(40)
]
PASSAGES = PairSettings(sources=("passages",), held=0.3, unanswerable=0.3, distractors=0.2)


def files(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def faq(folder: Path, *more: dict[str, str], **settings: Any) -> PairSettings:
    return PairSettings(files=(jsonl(folder / "faq.jsonl", *FAQ, *more),), sources=(), **settings)


def test_a_library_becomes_pairs_of_several_kinds(library: Path, tmp_path: Path) -> None:
    manifest = make(PASSAGES, library, tmp_path / "out", count)
    train, held = read_pairs(tmp_path / "out" / "train.jsonl"), read_pairs(tmp_path / "out" / "held.jsonl")
    assert not {pair.document for pair in train} & {pair.document for pair in held}
    pairs = [*train, *held]
    kinds = {pair.kind for pair in pairs}
    assert {"definition", "error-code", "table", "heading", "unanswerable", "distractor"} <= kinds
    refused = [pair for pair in pairs if pair.kind == "unanswerable"]
    assert {pair.answer for pair in refused} == {"Not found."}
    assert 0.15 <= len(refused) / len(pairs) <= 0.35
    assert all(pair.evidence for pair in pairs)
    assert manifest["counts"]["train.jsonl"]["pairs"] == len(train)
    assert manifest["documents"] == len({pair.document for pair in pairs})
    assert manifest["outputs"] == {name: sha256_of(tmp_path / "out" / name) for name in ("train.jsonl", "held.jsonl")}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["held.jsonl", "manifest.json", "train.jsonl"]


def test_a_run_that_was_broken_off_goes_on(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(PASSAGES, library, tmp_path / "whole", count)
    settle, settled = stages.settled, []

    def killed(draft: Any, shelf: Any) -> Any:
        settled.append(draft.key)
        if len(settled) == 8:
            raise KeyboardInterrupt
        return settle(draft, shelf)

    monkeypatch.setattr(stages, "settled", killed)
    with pytest.raises(KeyboardInterrupt):
        make(PASSAGES, library, tmp_path / "out", count)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".work"]
    make(PASSAGES, library, tmp_path / "out", count)
    assert len(settled) - 1 == len(set(settled)), "only the draft that was under way was settled twice"
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_nothing_is_done_again_unless_an_input_changed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = make(faq(tmp_path), None, out, count)
    written = (out / "train.jsonl").stat().st_mtime_ns
    assert make(faq(tmp_path), None, out, count) == first
    assert (out / "train.jsonl").stat().st_mtime_ns == written
    more = make(faq(tmp_path, {"question": "Is it new?", "answer": "It is."}), None, out, count)
    assert more["inputs"]["sha256"] != first["inputs"]["sha256"]
    assert more["counts"]["train.jsonl"]["pairs"] + more["counts"]["held.jsonl"]["pairs"] == 41
    (out / "train.jsonl").write_text("", encoding="utf-8")
    assert make(faq(tmp_path, {"question": "Is it new?", "answer": "It is."}), None, out, count) == more
    assert read_pairs(out / "train.jsonl")


def test_files_are_sifted_parted_folded_reworded_and_balanced(tmp_path: Path) -> None:
    keep_out = jsonl(tmp_path / "questions.jsonl", {"id": "1", "question": FAQ[3]["question"], "answers": ["x"]})
    settings = faq(tmp_path, FAQ[5], keep_out=(keep_out,), held=0.2, folds=3, augment=0.5, balance="over")
    manifest = make(settings, None, tmp_path / "out", count)
    counts = {name: counted["pairs"] for name, counted in manifest["counts"].items()}
    assert manifest["left_out"] == {KEPT_OUT: 1, DUPLICATE: 1}
    assert counts["held.jsonl"] == 8
    assert counts["train.jsonl"] == 31 + 16
    assert sum(counts[f"fold-{number}/held.jsonl"] for number in (1, 2, 3)) == 39
    held = read_pairs(tmp_path / "out" / "fold-2" / "held.jsonl")
    train = read_pairs(tmp_path / "out" / "fold-2" / "train.jsonl")
    assert not {pair.document for pair in train} & {pair.document for pair in held}


def test_raw_text_is_for_continued_training(library: Path, tmp_path: Path) -> None:
    make(PairSettings(sources=("text",), held=0.0), library, tmp_path / "out", count)
    pairs = read_pairs(tmp_path / "out" / "train.jsonl")
    assert {(pair.kind, pair.question, pair.evidence) for pair in pairs} == {("text", "", ())}
    assert any("Support records are kept for six years." in pair.answer for pair in pairs)


def test_a_model_writes_too_and_of_no_more_passages_than_asked_for(library: Path, tmp_path: Path) -> None:
    model = ScriptedGenerator("Q: How long does the visit of the engineer take?\nA: The visit takes about two hours.")
    settings = PairSettings(sources=("passages",), held=0.0, unanswerable=0.0, distractors=0.0)
    manifest = make(settings, library, tmp_path / "out", count, model)
    assert manifest["counts"]["train.jsonl"]["kinds"]["model-written"] == 1
    assert manifest["inputs"]["model"] == {"name": "scripted", "sha256": "0" * 64, "adapter": None}
    assert len(model.asked) > 1
    few = ScriptedGenerator("Nothing.")
    make(replace(settings, most=1), library, tmp_path / "few", count, few)
    assert len(few.asked) <= 1


def test_one_document_is_not_parted_and_that_is_said(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "one.jsonl", {"question": "A?", "answer": "Yes."})
    manifest = make(PairSettings(files=(path,), sources=()), None, tmp_path / "out", count)
    assert not (tmp_path / "out" / "held.jsonl").exists()
    assert manifest["notes"] == ["All pairs are of one document, so none could be held out."]


def test_no_pair_is_an_error_and_never_an_empty_file(library: Path, tmp_path: Path) -> None:
    keep_out = jsonl(
        tmp_path / "questions.jsonl", *({"id": str(n), **each, "answers": ["x"]} for n, each in questions())
    )
    settings = faq(tmp_path, keep_out=(keep_out,))
    with pytest.raises(UsageError, match=f"none came of it \\(40 left out, {KEPT_OUT}\\)"):
        make(settings, None, tmp_path / "out", count)
    with pytest.raises(UsageError, match="none came of it"):
        make(PairSettings(sources=("approved",)), library, tmp_path / "out", count)
    assert not list((tmp_path / "out").glob("*.json*"))


def questions() -> Any:
    return enumerate({"question": each["question"]} for each in FAQ)


def test_what_is_wrong_is_said_before_anything_is_written(library: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file .*none.csv"):
        make(PairSettings(files=(tmp_path / "none.csv",)), None, tmp_path / "out", count)
    with pytest.raises(NotALibrary):
        make(PairSettings(), tmp_path / "no-library", tmp_path / "out", count)
    wrong = jsonl(tmp_path / "wrong.jsonl", FAQ[0], {"question": "How?", "answer": ""})
    squad = jsonl(tmp_path / "squad.jsonl", {"question": "Who?", "context": "Anna.", "answers": ["Anna"]})
    for path, said in ((wrong, "line 2: question or answer is empty"), (squad, "line 1: an answer is 'Anna', not")):
        with pytest.raises(UsageError, match=said):
            make(PairSettings(files=(path,), sources=()), None, tmp_path / "out", count)
    assert not (tmp_path / "out").exists()


def test_a_wrong_file_leaves_the_pairs_that_are_there(tmp_path: Path) -> None:
    make(faq(tmp_path), None, tmp_path / "out", count)
    before = files(tmp_path / "out")
    wrong = jsonl(tmp_path / "wrong.jsonl", {"question": "How?", "answer": ""})
    with pytest.raises(UsageError, match="question or answer is empty"):
        make(PairSettings(files=(wrong,), sources=()), None, tmp_path / "out", count)
    assert files(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"unanswerable": 1.0}, "unanswerable is 1.0; it takes 0 to 0.9"),
        ({"folds": 1}, "folds is 1; it takes 0 for none"),
        ({"balance": "even"}, "balance is 'even'; valid are natural, under, over, temperature"),
        ({"most": 0}, "most take numbers over 0"),
        ({"sources": ("web",)}, "from 'web': valid are passages, approved, text"),
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        PairSettings(**wrong)


def test_the_manifest_says_what_went_in(library: Path, tmp_path: Path) -> None:
    make(faq(tmp_path), None, tmp_path / "out", count)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"]["files"] == [
        {"path": str(tmp_path / "faq.jsonl"), "sha256": sha256_of(tmp_path / "faq.jsonl")}
    ]
    assert manifest["inputs"]["library"] is None
    assert manifest["inputs"]["settings"]["unanswerable"] == 0.25
