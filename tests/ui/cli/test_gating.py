"""`pincite gate` and `pincite calibrate` from the outside."""

import json
import shutil

import pytest

from core.errors import ContextTooSmall
from rag.evaluation import examples
from tests.rag.engines.scripted import ScriptedGenerator
from tests.rag.engines.serving import serving

ROWS = [
    ("notice", "How may a party end the agreement?", "ninety days", "contract.txt"),
    ("pay", "When are invoices paid?", "fourteen days", "contract.txt"),
    ("error", "What does error E-204 mean?", "the filter is blocked", "manual.pdf"),
    ("gloves", "What to wear when opening the pump?", "gloves", "manual.pdf"),
    ("seal", "When was the seal of the pump replaced?", "in March", "Q-1"),
    ("fan", "How often is the bearing of the fan greased?", "every six months", "Q-2"),
]
QUESTIONS = [
    *({"id": key, "question": asked, "answers": [answer], "document": name} for key, asked, answer, name in ROWS),
    {"id": "moon", "question": "Who was the first person on the moon?", "answerable": False},
]


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def several(path, times):
    """The questions so many times over."""
    return write(path, [{**row, "id": f"{row['id']}-{turn}"} for turn in range(times) for row in QUESTIONS])


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return write(tmp_path_factory.mktemp("set") / "set.jsonl", QUESTIONS)


@pytest.fixture
def own(library, tmp_path):
    shutil.copytree(library, tmp_path / "library")
    return tmp_path / "library"


def test_a_library_is_frozen_and_then_passes(pincite, own, asked):
    missing = pincite("--library", own, "gate", "--set", asked)
    assert missing.status == 2
    assert f"there is no file {own / 'baseline.json'}. `pincite gate --freeze` makes one" in missing.err
    frozen = pincite("--library", own, "gate", "--set", asked, "--freeze")
    assert (frozen.status, frozen.err) == (0, "")
    assert frozen.out.splitlines()[-1] == f"Frozen with 7 questions: {own / 'baseline.json'}"
    passed = pincite("--library", own, "gate", "--set", asked)
    assert (passed.status, passed.err) == (0, "")
    assert passed.out.splitlines()[-1] == "Passed: no guarded figure is significantly worse than the baseline."
    assert [line.split()[:4] for line in passed.out.splitlines() if line.startswith("rightly cited")] == [
        ["rightly", "cited", "1.000", "1.000"]
    ]


def test_a_loss_is_exit_status_1(pincite, own, asked):
    pincite("--library", own, "gate", "--set", asked, "--freeze")
    (own / "pincite.toml").write_text("[answer]\ndraft = false\nthreshold = 1.0\n")
    failed = pincite("--library", own, "gate", "--set", asked)
    assert failed.status == 1
    assert "wrongly refused is worse most of all in: error, fan, gloves, notice, pay" in failed.out
    assert "verbatim is gone" in failed.out.splitlines()[-1]
    assert failed.out.splitlines()[-2] == "Changed since it was frozen: answer or retrieval settings."
    told = pincite("--library", own, "gate", "--set", asked, "--json")
    assert told.status == 1
    held = json.loads(told.out)
    figures = {each["figure"]: each for each in held["figures"]}
    assert (held["passed"], held["baseline"]) == (False, str(own / "baseline.json"))
    assert held["changed"] == ["answer or retrieval settings"]
    assert (figures["rightly cited"]["before"], figures["rightly cited"]["now"]) == (1.0, 0.0)
    assert figures["verbatim"] == {
        "figure": "verbatim", "before": None, "now": None, "difference": None, "low": None, "high": None,
        "questions": 0, "p": 0.0, "lost": True, "worse": [], "language": None,
    }  # fmt: skip


def test_a_question_that_fails_is_named_and_is_no_pass(pincite, own, asked):
    model = ScriptedGenerator("The bearing of the fan is greased every six months.")
    with serving(model) as url:
        (own / "pincite.toml").write_text(f'[engine]\nendpoint = "{url}"\nendpoint_model = "scripted"\n')
        gate = ("--library", own, "gate", "--set", asked, "--draft")
        assert pincite(*gate, "--freeze").status == 0
        assert pincite(*gate).status == 0
        model.drafts = (all_but_the_fan,)
        ran, told = pincite(*gate), pincite(*gate, "--json")
        frozen = (own / "baseline-draft.json").read_text()
        refused = pincite(*gate, "--freeze")
    assert (ran.status, told.status, refused.status) == (2, 2, 2)
    last = ran.out.splitlines()[-1]
    assert last.startswith("Could not be compared: 1 of 7 questions failed: fan. The first: ")
    assert [line.split()[-2] for line in ran.out.splitlines() if line.startswith("rightly cited")] == ["5"]
    held = json.loads(told.out)
    assert (held["passed"], held["sentence"], list(held["failed"])) == (False, last, ["fan"])
    assert "Keeping the figures: 1 of 7 questions failed: fan." in refused.err
    assert (own / "baseline-draft.json").read_text() == frozen


def all_but_the_fan(messages):
    if "How often is the bearing" in messages[-1].content:
        raise ContextTooSmall("The prompt does not fit.")
    return "The bearing of the fan is greased every six months."


def test_an_index_is_held_to_questions_before_it_goes_live(pincite, own, asked):
    ran = pincite("--library", own, "reindex", "--set", asked, "--json")
    held = json.loads(ran.out)
    assert (ran.status, ran.err, held["done"]) == (0, "", True)
    assert held["sentence"] == "Changed over: no guarded figure is significantly worse than with the index before."
    assert {each["figure"]: each["now"] for each in held["figures"]}["rightly cited"] == 1.0
    assert pincite("--library", own, "reindex").out.splitlines()[-1].startswith(f"{held['passages']} passages, in ")
    pincite("--library", own, "gate", "--set", asked, "--freeze")
    assert pincite("--library", own, "reindex").out.splitlines()[-1] == (
        "Ask `pincite gate --set QUESTIONS` whether the answers are as good as when they were frozen."
    )


def test_other_questions_than_those_frozen_are_not_compared(pincite, own, asked, tmp_path):
    pincite("--library", own, "gate", "--set", asked, "--freeze", "--baseline", tmp_path / "mine.json")
    fewer = write(tmp_path / "fewer.jsonl", QUESTIONS[1:])
    ran = pincite("--library", own, "gate", "--set", fewer, "--baseline", tmp_path / "mine.json")
    assert ran.status == 2
    assert "question 'notice' is new, gone or changed since it was frozen" in ran.err


def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(pincite, own, asked, tmp_path):
    ran = pincite("--library", own, "gate", "--set", asked, "--freeze", "--baseline", tmp_path / "absent" / "b.json")
    assert (ran.status, ran.out) == (2, "")
    assert f"there is no folder {tmp_path / 'absent'}. Make it, or give another place" in ran.err


def test_without_a_set_the_examples_are_measured_in_a_library_of_their_own(pincite, own, tmp_path, monkeypatch):
    folder = tmp_path / "examples"
    (folder / "documents").mkdir(parents=True)
    for name in ("seal-recall.eml", "storage-guideline.html"):
        shutil.copy(examples.FOLDER / "documents" / name, folder / "documents")
    lines = (examples.FOLDER / "questions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line).get("document") in ("seal-recall.eml", "storage-guideline.html")]
    (folder / "questions.jsonl").write_text("".join(kept), encoding="utf-8")
    monkeypatch.setattr(examples, "FOLDER", folder)
    frozen = json.loads(pincite("gate", "--freeze", "--json").out)
    assert (frozen["baseline"], frozen["questions"]) == (str(folder / "baseline.json"), len(kept))
    assert frozen["figures"]["verbatim"] == 1.0
    assert json.loads(pincite("gate", "--json").out)["passed"]
    shutil.rmtree(folder / "documents")
    gone = pincite("gate")
    assert gone.status == 2
    assert "they come with the source, not with the package. Give questions of your own" in gone.err


def test_calibrating_shows_the_price_and_writes_when_told(pincite, own, tmp_path):
    asked, before = several(tmp_path / "set.jsonl", 3), "# ours\n[answer]\ndraft = false\njudge = false\n"
    (own / "pincite.toml").write_text(before)
    shown = pincite("--library", own, "calibrate", asked, "--wrong-at-most", "0.2")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.splitlines()[-1] == "Nothing was written; --write does it."
    assert (own / "pincite.toml").read_text() == before
    held = json.loads(pincite("--library", own, "calibrate", asked, "--wrong-at-most", "0.2", "--write", "--json").out)
    assert (held["wrong_at_most"], held["by"], held["obstacle"]) == (0.2, "question", "")
    assert held["held_out"]["asked"] == 21
    assert [each["wrong_at_most"] for each in held["others"]] == [0.01, 0.02, 0.05, 0.1]
    assert (held["left_out"], held["silent"], held["settings"]["by_language"]) == (0, 0, {})
    assert [path.name for path in (own / "calibrations").glob("*/trials.jsonl")] == ["trials.jsonl"], "asked once"
    written = (own / "pincite.toml").read_text()
    assert written.startswith("# ours\n[answer]\n")
    assert "sentences = 1\n" in written
    assert pincite("--library", own, "ask", "Who was the first person on the moon?", "--json").status == 0


def test_too_few_questions_promise_nothing_and_write_nothing(pincite, own, tmp_path):
    asked = write(
        tmp_path / "set.jsonl", [{**row, "id": f"{row['id']}-{turn}"} for turn in (1, 2) for row in QUESTIONS]
    )
    before = (own / "pincite.toml").read_text()
    ran = pincite("--library", own, "calibrate", asked, "--write")
    assert ran.status == 1
    assert "14 questions are too few to promise a share of wrong answers of at most 0.05: that takes" in ran.out
    assert ran.out.endswith("Add questions, or ask for a larger share. Nothing was written.\n")
    assert (own / "pincite.toml").read_text() == before
    wrong = pincite("--library", own, "calibrate", asked, "--wrong-at-most", "5")
    assert (wrong.status, "5.0 is none; it takes a number between 0 and 1" in wrong.err) == (2, True)
