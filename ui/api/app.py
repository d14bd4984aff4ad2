"""The HTTP API: one assistant behind typed routes, documented at /docs without any network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline

from rag.assistant import Assistant
from ui import jsonform
from ui.api import documents, errors, models, questions
from ui.api.guard import Guard
from ui.api.jobs import AddingQueue
from ui.api.opened import Opened
from ui.api.schemas import ErrorOut, HealthOut, ReadyOut, StatusOut
from ui.api.switching import ModelSwitch
from ui.api.uploads import Uploads

DESCRIPTION = """
Answers from your own documents, with a pincite (document, page, verbatim quote) behind every sentence.

Offsets are characters of a document's text, end exclusive. Every failure is `{"error": {"kind", "message"}}`.
"""


def create_app(assistant: Assistant) -> FastAPI:
    """The API of an open assistant. Closing the assistant stays with the caller."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.adding = AddingQueue(assistant)
        app.state.switching = ModelSwitch(assistant)
        yield
        app.state.switching.close()
        app.state.adding.close()

    app = _routes(lifespan)
    app.state.assistant = assistant
    app.state.uploads = Uploads(Path(assistant.status().folder))
    return app


def describe() -> dict[str, Any]:
    """The API's OpenAPI description."""
    return _routes(None).openapi()


def _routes(lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None) -> FastAPI:
    app = FastAPIOffline(
        title="Pincite",
        version=version("pincite"),
        description=DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
        responses={"default": {"model": ErrorOut, "description": "Why not, as a kind and a sentence"}},
        swagger_ui_parameters={"validatorUrl": None},  # Swagger would ask a server of its own
    )
    app.add_middleware(Guard)
    errors.install(app)
    app.include_router(questions.router)
    app.include_router(documents.router)
    app.include_router(models.router)
    _add_health(app)
    return app


def _add_health(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse("/docs")

    @app.get("/api/status", response_model=StatusOut, tags=["health"], summary="Figures about the library")
    def status(assistant: Opened) -> Response:
        """As `pincite status` shows them."""
        return errors.reply(jsonform.library_status(assistant.status()))

    @app.get("/healthz", tags=["health"], summary="Whether the process answers")
    async def healthz() -> HealthOut:
        """Says nothing about library or model; see /readyz."""
        return HealthOut()

    @app.get("/readyz", response_model=ReadyOut, tags=["health"], summary="Whether questions can be answered")
    def readyz(assistant: Opened) -> Response:
        """200 when the library opens and the model is there; 503 with the reasons otherwise."""
        reasons = assistant.obstacles()
        return errors.reply({"ready": not reasons, "reasons": reasons}, 503 if reasons else 200)
