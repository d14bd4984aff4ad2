"""A small data folder in the form that the readers take, made up for these tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HARBOUR = (
    "Sellmouth harbour opened in 1871. Its first master was Anna Brook, who had sailed from Norvik. "
    "The largest crane was bought by Peter Lund in 1902. Coal was carried to Ostrava until the strike."
)
LIGHT = "The lighthouse at Sellmouth was lit by Maria Holt. Its lamp burned oil. It stands on the northern rocks."
RIVER = (
    "沙河全长120公里，流经白石县。1953年，李明公司在沙河上建造了最大的水坝。"
    "当地居民以捕鱼为生。河口的《航运志》记载了此事。"
)


def question(name: str, asked: str, passage: str, answer: str | None, title: str) -> dict[str, Any]:
    """One question as the training files have it; `answer` None where the passage has none."""
    answers = [] if answer is None else [{"text": answer, "answer_start": passage.index(answer)}]
    return {
        "id": name,
        "question": asked,
        "context": passage,
        "answers": answers,
        "is_impossible": answer is None,
        "title": title,
    }


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes a JSONL file and the folders it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def squad(path: Path, articles: dict[str, list[dict[str, Any]]]) -> None:
    """Writes articles in SQuAD's form, a paragraph for each question."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = [
        {"title": title, "paragraphs": [{"context": row["context"], "qas": [row]} for row in rows]}
        for title, rows in articles.items()
    ]
    path.write_text(json.dumps({"data": data}, ensure_ascii=False), encoding="utf-8")


def folder(root: Path) -> Path:
    """A data folder with every file that the readers look for; most hold one row or none."""
    training = root / "11_training"
    for name in ("reddit", "amazon_reviews"):
        lines(training / f"qa_squadshifts_{name}.jsonl", [])
    for name in ("qa_qamr_sentences", "qa_qed_dev", "qa_covidqa_windows", "nli_fever_symmetric", "nli_summedits"):
        lines(training / f"{name}.jsonl", [])
    for name in ("nli_snli_counterfactual", "nli_mnli_taxinli", "nli_zh_snli", "nli_zh_mnli"):
        lines(training / f"{name}.jsonl", [])
    lines(
        training / "qa_squadshifts_new_wiki.jsonl",
        [
            question("w1", "Who was the first master of Sellmouth harbour?", HARBOUR, "Anna Brook", "Sellmouth"),
            question("w2", "When did Sellmouth harbour open?", HARBOUR, "1871", "Sellmouth"),
            question("w3", "Who lit the lighthouse at Sellmouth?", LIGHT, "Maria Holt", "Sellmouth"),
        ],
    )
    claim = {"id": "b1", "premise": HARBOUR, "hypothesis": "The harbour opened in 1871.", "label": "entailment"}
    lines(training / "nli_begin_attribution.jsonl", [claim])
    ranked = {"id": "r1", "query": "Who lit the lamp?", "positives": [LIGHT], "negatives": [HARBOUR, RIVER, RIVER]}
    lines(training / "rank_en_from_new_wiki.jsonl", [ranked])
    lines(training / "rank_zh_from_chinesesquad.jsonl", [])
    lines(
        training / "qa_zh_chinesesquad2_dev.jsonl",
        [
            question("z1", "沙河全长多少公里？", RIVER, "120公里", "沙河"),
            question("z2", "1953年谁在沙河上建造了最大的水坝？", RIVER, "李明公司", "沙河"),
            question("z3", "沙河的水坝高多少米？", RIVER, None, "沙河"),
        ],
    )
    squad(
        root / "03_manuals_qa/squad2/squad2.json",
        {
            "Kept": [question("s1", "Who bought the largest crane?", HARBOUR, "Peter Lund", "Kept")],
            "Dev": [question("s2", "Where does the lighthouse stand?", LIGHT, "on the northern rocks", "Dev")],
        },
    )
    squad(
        root / "04_chinese_qa/drcd/DRCD_dev.json",
        {"河": [question("d1", "河口的什麼書記載了此事？", RIVER, "航运志", "河")]},
    )
    split = {
        "03_manuals_qa": {"squad2/squad2.json (key title)": ["Dev"]},
        "04_chinese_qa": {"drcd/DRCD_dev.json (key title)": ["山"]},
    }
    (root / "DEV_SPLIT.json").write_text(json.dumps(split, ensure_ascii=False), encoding="utf-8")
    return root
