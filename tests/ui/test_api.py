"""The HTTP API over a real library: what is asked, what comes back, and what is refused."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from core import errors as core_errors
from rag.assistant import Assistant
from rag.library.store import Library
from tests.rag.engines.scripted import ScriptedGenerator
from tests.ui.conftest import CONTRACT, FAQ, pdf_of
from ui.api import errors, schemas
from ui.api.app import create_app

QUOTE = "Error E-204 means that the filter is blocked."
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def generator() -> ScriptedGenerator:
    return ScriptedGenerator(QUOTE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Path:
    """A copy of the small library, whose answers are drafted."""
    folder = tmp_path_factory.mktemp("api") / "library"
    shutil.copytree(library, folder)
    (folder / "pincite.toml").unlink()
    return folder


@pytest.fixture(scope="module")
def client(folder: Path, generator: ScriptedGenerator) -> Iterator[TestClient]:
    with (
        Assistant(Library.open(folder), generator) as assistant,
        TestClient(create_app(assistant), base_url=ORIGIN, raise_server_exceptions=False) as client,
    ):
        yield client


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def document_id(client: TestClient, name: str) -> str:
    (found,) = client.get("/api/documents", params={"name": name}).json()["documents"]
    return str(found["id"])


def upload(client: TestClient, *files: tuple[str, bytes], collection: str = "") -> dict[str, object]:
    """Uploads files and waits for the job's end."""
    response = client.post("/api/documents", files=[("files", file) for file in files], data={"collection": collection})
    assert response.status_code == 202
    job = response.json()
    while job["state"] in ("waiting", "running"):
        job = client.get(f"/api/jobs/{job['id']}").json()
        schemas.JobOut.model_validate(job)
    return job


def test_search(client: TestClient) -> None:
    response = client.post("/api/search", json={"question": "blocked filter", "k": 1})
    assert response.status_code == 200
    found = schemas.SearchOut.model_validate(response.json())
    (hit,) = found.hits
    assert (hit.rank, hit.document, hit.page) == (1, "manual.pdf", 1)
    assert response.json() == found.model_dump()


def test_search_in_what_the_filters_leave(client: TestClient) -> None:
    def names(**filters: object) -> set[str]:
        found = client.post("/api/search", json={"question": "pump", "filters": filters}).json()
        return {hit["document"] for hit in found["hits"]}

    assert names(documents=["man*"]) == {"manual.pdf"}
    assert names(metadata={"product": "F10"}) == {"Q-2"}
    assert names(media_types=["text/plain"]) == {"contract.txt"}
    assert names(collections=["elsewhere"]) == set()


def test_ask(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "What does error E-204 mean?"})
    answer = schemas.AnswerOut.model_validate(response.json())
    assert answer.status == "answered"
    assert answer.text.startswith(QUOTE)
    citation = answer.sentences[0].citations[0]
    assert (citation.document, citation.page, citation.quote) == ("manual.pdf", 2, QUOTE)
    assert answer.model == schemas.ModelOut(name="scripted", sha256="0" * 64, adapter=None)


@pytest.mark.parametrize("how", ["body", "header"])
def test_ask_streams_the_quotes_then_the_sentences_then_the_answer(client: TestClient, how: str) -> None:
    body = {"question": "What does error E-204 mean?", **({"stream": True} if how == "body" else {})}
    headers = {"Accept": "text/event-stream"} if how == "header" else {}
    response = client.post("/api/ask", json=body, headers=headers)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    streamed = events(response.text)
    assert [name for name, _ in streamed] == ["evidence", "sentence", "answer"]
    evidence, sentence, answer = (data for _, data in streamed)
    assert list(evidence) == ["sentences", "hits", "seconds"]
    assert sentence == schemas.SentenceOut.model_validate(sentence).model_dump()
    assert answer == schemas.AnswerOut.model_validate(answer).model_dump()
    assert sentence == answer["sentences"][0]


def test_ask_with_a_history(client: TestClient) -> None:
    history = [{"question": "What does error E-204 mean?", "answer": QUOTE}]
    answer = client.post("/api/ask", json={"question": "And the notice?", "history": history}).json()
    assert answer["notes"] == ["Understood as: What does error E-204 mean? And the notice?"]


def test_not_found_is_an_answer(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "Who composed the opera?", "stream": True})
    ((name, answer),) = events(response.text)
    assert (name, answer["status"], answer["sentences"], answer["model"]) == ("answer", "not_found", [], None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind", "said"),
    [
        ("POST", "/api/ask", {"question": " "}, 400, "usage_error", "the question is empty"),
        ("POST", "/api/ask", {"question": " ", "stream": True}, 400, "usage_error", "the question is empty"),
        ("POST", "/api/ask", {}, 422, "invalid_request", "question: Field required"),
        ("POST", "/api/ask", {"question": "x", "top_k": 3}, 422, "invalid_request", "top_k: Extra inputs"),
        ("POST", "/api/search", {"question": "x", "k": 0}, 422, "invalid_request", "k: Input should be greater"),
        ("POST", "/api/search", {"question": "x", "filters": {"since": "soon"}}, 422, "invalid_request", "since"),
        ("POST", "/api/feedback", {"answer_id": "x", "thumbs": "up"}, 400, "usage_error", "'x'"),
        ("GET", "/api/jobs/none", None, 404, "no_such_job", "'none'"),
        ("GET", "/api/documents/none/text?start=0&end=1", None, 404, "no_such_document", "'none'"),
        ("GET", "/api/documents/none/pages/1.png", None, 404, "no_such_document", "'none'"),
        ("DELETE", "/api/documents?name=none", None, 404, "no_such_document", "'none'"),
        ("DELETE", "/api/documents", None, 422, "invalid_request", "name: Field required"),
        (
            "GET",
            "/api/nothing",
            None,
            404,
            "not_found",
            "There is no GET /api/nothing here; /docs lists what there is.",
        ),
        ("GET", "/api/ask", None, 405, "method_not_allowed", "There is no GET /api/ask here"),
        ("POST", "/api/feedback", {"answer_id": "9" * 30, "thumbs": "up"}, 400, "usage_error", "no answer number 999"),
        (
            "POST",
            "/api/search",
            {"question": "fee", "filters": {"since": "2026-13-01"}},
            422,
            "invalid_request",
            "filters.since: it is '2026-13-01' and takes a day, as in 2026-01-31.",
        ),
    ],
)
def test_refusals_are_a_kind_and_a_sentence(
    client: TestClient, method: str, path: str, body: object, status: int, kind: str, said: str
) -> None:
    response = client.request(method, path, json=body)
    assert response.status_code == status
    refusal = schemas.ErrorOut.model_validate(response.json())
    assert refusal.error.kind == kind
    assert said in refusal.error.message


def test_a_body_that_is_not_json(client: TestClient) -> None:
    response = client.post("/api/ask", content=b"{", headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["error"]["kind"]) == (422, "invalid_request")


def test_a_defect_is_a_sentence_without_a_traceback(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.jsonform.library_status", lambda status: 1 / 0)
    response = client.get("/api/status")
    assert (response.status_code, response.json()) == (
        500,
        {"error": {"kind": "unexpected", "message": errors.UNEXPECTED}},
    )


def test_every_error_of_the_tree_has_a_status() -> None:
    def tree(kind: type[core_errors.PinciteError]) -> Iterator[type[core_errors.PinciteError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from tree(below)

    statuses = {kind.__name__: errors.status_of(kind("x")) for kind in tree(core_errors.PinciteError)}
    assert set(statuses.values()) <= {400, 404, 409, 413, 415, 422, 500, 502, 503}
    assert (statuses["SettingsError"], statuses["EncryptedFile"], statuses["ManifestMismatch"]) == (400, 422, 503)
    assert (statuses["NoSuchDocument"], statuses["QueueFull"], statuses["LibraryBusy"]) == (404, 503, 409)


def test_documents_are_listed_by_name_and_by_the_page(client: TestClient) -> None:
    listed = client.get("/api/documents", params={"offset": 1, "limit": 2, "collection": "house"}).json()
    assert listed["total"] == 4
    assert [each["name"] for each in listed["documents"]] == ["Q-2", "contract.txt"]
    assert listed == schemas.DocumentsOut.model_validate(listed).model_dump()


def test_uploading_showing_and_removing(client: TestClient, folder: Path) -> None:
    sentence = "Turn the yellow valve to the left before the winter."
    guide = pdf_of("Garden taps and hoses are described here.", f"Frost. {sentence} Empty the hose.")
    job = upload(client, ("../guide.pdf", guide), ("壊れた.pdf", b"%PDF-1.7 cut"), collection="desk")
    assert (job["state"], job["files_total"], job["files_done"], job["error"]) == ("done", 2, 2, None)
    results = {result["path"]: result for result in job["results"]}
    assert {name: result["status"] for name, result in results.items()} == {
        "guide.pdf": "added",
        "壊れた.pdf": "failed",
    }
    assert results["壊れた.pdf"]["error"]
    assert (folder / "uploads" / "guide.pdf").read_bytes() == guide

    (listed,) = client.get("/api/documents", params={"collection": "desk"}).json()["documents"]
    assert (listed["name"], listed["pages"]) == ("guide.pdf", 2)
    text = client.get(f"/api/documents/{listed['id']}/text", params={"start": 0, "end": 0, "context": 2000}).json()
    assert text["pages"] == 2
    start = text["after"].index(sentence)
    place = {"start": start, "end": start + len(sentence)}
    plain = client.get(f"/api/documents/{listed['id']}/pages/2.png")
    marked = client.get(f"/api/documents/{listed['id']}/pages/2.png", params=place)
    assert (marked.status_code, marked.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(marked.content)).size == Image.open(io.BytesIO(plain.content)).size
    assert marked.content != plain.content

    removed = client.delete("/api/documents", params={"name": "guide.pdf"})
    assert removed.json() == {"removed": ["guide.pdf"]}
    assert not (folder / "uploads" / "guide.pdf").exists()
    assert client.get("/api/documents", params={"collection": "desk"}).json()["total"] == 0


def test_the_original_stays_while_a_document_from_it_does(client: TestClient, folder: Path) -> None:
    rows = FAQ.replace("Q-", "R-").replace("seal", "gasket").replace("Grease", "Oil").encode()
    assert upload(client, ("rows.csv", rows))["results"][0]["status"] == "added"
    client.delete("/api/documents", params={"name": "R-1"})
    assert (folder / "uploads" / "rows.csv").exists()
    client.delete("/api/documents", params={"name": "R-2"})
    assert not (folder / "uploads" / "rows.csv").exists()


def test_uploads_that_are_refused(client: TestClient) -> None:
    two = [("files", ("a/x.txt", b"1")), ("files", ("b/x.txt", b"2"))]
    response = client.post("/api/documents", files=two)
    assert (response.status_code, response.json()["error"]["kind"]) == (400, "usage_error")
    assert client.post("/api/documents", data={"collection": "x"}).status_code == 422


def test_a_page_of_what_has_no_pages(client: TestClient) -> None:
    response = client.get(f"/api/documents/{document_id(client, 'contract.txt')}/pages/1.png")
    assert (response.status_code, response.json()["error"]["kind"]) == (422, "document_error")


def test_the_text_around_a_quote(client: TestClient) -> None:
    identity = document_id(client, "contract.txt")
    whole = client.get(f"/api/documents/{identity}/text", params={"start": 0, "end": 0, "context": 20_000}).json()
    assert whole["after"].split() == CONTRACT.split()
    start = whole["after"].index("ninety days")
    around = {"start": start, "end": start + 11, "context": 5}
    assert client.get(f"/api/documents/{identity}/text", params=around).json() == {
        "document": "contract.txt",
        "document_id": identity,
        "page": None,
        "pages": None,
        "start": start,
        "end": start + 11,
        "before": "with ",
        "quote": "ninety days",
        "after": "' not",
    }
    beyond = client.get(f"/api/documents/{identity}/text", params={"start": 5, "end": 10**6})
    assert (beyond.status_code, beyond.json()["error"]["kind"]) == (400, "usage_error")


def test_feedback_is_kept(client: TestClient, folder: Path) -> None:
    answer = client.post("/api/ask", json={"question": "What does error E-204 mean?"}).json()
    response = client.post(
        "/api/feedback", json={"answer_id": answer["answer_id"], "thumbs": "down", "comment": "太短"}
    )
    assert (response.status_code, response.content) == (204, b"")
    with Library.open(folder) as library:
        latest = library.journal.feedback(limit=1)[0]
    assert (str(latest.audit), latest.thumbs, latest.comment) == (answer["answer_id"], "down", "太短")


def test_health(client: TestClient, folder: Path) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"ready": True, "reasons": []}
    status = client.get("/api/status").json()
    assert status == schemas.StatusOut.model_validate(status).model_dump()
    assert (status["library"], status["documents"], status["collections"]) == (str(folder), 4, ["house"])


def test_not_ready_says_what_stands_in_the_way(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    shutil.copytree(library, folder)
    (folder / "pincite.toml").write_text("[engine]\nmodel = 'no-such-model'\n")
    with Assistant.open(folder) as assistant, TestClient(create_app(assistant), base_url=ORIGIN) as client:
        response = client.get("/readyz")
    assert response.status_code == 503
    (reason,) = response.json()["reasons"]
    assert "'no-such-model'" in reason


def test_the_docs_need_no_network(client: TestClient) -> None:
    page = client.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    for address in addresses:
        assert address.startswith("/")
        assert client.get(address).status_code == 200
    assert "//" not in re.sub(r"//.*", "", "".join(addresses))
    assert client.get("/", follow_redirects=False).headers["location"] == "/docs"
    assert client.get("/redoc").status_code == 404


def test_the_docs_name_every_route(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert {f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods} == {
        "POST /api/ask",
        "POST /api/search",
        "POST /api/feedback",
        "GET /api/documents",
        "POST /api/documents",
        "DELETE /api/documents",
        "GET /api/documents/{document_id}/pages/{page}.png",
        "GET /api/documents/{document_id}/text",
        "GET /api/jobs/{job_id}",
        "GET /api/models",
        "GET /api/models/curves",
        "GET /api/models/switch",
        "POST /api/models/rollback",
        "POST /api/models/use",
        "GET /api/status",
        "GET /healthz",
        "GET /readyz",
    }


def test_no_other_site_may_call(client: TestClient) -> None:
    assert client.get("/healthz", headers={"Host": "pincite.evil.example"}).status_code == 403
    response = client.options("/api/ask", headers={"Origin": "http://127.0.0.1:8501"})
    assert "access-control-allow-origin" not in response.headers
