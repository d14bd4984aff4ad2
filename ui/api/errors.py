"""An error as a status and a sentence: {"error": {"kind", "message"}}."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from core import errors
from ui import jsonform

log = logging.getLogger(__name__)

# The nearest class up the tree decides.
STATUS: dict[type[Exception], int] = {
    errors.PinciteError: 500,
    errors.UsageError: 400,
    errors.MissingDependency: 503,
    errors.WeightsError: 503,
    errors.DocumentError: 422,
    errors.UnsupportedFile: 415,
    errors.LimitExceeded: 413,
    errors.LibraryError: 503,
    errors.LibraryBusy: 409,
    errors.NoSuchDocument: 404,
    errors.EngineError: 503,
    errors.ContextTooSmall: 422,
    errors.EndpointFailed: 502,
    errors.QueueFull: 503,
}
KINDS = {400: "bad_request", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
UNEXPECTED = "Something went wrong in Pincite itself; the log of `pincite up` holds the details."


def reply(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON response, written the one way JSON is written here."""
    return Response(jsonform.dumps(content), status, headers, media_type="application/json")


def refusal(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """A response that says why not."""
    return reply({"error": {"kind": kind, "message": message}}, status, headers)


def status_of(error: errors.PinciteError) -> int:
    """The HTTP status of an error."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install(app: FastAPI) -> None:
    """Makes `app` answer every failure in this form."""

    @app.exception_handler(errors.PinciteError)
    async def expected(request: Request, error: errors.PinciteError) -> Response:
        headers = {"Retry-After": "5"} if isinstance(error, errors.QueueFull | errors.LibraryBusy) else None
        return reply({"error": jsonform.error(error)}, status_of(error), headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        said = ((_place(each["loc"]), each["msg"].removeprefix("Value error, ")) for each in error.errors())
        wrong = "; ".join(f"{place}: {message}" for place, message in said)
        return refusal(422, "invalid_request", f"The request is not valid: {wrong}. The forms are at /docs.")

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        kind, message = KINDS.get(error.status_code, "refused"), str(error.detail)
        if message == HTTPStatus(error.status_code).phrase:  # a path or method that is none of ours
            message = f"There is no {request.method} {request.url.path} here; /docs lists what there is."
        return refusal(error.status_code, kind, message, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        return refusal(500, "unexpected", UNEXPECTED)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location[1:] or location)
