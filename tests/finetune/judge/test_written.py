import json
from pathlib import Path

import pytest

from finetune.judge import written as module
from finetune.judge.examples import Example
from finetune.judge.manuals import DEVELOPED_WITH
from finetune.judge.readers import Sourced, hashed
from finetune.judge.written import LABEL, WRITTEN, documents, written, written_claims
from tests.finetune.judge.made_of import HARBOUR, LIGHT, RIVER, lines

NAMES = ("Galaxy_Fit", "Galaxy_Tab_S6")


def test_questions_find_their_passage_by_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = HARBOUR.index("1871")
    records = [
        {
            "passage": hashed(HARBOUR),
            "source": "s",
            "asked": [["Since when?", start, start + 4], ["Who lit the harbour?"]],
            "twins": ["Until when?"],
        },
        {"passage": hashed("A text that is not there any more."), "source": "s", "asked": [["Where?"]]},
    ]
    lines(tmp_path / "zh.jsonl", records)
    monkeypatch.setattr(module, "WRITTEN", tmp_path)
    rows = [Sourced(Example("1", "span", "q", text, "unanswerable"), "d") for text in (HARBOUR, LIGHT)]
    name = f"written:{hashed(HARBOUR)}"
    common = {"source": "written", "language": "zh"}
    assert list(written(tmp_path, "zh", rows)) == [
        Sourced(
            Example(
                f"{name}:0", "span", "Since when?", HARBOUR, "answerable", start, start + 4, "written", **common
            ),
            name,
            ("1871",),
        ),
        Sourced(
            Example(
                f"{name}:1", "span", "Who lit the harbour?", HARBOUR, "unanswerable", None, None,
                "written-unanswerable", **common,
            ),
            name,
        ),
        Sourced(
            Example(
                f"{name}:2", "span", "Until when?", HARBOUR, "unanswerable", None, None, "written-twin", **common
            ),
            name,
        ),
    ]  # fmt: skip


def test_a_claim_is_held_against_its_stretch_and_its_passage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, end = HARBOUR.index("1871"), HARBOUR.index("1871") + 4
    claims = [["E", "It was so long ago.", start, end], ["N", "It was warm.", 0, end]]
    lines(tmp_path / "en.jsonl", [{"passage": hashed(HARBOUR), "source": "s", "asked": [], "claims": claims}])
    monkeypatch.setattr(module, "WRITTEN", tmp_path)
    monkeypatch.setattr(module, "documents", lambda data: iter(()))
    rows = [Sourced(Example("1", "span", "q", HARBOUR, "unanswerable"), "d")]
    found = [row.example for row in written_claims(tmp_path, "en", rows)]
    assert [(each.task, each.question, each.passage, each.label, each.kind) for each in found] == [
        ("entailment", "It was so long ago.", "1871", "entailment", "written-claim"),
        ("entailment", "It was so long ago.", HARBOUR, "entailment", "written-claim"),
        ("entailment", "It was warm.", HARBOUR[:end], "neutral", "written-claim"),
        ("entailment", "It was warm.", HARBOUR, "neutral", "written-claim"),
    ]


def test_a_claims_premise_is_no_passage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines(tmp_path / "zh.jsonl", [{"passage": hashed(RIVER), "source": "s", "asked": [["沙河多长？"]]}])
    monkeypatch.setattr(module, "WRITTEN", tmp_path)
    claim = Sourced(Example("1", "entailment", "沙河很长。", RIVER, "entailment", language="zh"), "d")
    assert list(written(tmp_path, "zh", [claim])) == []


def test_passages_of_whole_documents(tmp_path: Path) -> None:
    page = tmp_path / "06_file_zoo/postgresql15_html/one.html"
    page.parent.mkdir(parents=True)
    page.write_text(f"<html><body><h1>Harbour</h1><p>{HARBOUR}</p></body></html>", encoding="utf-8")
    manuals = tmp_path / "03_manuals_qa/emanual_other"
    manuals.mkdir(parents=True)
    for name in NAMES:
        shared, other = ({"title": name, "text": text} for text in (["Press the key."], ["Turn it off.", "Wait."]))
        (manuals / f"{name}.json").write_text(json.dumps({"0": shared, "1": other}), encoding="utf-8")
    own = {"section_0": {"title": "Waiting", "text": ["PRESS  the key."]}}
    (tmp_path / DEVELOPED_WITH).parent.mkdir()
    (tmp_path / DEVELOPED_WITH).write_text(json.dumps(own), encoding="utf-8")
    desk = tmp_path / "08_support_finetune/abcd/guidelines.json"
    desk.parent.mkdir(parents=True)
    desk.write_text(json.dumps({"Orders": {"Late": ["Ask for the name. " * 10, "Say sorry."], "x": "short"}}))
    assert list(documents(tmp_path)) == [
        f"Harbour\n{HARBOUR}",
        "Galaxy_Fit\nTurn it off. Wait.",
        "Galaxy_Tab_S6\nTurn it off. Wait.",
        "Orders / Late\n" + "Ask for the name. " * 10 + "\nSay sorry.",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_written_questions_are_whole_and_even(language: str) -> None:
    records = [json.loads(line) for line in (WRITTEN / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len({record["passage"] for record in records}) == len(records)
    asked = [one for record in records for one in record["asked"]]
    assert all(len(one) == 1 or (len(one) == 3 and 0 <= one[1] < one[2]) for one in asked)
    assert all(one[0] == " ".join(one[0].split()) for one in asked)
    assert abs(sum(len(one) == 3 for one in asked) / len(asked) - 0.5) < 0.06
    claims = [one for record in records for one in record.get("claims", ())]
    assert all(0 <= start < end and claim == claim.strip() for _, claim, start, end in claims)
    assert {label: sum(one[0] == label for one in claims) for label in LABEL} == dict.fromkeys(LABEL, len(claims) / 3)
