"""Stands before the API: who may call it, and how much they may send.

The API has no passwords; being bound to loopback is what protects it. A web page in the user's own browser can
reach loopback too, so two headers are checked: `Host`, which a page on a rebound DNS name cannot fake, and
`Origin`, which a page on another site cannot hide.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.errors import refusal

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
JSON_LIMIT = 2 * 2**20
UPLOAD_LIMIT = 512 * 2**20
UPLOAD_PATH = "/api/documents"
ENDED = {"Connection": "close"}  # so that the rest is not sent only to be thrown away


class Guard:
    """ASGI middleware that refuses foreign hosts, foreign origins and bodies over the limit."""

    def __init__(self, app: ASGIApp, upload_limit: int = UPLOAD_LIMIT) -> None:
        self._app = app
        self._upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it with a refusal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = self._upload_limit if scope["path"] == UPLOAD_PATH else JSON_LIMIT
        if _host(f"//{headers.get('host', '')}") not in LOOPBACK:
            response = refusal(403, "forbidden", "Pincite answers on http://127.0.0.1 and http://localhost only.")
        elif "origin" in headers and _host(headers["origin"]) not in LOOPBACK:
            response = refusal(403, "forbidden", "Pincite takes no requests from pages of other sites.")
        elif _length(headers) > limit:
            response = refusal(413, "too_large", _too_large(limit), ENDED)
        else:
            await self._app(scope, _limited(receive, limit), send)
            return
        await response(scope, receive, send)


def _limited(receive: Receive, limit: int) -> Receive:
    """A body sent in chunks announces no length, so it is counted as it comes."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413, _too_large(limit), ENDED)
        return message

    return counted


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _length(headers: Headers) -> int:
    value = headers.get("content-length", "0")
    return int(value) if value.isdigit() else 0


def _too_large(limit: int) -> str:
    return f"The request is larger than {limit / 2**20:,.0f} MB. Add large files with `pincite add FILE`."
