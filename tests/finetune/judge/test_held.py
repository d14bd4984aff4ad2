"""One rule says what is kept for measuring, and questions and claims call a document by one name."""

import json
import random
from pathlib import Path

from finetune.judge.claim_sources import places
from finetune.judge.data import natural
from finetune.judge.held import held
from finetune.judge.manuals import DEVELOPED_WITH
from finetune.judge.readers import named
from tests.finetune.judge.made_of import HARBOUR, folder, lines

RULING = "甲于五月三日向乙借款一万元,双方约定六月还款。乙于六月还款,双方再无争议。"


def test_articles_kept_for_measuring_are_held_whatever_the_seed() -> None:
    assert held("squad2:Harvard_University")
    assert not held("squad2:Huguenot")
    names = [f"nli_begin_attribution:{i:012d}" for i in range(2000)]
    assert 140 < sum(map(held, names)) < 260


def test_a_chinese_document_has_one_name_for_questions_and_claims(tmp_path: Path) -> None:
    data = folder(tmp_path)
    rulings, statutes = "lawbench_2-5_reading_comprehension.jsonl", "lawbench_1-1_statute_recitation.jsonl"
    asked = {"id": "2-5-1", "question": f"段落:{RULING}问题:何时借款？", "answer": "回答:五月三日"}
    lines(data / "04_chinese_qa/lawbench" / rulings, [asked])
    lines(data / "04_chinese_qa/lawbench" / statutes, [])
    kept_for_developing(data, rulings, statutes)
    claimed = {place.document for place in places(data, "zh", random.Random(0))}
    assert claimed == {"DRCD_dev:河", "qa_zh_chinesesquad2_dev:沙河", "lawbench:2-5-1"}
    assert claimed <= {row.document for row in natural(data, "zh", random.Random(0))}


def test_an_english_document_has_one_name_for_questions_and_claims(tmp_path: Path) -> None:
    data, at = folder(tmp_path), HARBOUR.index("1871")
    asked = {"id": "q", "question": "When did the harbour open?", "context": HARBOUR}
    lines(data / "11_training/qa_qed_dev.jsonl", [{**asked, "answers": [{"text": "1871", "answer_start": at}]}])
    marked = {"answers": [{"text": "1871", "start": at, "end": at + 4}], "is_impossible": False}
    contract = {"contract_txt": "lease.txt", "split": "train", "questions": [{**asked, **marked, "category": "Date"}]}
    lines(data / "01_contracts_cuad/cuad_qa.jsonl", [contract])
    (data / "01_contracts_cuad/lease.txt").write_text(HARBOUR, encoding="utf-8")
    spans = {"uid": "q", "answer": ["1871"], "answer_type": "span", "answer_from": "text", "req_comparison": False}
    report = {"table": {"uid": "T", "table": []}, "paragraphs": [{"order": 1, "text": HARBOUR}]}
    written(data / "10_finance_qa/tatqa/tatqa_dataset_dev.json", json.dumps([{**report, "questions": [asked | spans]}]))
    written(data / DEVELOPED_WITH, "{}")
    for name in ("queries", "corpus", "evidence_train"):
        lines(data / f"05_retrieval_beir/scifact/{name}.jsonl", [])
    written(data / "05_retrieval_beir/scifact/qrels/train.tsv", "query-id\tcorpus-id\tscore\n")
    lines(data / "03_manuals_qa/mtrag_un/reference.jsonl", [])
    kept_for_developing(data, "10_finance_qa/tatqa", "scifact/queries.jsonl", "mtrag_un/reference.jsonl")
    claimed = {place.document for place in places(data, "en", random.Random(0))}
    untitled = named("qa_qed_dev", HARBOUR)
    assert claimed == {
        "cuad:lease.txt", "tatqa:T", "squad2:Kept", "qa_squadshifts_new_wiki:Sellmouth", untitled}  # fmt: skip
    assert claimed <= {row.document for row in natural(data, "en", random.Random(0))}


def written(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def kept_for_developing(data: Path, *files: str) -> None:
    """Names an item of each file that is not there."""
    split = json.loads((data / "DEV_SPLIT.json").read_text(encoding="utf-8"))
    written(data / "DEV_SPLIT.json", json.dumps(split | {file: ["another"] for file in files}))
