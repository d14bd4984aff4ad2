"""The keys and forms that other programs read."""

import json

import pytest

from core.errors import NoSuchDocument, QueueFull
from core.types import Answer, Citation, EvidenceFound, FileResult, Hit, ModelCard, Passage, Sentence, Timings
from rag.library.rows import DocumentInfo
from ui import jsonform
from ui.api import schemas

TEXT = "The pump runs for 30 minutes. 它可以停止。"
PASSAGE = Passage("d1", 0, len(TEXT), TEXT, page=3, heading=("2 Operation", "2.1 Pump"))
HIT = Hit(PASSAGE, "manual.pdf", "application/pdf", 0.123456, lexical=7.65432, metadata={"model": "X200"})
QUOTE = Citation("manual.pdf", "d1", 3, 0, 29, TEXT[:29])
ANSWER = Answer(
    question="How long does it run?",
    status="answered",
    sentences=(Sentence("The pump runs for 30 minutes.", "verbatim", (QUOTE,)), Sentence("它可以停止。", "supported")),
    hits=(HIT,),
    timings=Timings(0.01234, None, 0.98765, 0, 0),
    model=ModelCard("tiny", "ab" * 32),
    notes=("Quoted.",),
    id="17",
)
INFO = DocumentInfo(
    "manual.pdf", "d1", "application/pdf", 12, 40, "manuals", "/docs/manual.pdf", "2026-01-31T10:00:00+00:00",
    False, ("read by OCR",), {"rate": float("nan"), "model": "X200"}, "2026-01-30",
)  # fmt: skip


def test_hit_has_the_keys_of_the_contract_first() -> None:
    assert jsonform.hits([HIT]) == [
        {
            "rank": 1,
            "score": 0.1235,
            "document": "manual.pdf",
            "document_id": "d1",
            "page": 3,
            "heading": ["2 Operation", "2.1 Pump"],
            "start": 0,
            "end": 36,
            "text": TEXT,
            "metadata": {"model": "X200"},
            "media_type": "application/pdf",
            "lexical": 7.6543,
            "dense": None,
            "rerank": None,
            "also_in": [],
        }
    ]
    contract = ["rank", "score", "document", "document_id", "page", "heading", "start", "end", "text", "metadata"]
    assert list(jsonform.hits([HIT])[0])[:10] == contract


def test_answer() -> None:
    given = jsonform.answer(ANSWER)
    assert given == {
        "status": "answered",
        "sentences": [
            {
                "text": "The pump runs for 30 minutes.",
                "support": "verbatim",
                "citations": [
                    {
                        "document": "manual.pdf",
                        "document_id": "d1",
                        "page": 3,
                        "start": 0,
                        "end": 29,
                        "quote": "The pump runs for 30 minutes.",
                    }
                ],
            },
            {"text": "它可以停止。", "support": "supported", "citations": []},
        ],
        "hits": jsonform.hits([HIT]),
        "timings": {
            "retrieve_s": 0.012,
            "first_token_s": None,
            "total_s": 0.988,
            "prompt_tokens": 0,
            "output_tokens": 0,
        },
        "model": {"name": "tiny", "sha256": "ab" * 32, "adapter": None},
        "question": "How long does it run?",
        "text": "The pump runs for 30 minutes. 它可以停止。",
        "notes": ["Quoted."],
        "answer_id": "17",
    }


def test_evidence() -> None:
    assert jsonform.evidence(EvidenceFound(ANSWER.sentences[1:], (HIT,), 0.23456)) == {
        "sentences": [{"text": "它可以停止。", "support": "supported", "citations": []}],
        "hits": jsonform.hits([HIT]),
        "seconds": 0.235,
    }


def test_file_result_has_exactly_the_keys_of_the_contract_first() -> None:
    result = FileResult("a.pdf", "d1", "partial", 2, 5, 1.23456, "Page 2 is damaged.", ("read by OCR",))
    assert list(jsonform.file_result(result).items()) == [
        ("path", "a.pdf"),
        ("document_id", "d1"),
        ("status", "partial"),
        ("pages", 2),
        ("passages", 5),
        ("seconds", 1.235),
        ("error", "Page 2 is damaged."),
        ("notes", ["read by OCR"]),
    ]


def test_numbers_that_json_does_not_know_become_null() -> None:
    assert jsonform.document_info(INFO)["metadata"] == {"rate": None, "model": "X200"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (schemas.AnswerOut, jsonform.answer(ANSWER)),
        (schemas.HitOut, jsonform.hits([HIT])[0]),
        (schemas.DocumentOut, jsonform.document_info(INFO)),
        (schemas.FileResultOut, jsonform.file_result(FileResult("a", None, "failed", None, 0, 0.1, "It is empty."))),
    ],
)
def test_the_api_promises_what_is_written(schema: type[schemas.BaseModel], value: jsonform.Json) -> None:
    assert schema.model_validate(value).model_dump() == value


def test_json_is_valid_with_any_name() -> None:
    line = jsonform.dumps({"path": "caf\udce9\n合同.txt"})
    assert line == '{"path": "caf\\\\udce9\\n合同.txt"}'
    assert json.loads(line.encode("utf-8")) == {"path": "caf\\udce9\n合同.txt"}


def test_json_is_one_line_to_every_reader() -> None:
    line = jsonform.dumps({"text": "a\u2028b\x85c\nd"})
    assert line.splitlines() == [line]
    assert json.loads(line) == {"text": "a\u2028b\x85c\nd"}


def test_json_in_ascii_means_the_same() -> None:
    value = {"path": "caf\udce9 合同"}
    line = jsonform.dumps(value, ascii_only=True)
    assert line.isascii()
    assert json.loads(line) == json.loads(jsonform.dumps(value))


def test_errors() -> None:
    assert jsonform.error(NoSuchDocument("No a.pdf.")) == {"kind": "no_such_document", "message": "No a.pdf."}
    assert jsonform.error_kind(QueueFull()) == "queue_full"
