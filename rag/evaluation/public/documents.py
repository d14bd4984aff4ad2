"""Sets over whole documents of business: ContractNLI, TAT-QA, FinanceBench."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from rag.evaluation.public.form import Json, PublicSet, at, convert_lines, distinct, file_name, read_json
from rag.evaluation.questions import Gold, Question


def contractnli(path: Path) -> PublicSet:
    """ContractNLI: each hypothesis is asked of each contract; it is answerable where the contract says anything of it.

    `kind` is the label. There are no answers in words: what is judged is whether the right place is cited.
    """
    content = read_json(path)
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for number, document in enumerate(content["documents"], 1):
        with at("document", number, document):
            name = file_name(f"{document['id']}-{Path(document['file_name']).stem}")
            texts[name] = document["text"]
            annotations = document["annotation_sets"][0]["annotations"]
            for place, (key, told) in enumerate(annotations.items(), 1):
                with at("annotation", place, {"id": key}):
                    questions.append(_hypothesis(document, name, key, content["labels"][key]["hypothesis"], told))
    return PublicSet("contractnli", tuple(questions), texts)


def _hypothesis(document: Json, name: str, key: str, asked: str, told: Json) -> Question:
    places = [document["spans"][place] for place in told["spans"]]
    return Question(
        f"{document['id']}-{key}",
        asked,
        "en",
        told["choice"] != "NotMentioned",
        gold=tuple(Gold(name, start=start, end=end) for start, end in places) or (Gold(name),),
        kind=told["choice"],
        document_type="contract",
        within=(name,),
    )


def tatqa(path: Path) -> PublicSet:
    """TAT-QA: a table and paragraphs of a report as one document, asked within it.

    Questions whose answer must be computed or counted are left out: an answer that only quotes cannot hold it.
    """
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for number, report in enumerate(read_json(path), 1):
        with at("report", number):
            name = file_name(report["table"]["uid"], ".html")
            texts[name] = _page(report["table"]["table"], [each["text"] for each in report["paragraphs"]])
            for place, item in enumerate(report["questions"], 1):
                with at("question", place, item):
                    if item["answer_type"] in ("span", "multi-span"):
                        questions.append(_spans(item, name))
    return PublicSet("tatqa", tuple(questions), texts)


def _spans(item: Json, name: str) -> Question:
    answer = item["answer"] if isinstance(item["answer"], list) else [item["answer"]]
    answers = distinct([", ".join(map(str, answer))])
    kind = f"{item['answer_type']} in {item['answer_from']}"
    return Question(str(item["uid"]), item["question"], "en", True, answers, (Gold(name),), kind=kind, within=(name,))


def financebench(path: Path) -> PublicSet:
    """FinanceBench: questions over filings, which are PDFs in the folder `pdfs` beside the file.

    Raises ValueError naming the first filing that is not there.
    """
    questions = convert_lines(path, _of_filing)
    documents = (gold.document for question in questions for gold in question.gold)
    names = {name: path.parent / "pdfs" / name for name in documents}
    if missing := [file for file in names.values() if not file.is_file()]:
        raise ValueError(
            f"{len(missing)} of its {len(names)} filings are missing, as {missing[0]}; download them into that folder"
        )
    return PublicSet("financebench", tuple(questions), files=tuple(names.values()))


def _of_filing(row: Json) -> Question:
    golds = [Gold(f"{_filing(each, row)}.pdf", int(each["evidence_page_num"]) + 1) for each in row["evidence"]]
    return Question(
        str(row["financebench_id"]),
        row["question"].strip(),
        "en",
        True,
        distinct([str(row["answer"])]),
        tuple(dict.fromkeys(golds)) or (Gold(f"{row['doc_name']}.pdf"),),
        kind=str(row.get("question_type") or ""),
        document_type="filing",
    )


def _filing(evidence: Json, row: Json) -> str:
    return str(evidence.get("doc_name") or evidence.get("evidence_doc_name") or row["doc_name"])


def _page(rows: Sequence[Sequence[Any]], paragraphs: Sequence[str]) -> str:
    """A web page with the table and the paragraphs."""
    cells = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    table = "".join(f"<tr>{row}</tr>" for row in cells)
    told = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body><table>{table}</table>{told}</body></html>'
