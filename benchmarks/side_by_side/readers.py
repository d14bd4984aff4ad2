"""Sets that only the side by side asks: SciFact's claims, TAT-QA's reports, filings of companies page by page, and
what contracts say and do not say.

Each reads the development items alone; `answer_sets` has the others.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.answer_sets import SETS, AnswerSet, Case
from ingestion.readers import read_file
from rag.evaluation.public.form import file_name, read_json, read_lines
from rag.evaluation.public.passages import judged

Dev = dict[str, set[Any]]
FIGURE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+\.\d+")
"""What an answer on a filing can be looked up by: a number with its thousands parted, or one with a fraction."""


def scifact(data: Path, dev: Dev, part: str) -> AnswerSet:
    """Claims against abstracts. What is right is an abstract, whatever of it is found; `gold` are the sentences by
    which an abstract supports or contradicts the claim. Claims that none decides are left out."""
    folder = data / "05_retrieval_beir" / "scifact"
    wanted = _items(dev, "scifact/queries.jsonl")
    abstracts = {str(row["_id"]): row for row in read_lines(folder / "corpus.jsonl")}
    texts = {f"{key}.txt": f"{row.get('title') or ''}\n\n{row['text']}" for key, row in abstracts.items()}
    deciding: dict[str, list[str]] = {}
    for row in read_lines(folder / "evidence_train.jsonl"):
        told = abstracts[row["corpus-id"]]["metadata"]["sentences"]
        deciding.setdefault(row["query-id"], []).extend(told[number] for number in row["sentences"])
    gold = judged(folder / "qrels" / "train.tsv")
    cases = [
        Case(row["_id"], row["text"], tuple(deciding[row["_id"]]), tuple(f"{key}.txt" for key in gold[row["_id"]]))
        for row in read_lines(folder / "queries.jsonl")
        if (row["_id"] in wanted) == (part == "dev") and row["_id"] in deciding and row["_id"] in gold
    ]
    return AnswerSet("scifact", "en", texts, cases, spans=False)


def tatqa(data: Path, dev: Dev, part: str) -> AnswerSet:
    """Questions whose answer is one span of a report's table or paragraphs, the table as lines of cells.

    They were asked of one report each, and many do not say of which.
    """
    wanted = _items(dev, "10_finance_qa/tatqa")
    texts: dict[str, str] = {}
    cases: list[Case] = []
    for report in read_json(data / "10_finance_qa" / "tatqa" / "tatqa_dataset_dev.json"):
        key = report["table"]["uid"]
        if (key in wanted) != (part == "dev"):
            continue
        name = file_name(key, ".md")
        texts[name] = _lines(report["table"]["table"], [each["text"] for each in report["paragraphs"]])
        cases += [
            Case(item["uid"], item["question"], (str(item["answer"][0]),), (name,))
            for item in report["questions"]
            if item["answer_type"] == "span" and len(item["answer"]) == 1
        ]
    return AnswerSet("tatqa", "en", texts, cases)


def _lines(rows: Sequence[Sequence[Any]], paragraphs: Sequence[str]) -> str:
    """A table in Markdown, and what stands around it."""
    cells = [f"| {' | '.join(str(cell).strip() for cell in row)} |" for row in rows]
    ruled = [*cells[:1], "|" + " --- |" * len(rows[0]), *cells[1:]]
    return "\n\n".join(["\n".join(ruled), *paragraphs])


def filings(data: Path, dev: Dev, part: str) -> AnswerSet:
    """Questions on companies' quarterly reports, each page of which is a document.

    Right is a page of the filings named that holds one of the answer's figures. Questions whose answer has none on
    those pages, or whose filings are not all here, are left out.
    """
    folder = data / "10_finance_qa" / "docugami_sec10q"
    wanted = _items(dev, "docugami_sec10q/qna_data.csv")
    pages = {path.stem: _pages(path) for path in sorted((folder / "docs").glob("*.pdf"))}
    texts = {f"{name} page {number}.txt": text for name, held in pages.items() for number, text in held.items()}
    cases: list[Case] = []
    with (folder / "qna_data.csv").open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            told, _, sources = row["Answer"].partition("SOURCE(S):")
            named = [name for name in re.findall(r"(\d{4} Q\d \w+)\.pdf", sources)]
            figures = tuple(dict.fromkeys(FIGURE.findall(told)))
            right = _holding(texts, named, figures)
            if (number in wanted) == (part == "dev") and right and set(named) <= set(pages):
                cases.append(Case(str(number), row["Question"], figures, right))
    return AnswerSet("filings", "en", texts, cases)


def _pages(path: Path) -> dict[int, str]:
    """The text of each page of a PDF that has any."""
    document = next(iter(read_file(path, path.name))).document
    ends = [*document.page_starts[1:], len(document.text)]
    parts = enumerate((document.text[start:end] for start, end in zip(document.page_starts, ends, strict=True)), 1)
    return {number: text for number, text in parts if text.strip()}


def _holding(texts: dict[str, str], named: Sequence[str], figures: Sequence[str]) -> tuple[str, ...]:
    """The pages of the filings named on which one of the figures stands by itself."""
    if not figures:
        return ()
    stands = re.compile(rf"(?<![\d.,])(?:{'|'.join(map(re.escape, figures))})(?![\d]|[.,]\d)")
    return tuple(name for name, text in texts.items() if name.rpartition(" page ")[0] in named and stands.search(text))


def contracts(data: Path, dev: Dev, part: str) -> AnswerSet:
    """What lawyers look for in a contract, in CUAD's own words, asked of each contract alone: of 41 things most
    contracts have some 14. The questions of `answer_sets`, here with the lawyer's own answer where it is more than Yes.
    """
    measured = SETS["cuad"](data, dev, part)
    path = data / "01_contracts_cuad" / "cuad_qa.jsonl"
    told = {
        f"{file_name(Path(row['contract_txt']).stem)}:{item['category']}": str(item.get("human_answer") or "").strip()
        for row in read_lines(path)
        for item in row["questions"]
    }
    cases = [
        replace(case, gold=(*case.gold, *_more_than_yes(told[case.id])), places=case.gold) if case.gold else case
        for case in measured.cases
    ]
    return replace(measured, name="contracts", cases=cases, spans=False)


def _more_than_yes(answer: str) -> list[str]:
    return [answer] if answer.lower() not in ("", "yes", "no") else []


def _items(dev: Dev, path: str) -> set[Any]:
    return next(items for key, items in dev.items() if path in key)


READERS = {"scifact": scifact, "tatqa": tatqa, "filings": filings, "contracts": contracts}
