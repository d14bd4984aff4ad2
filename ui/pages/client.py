"""The HTTP API as the pages call it. Every failure is an ApiError whose message can be shown as it is."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, cast
from urllib.parse import quote

import httpx

Json: TypeAlias = dict[str, Any]

ADDRESS = os.environ.get("PINCITE_API", "http://127.0.0.1:8000")
# An answer may wait behind others for the model; everything else is quick.
TIMEOUT = httpx.Timeout(30, read=600)


class ApiError(Exception):
    """The API refused or did not answer; the message is a sentence."""


def ask(question: str, history: Sequence[Json], filters: Json, user: str) -> Iterator[tuple[str, Json]]:
    """The events of an answer as they come: (name, data); see the API's /docs. Where several users wait for the
    model, they take turns. Raises ApiError."""
    body = {"question": question, "history": list(history), "filters": filters, "client": user, "stream": True}
    try:
        with _client().stream("POST", "/api/ask", json=body) as response:
            if response.is_error:
                response.read()
                raise _refused(response)
            yield from _events(response.iter_lines())
    except httpx.HTTPError as error:
        raise _unreachable() from error


def status() -> Json:
    """The library's figures."""
    return _json("GET", "/api/status")


def documents(offset: int, limit: int, name: str = "") -> Json:
    """A page of the list of documents, and how many match."""
    query: dict[str, str | int] = {"offset": offset, "limit": limit}
    if name:
        query["name"] = f"*{name}*"
    return _json("GET", "/api/documents", params=query)


def upload(files: Sequence[tuple[str, bytes]], collection: str) -> Json:
    """Starts adding files; gives the job."""
    parts = [("files", (name, content)) for name, content in files]
    return _json("POST", "/api/documents", files=parts, data={"collection": collection})


def job(job_id: str) -> Json:
    """How far an upload is."""
    return _json("GET", f"/api/jobs/{job_id}")


def remove(names: Sequence[str]) -> list[str]:
    """Removes documents; gives the names removed. Names are matched as globs there, so their marks are made literal."""
    literal = ["".join(f"[{mark}]" if mark in "*?[" else mark for mark in name) for name in names]
    return cast(list[str], _json("DELETE", "/api/documents", params={"name": literal})["removed"])


def page_picture(citation: Json, page: int) -> bytes:
    """A page as PNG with the citation's quote marked on it."""
    place = {"start": citation["start"], "end": citation["end"]}
    return _request("GET", f"/api/documents/{quote(citation['document_id'])}/pages/{page}.png", params=place).content


def surroundings(citation: Json) -> Json:
    """The quote and what stands around it."""
    place = {"start": citation["start"], "end": citation["end"]}
    return _json("GET", f"/api/documents/{quote(citation['document_id'])}/text", params=place)


def feedback(answer_id: str, thumbs: str | None, comment: str) -> None:
    """Records what the reader thought of an answer."""
    _request("POST", "/api/feedback", json={"answer_id": answer_id, "thumbs": thumbs, "comment": comment})


def models() -> Json:
    """The language models there are, with figures; which is in use, and which was before."""
    return _json("GET", "/api/models")


def use_model(name: str, force: bool = False) -> Json:
    """Starts switching to another model, which is measured first unless forced; gives how far that is."""
    return _json("POST", "/api/models/use", json={"name": name, "force": force})


def roll_back_model() -> Json:
    """Starts switching back to the model before; gives how far that is."""
    return _json("POST", "/api/models/rollback")


def switching() -> Json:
    """How far the switch to another model is, or what came of the last one."""
    return _json("GET", "/api/models/switch")


def curves(name: str) -> str:
    """The picture of a model's training, as SVG."""
    return _request("GET", "/api/models/curves", params={"name": name}).text


def _client() -> httpx.Client:
    return httpx.Client(base_url=ADDRESS, timeout=TIMEOUT, trust_env=False)  # loopback; never through a proxy


def _request(method: str, path: str, **options: Any) -> httpx.Response:
    try:
        with _client() as client:
            response = client.request(method, path, **options)
    except httpx.HTTPError as error:
        raise _unreachable() from error
    if response.is_error:
        raise _refused(response)
    return response


def _json(method: str, path: str, **options: Any) -> Json:
    return cast(Json, _request(method, path, **options).json())


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
            if name == "error":
                raise ApiError(data["error"]["message"])
            yield name, data


def _refused(response: httpx.Response) -> ApiError:
    try:
        return ApiError(response.json()["error"]["message"])
    except (ValueError, KeyError):
        return ApiError(
            f"The API at {ADDRESS} answered with status {response.status_code}. See the log of `pincite up`."
        )


def _unreachable() -> ApiError:
    return ApiError(f"The API at {ADDRESS} does not answer. Start both with `pincite up`, or wait until it is ready.")
