"""The side by side's scorer and sets on records made by hand; what stands in its requirements."""

import json
import math
import sys
from pathlib import Path

import pytest

from benchmarks.answer_sets import AnswerSet, Case
from benchmarks.side_by_side.readers import contracts, filings, scifact, tatqa
from benchmarks.side_by_side.run import HERE, SCRIPTS, SYSTEMS, TURN, command, run_set, turns
from benchmarks.side_by_side.score import Score, is_refusal, is_right, score, shares
from benchmarks.side_by_side.sets import Gold, gold, job
from core.types import Hit, Passage
from rag.evaluation.questions import Gold as Place
from rag.evaluation.ranking import ranked
from tests.ui.conftest import pdf_of

LAMP = Gold("1", ("three years",), ("lamp.txt",), (), True)
NOTHING = Gold("2", (), ("lamp.txt",), (), True)


def test_a_right_answer_with_a_right_source_is_rightly_cited() -> None:
    ranking = [["cord.txt", "three years"], ["lamp.txt", "The lamp lasts three years."]]
    record = {"answer": "It lasts Three-Years.", "sources": ranking, "ranking": ranking}
    at_two = pytest.approx(1 / math.log2(3))
    assert score(record, LAMP) == Score(2, at_two, right=True, cited=True, invented=None, refused=False)
    assert score({**record, "sources": ranking[:1]}, LAMP).cited is False
    assert score({**record, "answer": "It lasts five years."}, LAMP).right is False


def test_all_that_is_right_counts_as_in_the_harness() -> None:
    """Two right documents of three, one of them found twice: the second time adds nothing and takes no rank."""
    ranking = [("cord.txt", "Red."), ("lamp.txt", "Three."), ("lamp.txt", "Four."), ("bulb.txt", "Five.")]
    both = Gold("1", ("three",), ("lamp.txt", "bulb.txt"), (), False)
    hits = [Hit(Passage(name, 0, len(text), text), name, "text/plain", 1.0) for name, text in ranking]
    found = ranked(hits, [Place("lamp.txt"), Place("bulb.txt")], lambda name: pytest.fail(name))
    told = score({"ranking": ranking}, both)
    assert told == Score(2, found["ndcg@10"].value)
    discounts = [1 / math.log2(1 + rank) for rank in (1, 2, 3)]
    assert told.ndcg == pytest.approx((discounts[1] + discounts[2]) / (discounts[0] + discounts[1]))


@pytest.mark.parametrize(
    ("gold", "ranking", "ndcg"),
    [
        (LAMP, [("lamp.txt", "Three."), ("lamp.txt", "Five."), ("lamp.txt", "Three years.")], 0.5),
        (Gold("1", ("Wang,2015",), ("a",), (), True, parted=True), [("a", "In 2015."), ("a", "Wang.")], 1.0),
        (Gold("1", ("free text",), ("a",), ("Lamp", "Cord"), False), [("a", "Lamp"), ("a", "Lamp")], 0.6131),
        (NOTHING, [("lamp.txt", "Three years.")], 0.0),
    ],
)
def test_what_is_right_is_an_answers_document_its_parts_or_its_places(
    gold: Gold, ranking: list[tuple[str, str]], ndcg: float
) -> None:
    assert score({"ranking": ranking}, gold).ndcg == pytest.approx(ndcg, abs=1e-4)


@pytest.mark.parametrize(
    "answer", ["", "Not found.", "I don't know.", "The context does not mention a lamp.", "未找到", "我不知道答案。"]
)
def test_a_refusal_is_no_invention(answer: str) -> None:
    assert is_refusal(answer)
    assert score({"answer": answer, "sources": [], "ranking": []}, NOTHING).invented is False


def test_a_document_that_says_not_is_quoted_and_refuses_nothing() -> None:
    source = ["lamp.txt", "4. Liability. The seller shall not provide a second lamp. It is red."]
    told = {"answer": "The seller shall not provide a second lamp.", "sources": [source], "ranking": []}
    assert score(told, NOTHING).invented is True
    assert score({**told, "answer": "It is red. The text does not provide that."}, NOTHING).invented is False


def test_an_answer_to_what_has_none_is_an_invention() -> None:
    assert score({"answer": "Three years.", "sources": [], "ranking": []}, NOTHING).invented is True


def test_a_failure_is_neither_an_answer_nor_a_refusal() -> None:
    record = {"answer": "", "error": "Timeout", "sources": [], "ranking": []}
    assert score(record, NOTHING) == Score(None)
    assert score(record, LAMP) == Score(None, 0.0, right=False, cited=False, refused=False)


def test_chinese_is_compared_by_character_in_either_script() -> None:
    assert is_right("燈可用三年。", Gold("3", ("灯可用三年",), (), (), True))
    assert not is_right("灯可用五年。", Gold("3", ("灯可用三年",), (), (), True))


def test_of_an_answer_in_several_parts_all_must_be_said_and_one_be_cited() -> None:
    both = Gold("5", ("王某,2015年春",), ("a.txt",), (), True, parted=True)
    assert is_right("2015年春，王某到案。", both)
    assert not is_right("王某到案。", both)
    assert score({"ranking": [["a.txt", "王某到案。"]]}, both).found == 1
    whole = Gold("6", ("10,000",), ("a.txt",), (), True)
    assert score({"ranking": [["a.txt", "There are 10 lamps."]]}, whole).found is None


@pytest.mark.parametrize(
    ("gold", "told", "right"),
    [
        ("(1.9)", "In 2019 it was $(1.3).", False),
        ("(1.9)", "It was $(1.3) and $(1.9).", True),
        ("0", "It was 1.2% in 2019.", False),
        ("10,000", "There are 10000 lamps.", True),
        ("12", "There are 1.2 of them.", False),
        ("2019年", "燈在2019年裝好。", True),
    ],
)
def test_a_number_is_found_as_a_whole(gold: str, told: str, right: bool) -> None:
    assert is_right(told, Gold("7", (gold,), (), (), True)) is right


def test_where_gold_is_free_text_half_of_its_words_are_enough() -> None:
    free = Gold("4", ("Unscrew the lamp slowly.",), (), (), False)
    assert is_right("Slowly unscrew it.", free)
    assert not is_right("Throw it away.", free)


def test_a_source_comes_from_a_section_by_forty_characters_in_a_row() -> None:
    section = "Unscrew the lamp slowly, then put the new one in and turn it until it clicks."
    assert shares("Before it. Unscrew the lamp slowly, then put the new one in and turn it", section)
    assert shares("turn it until it clicks", section)
    assert not shares("Unscrew the lamp slowly, and call the people who sold it to you.", section)


def test_a_job_holds_no_gold() -> None:
    cases = [Case("1", "How do I change it?", ("slowly",), ("a.md",), headings=("Lamp",))]
    measured = AnswerSet("own", "en", {"a.md": "# Cord\n\nRed.\n\n# Lamp\n\nUnscrew it."}, cases)
    assert job(measured)["questions"] == [{"id": "1", "question": "How do I change it?"}]
    assert gold(measured) == [Gold("1", ("slowly",), ("a.md",), ("Unscrew it.",), True)]


def test_claims_are_asked_of_abstracts(tmp_path: Path) -> None:
    folder = tmp_path / "05_retrieval_beir" / "scifact"
    (folder / "qrels").mkdir(parents=True)
    held = {"sentences": ["They burn.", "Two of them burn brightly."]}
    rows = [{"_id": key, "title": f"Lamps {key}", "text": "They burn.", "metadata": held} for key in "12"]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    rows = [{"_id": key, "text": f"Lamp {key} burns."} for key in "789"]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "qrels" / "train.tsv").write_text(
        "query-id\tcorpus-id\tscore\n7\t2\t1\n8\t1\t1\n9\t1\t1\n", encoding="utf-8"
    )
    rows = [{"query-id": key, "corpus-id": "2", "label": "SUPPORT", "sentences": [1]} for key in "78"]
    (folder / "evidence_train.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = scifact(tmp_path, {"05_retrieval_beir/scifact/queries.jsonl (key _id)": {"7", "9"}}, "dev")
    assert found.texts["2.txt"] == "Lamps 2\n\nThey burn."
    assert found.cases == [Case("7", "Lamp 7 burns.", ("Two of them burn brightly.",), ("2.txt",))]
    (wanted,) = gold(found)
    told = {"answer": "Two burn brightly.", "ranking": []}
    assert [score(told | {"sources": [[name, "burn"]]}, wanted).cited for name in ("1.txt", "2.txt")] == [False, True]
    assert score(told | {"answer": "They burn.", "sources": [["2.txt", "burn"]]}, wanted).right is False
    assert [score({"ranking": [[name, "burn"]]}, wanted).found for name in ("1.txt", "2.txt")] == [None, 1]


def test_a_report_is_its_table_and_its_paragraphs(tmp_path: Path) -> None:
    folder = tmp_path / "10_finance_qa" / "tatqa"
    folder.mkdir(parents=True)
    asked = [
        {"uid": "a", "question": "Sales in 2019?", "answer": ["$7"], "answer_type": "span"},
        {"uid": "b", "question": "How many years?", "answer": 2, "answer_type": "count"},
        {"uid": "c", "question": "Which years?", "answer": ["2018", "2019"], "answer_type": "multi-span"},
    ]
    report = {
        "table": {"uid": "r-1", "table": [["", "2019"], ["Sales", "$7"]]},
        "paragraphs": [{"text": "In millions."}],
        "questions": asked,
    }
    (folder / "tatqa_dataset_dev.json").write_text(json.dumps([report]), encoding="utf-8")
    found = tatqa(tmp_path, {"10_finance_qa/tatqa (key table.uid)": {"r-1"}}, "dev")
    assert found.texts == {"r-1.md": "|  | 2019 |\n| --- | --- |\n| Sales | $7 |\n\nIn millions."}
    assert found.cases == [Case("a", "Sales in 2019?", ("$7",), ("r-1.md",))]
    assert tatqa(tmp_path, {"10_finance_qa/tatqa (key table.uid)": {"r-1"}}, "train").cases == []


def test_a_page_of_a_filing_is_right_by_the_figures_on_it(tmp_path: Path) -> None:
    folder = tmp_path / "10_finance_qa" / "docugami_sec10q"
    (folder / "docs").mkdir(parents=True)
    pages = {"2023 Q1 LAMP": ("Sales were 1,234 million.", "Costs were 12,345."), "2023 Q2 LAMP": ("Again 1,234.",)}
    for name, texts in pages.items():
        (folder / "docs" / f"{name}.pdf").write_bytes(pdf_of(*texts))
    told = [
        ("What were sales?", "They were 1,234. SOURCE(S): 2023 Q1 LAMP.pdf"),
        ("What were costs?", "High. SOURCE(S): 2023 Q1 LAMP.pdf"),
        ("What were costs then?", "They were 9,999. SOURCE(S): 2023 Q3 LAMP.pdf"),
        ("What were sales again?", "They were 1,234. SOURCE(S): 2023 Q2 LAMP.pdf"),
    ]
    lines = ["Question,Source Docs,Question Type,Source Chunk Type,Answer"]
    lines += [f'{asked},*,Single,Text,"{answer}"' for asked, answer in told]
    (folder / "qna_data.csv").write_text("\n".join(lines), encoding="utf-8")
    found = filings(tmp_path, {"10_finance_qa/docugami_sec10q/qna_data.csv (rows)": {0, 1, 2}}, "dev")
    assert sorted(found.texts) == ["2023 Q1 LAMP page 1.txt", "2023 Q1 LAMP page 2.txt", "2023 Q2 LAMP page 1.txt"]
    assert found.cases == [Case("0", "What were sales?", ("1,234",), ("2023 Q1 LAMP page 1.txt",))]


def test_contracts_are_asked_each_alone_for_what_they_have_and_have_not(tmp_path: Path) -> None:
    folder = tmp_path / "01_contracts_cuad"
    folder.mkdir()
    law = (
        "This Agreement shall be governed by the laws of the State of New York, without regard to its conflicts of law."
    )
    (folder / "lease.txt").write_text(f"LEASE\n\n{law}\n\nThe lamp is red.", encoding="utf-8")
    (folder / "sale.txt").write_text("SALE\n\nNothing is governed.", encoding="utf-8")
    start = len("LEASE\n\n")
    asked = {"question": "Highlight. Details: Which law?", "is_impossible": False}
    held = asked | {"category": "Governing Law", "human_answer": "New York"}
    held["answers"] = [{"text": law, "start": start, "end": start + len(law)}]
    name = asked | {"category": "Document Name", "human_answer": "Yes"}
    name["answers"] = [{"text": "LEASE", "start": 0, "end": 5}]
    none = held | {"category": "Insurance", "is_impossible": True, "answers": [], "human_answer": "No"}
    rows = [
        {"contract_txt": "lease.txt", "split": "dev", "questions": [held, name, none]},
        {"contract_txt": "sale.txt", "split": "train", "questions": [none]},
    ]
    (folder / "cuad_qa.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = contracts(tmp_path, {}, "dev")
    assert list(found.texts) == ["lease.txt"]
    alone = ("lease.txt",)
    assert found.cases == [
        Case("lease.txt:Governing Law", "Governing Law: Which law?", (law, "New York"), alone, alone, places=(law,)),
        Case("lease.txt:Document Name", "Document Name: Which law?", ("LEASE",), alone, alone, places=("LEASE",)),
        Case("lease.txt:Insurance", "Insurance: Which law?", (), alone, alone),
    ]
    assert [one["within"] for one in job(found)["questions"]] == [alone] * 3  # type: ignore[attr-defined]
    governed, named, insured = gold(found)
    part = "It shall be governed by the laws of the State of New York."
    assert [is_right(told, governed) for told in (part, "New York", "The lamp is new.")] == [True, True, False]
    told = {"answer": part, "ranking": [["lease.txt", "The State of New"], ["lease.txt", law[20:]]]}
    assert score(told | {"sources": [["lease.txt", law[:60]]]}, governed).cited is True
    assert score(told | {"sources": [["lease.txt", "The lamp is red."]]}, governed).cited is False
    assert score(told | {"sources": []}, governed).found == 2
    assert score({"ranking": [["lease.txt", "LEASE"]]}, named).found == 1
    assert score(told | {"sources": []}, insured).invented is True


def test_every_system_has_its_script_and_its_pinned_requirements() -> None:
    for system in SYSTEMS:
        started = command(system, Path("/environments"))
        assert started[-2:] == ["--setting", system.partition("-")[2]]
    for peer, script in SCRIPTS.items():
        assert (HERE / "peers" / script).is_file()
        wanted = (HERE / "requirements" / f"{peer}.txt").read_text(encoding="utf-8").splitlines()
        assert all("==" in line for line in wanted)
        assert "torch==2.13.0" in wanted
        assert not [line for line in wanted if line.startswith(("torchvision", "nvidia"))]


def test_systems_work_in_turn_and_one_that_fails_does_not_hold_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = """
import sys
name, path, fails = sys.argv[1:]
for part in "12":
    with open(path, "a") as file:
        file.write(name + part + " ")
    if fails == "yes":
        sys.exit("no such lamp")
    print("noise")
    print("TURN", flush=True)
    sys.stdin.readline()
"""
    assert TURN == "TURN"
    told = tmp_path / "told"
    asked = [("a", "no"), ("b", "yes"), ("c", "no")]
    systems = [turns(name, [sys.executable, "-c", work, name, str(told), fails]) for name, fails in asked]
    assert not run_set(systems)
    assert told.read_text() == "a1 b1 c1 a2 c2 "
    assert capsys.readouterr().out == "b: 1 ['no such lamp']\n"
