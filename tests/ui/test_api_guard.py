"""Who may call the API, and how much they may send."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Request

from ui.api import errors, guard

LIMIT = 1000


@pytest.fixture
def send() -> Iterator[httpx.Response]:
    app = FastAPI()
    errors.install(app)

    @app.post("/api/documents")
    @app.post("/api/search")
    async def size(request: Request) -> int:
        return len(await request.body())

    app.add_middleware(guard.Guard, upload_limit=LIMIT)

    def sent(url: str, **options: object) -> httpx.Response:
        async def sending() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
                return await client.post(url, **options)

        return asyncio.run(sending())

    return sent


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "localhost", "[::1]:8000", "LOCALHOST"])
def test_loopback_names_are_answered(send, host: str) -> None:
    assert send("http://127.0.0.1/api/search", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "", "[", "192.168.1.5"]
)
def test_other_hosts_are_refused(send, host: str) -> None:
    response = send("http://127.0.0.1/api/search", headers={"host": host})
    assert response.status_code == 403
    assert response.json() == {
        "error": {"kind": "forbidden", "message": "Pincite answers on http://127.0.0.1 and http://localhost only."}
    }


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://localhost:8501", 200), ("http://127.0.0.1:8000", 200), ("https://evil.example", 403), ("null", 403)],
)
def test_pages_of_other_sites_are_refused(send, origin: str, status: int) -> None:
    assert send("http://127.0.0.1/api/search", headers={"origin": origin}).status_code == status


def test_a_body_over_the_limit_is_refused_by_its_announced_length(send) -> None:
    response = send("http://127.0.0.1/api/documents", content=b"x" * (LIMIT + 1))
    assert response.status_code == 413
    assert response.json()["error"]["kind"] == "too_large"
    assert send("http://127.0.0.1/api/documents", content=b"x" * LIMIT).json() == LIMIT


def test_a_body_in_chunks_is_counted(send) -> None:
    async def chunks():
        for _ in range(11):
            yield b"x" * 100

    response = send("http://127.0.0.1/api/documents", content=chunks())
    assert response.status_code == 413
    assert "Add large files with `pincite add FILE`." in response.json()["error"]["message"]


def test_the_limit_of_other_routes_is_that_of_json(send) -> None:
    assert send("http://127.0.0.1/api/search", content=b"x" * (LIMIT + 1)).json() == LIMIT + 1
    assert send("http://127.0.0.1/api/search", content=b"x" * (guard.JSON_LIMIT + 1)).status_code == 413
