"""Models: what there is, and another one for the answers while the service runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from core.errors import UsageError
from finetune.models import registry
from rag.assistant import Assistant
from ui import modelform
from ui.api.errors import reply
from ui.api.opened import Opened, Switching
from ui.api.schemas import Body
from ui.api.switching import State

router = APIRouter(prefix="/api/models", tags=["models"])


class UseModelBody(Body):
    """The model that is wanted, by its name; `force` switches unmeasured."""

    name: str = Field(max_length=500)
    force: bool = False


class IntervalOut(BaseModel):
    """A mean over `count` questions with its 95 % interval."""

    value: float
    low: float
    high: float
    count: int


class ModelEntryOut(BaseModel):
    """A model that answers could be phrased with.

    `kind` is `embedded`, `tuned` or `file`; `model` and `adapter` are what [engine] takes. `parameters` counts weights,
    `context` is in tokens as trained. `figures` are those that the gate guards, over `questions` questions, `measured`
    at that time; `comparable` says that they differ from those of the model in use by the model alone. `training` are
    single figures of how it was made, `curves` whether there is a picture of that. `error` says why a file cannot be
    read, and then what it would say is null.
    """

    name: str
    kind: str
    model: str
    adapter: str | None
    bytes: int | None
    quantisation: str | None
    parameters: int | None
    context: int | None
    figures: dict[str, IntervalOut]
    questions: int
    measured: str | None
    comparable: bool
    training: dict[str, float | str]
    curves: bool
    in_use: bool
    error: str | None


class ModelsOut(BaseModel):
    """All models; `in_use` is null where an endpoint phrases, `before` what a rollback goes to."""

    models: list[ModelEntryOut]
    in_use: str | None
    before: str | None


class ComparedOut(BaseModel):
    """One figure of the model in use and of the one wanted; `lost` where that is worse by more than chance explains.
    `figure` names a language too where it is of that one's questions alone, as in "rightly cited, zh"."""

    figure: str
    before: float | None
    now: float | None
    lost: bool


class SwitchOut(BaseModel):
    """What came of a switch: whether it was `done`, in a sentence, and what was measured for it."""

    before: str
    wanted: str
    done: bool
    sentence: str
    figures: list[ComparedOut]


class SwitchingOut(BaseModel):
    """A switch on its way: `stage` says what it is at, with `done` of `total` questions asked, 0 where none are.
    `outcome` is there once it is through, `error` when it failed; then the model is the one before."""

    state: State
    stage: str
    done: int
    total: int
    outcome: SwitchOut | None
    error: str | None


@router.get("", response_model=ModelsOut, summary="The models there are, with what was measured of them")
def models(assistant: Opened) -> Response:
    """As `pincite models` shows them."""
    return reply(modelform.listing(_library(assistant)))


@router.post("/use", response_model=SwitchingOut, status_code=202, summary="Let another model phrase the answers")
def use(body: UseModelBody, assistant: Opened, switching: Switching) -> Response:
    """Unless forced, both models are asked the questions of the library's newest evaluation first, as far as they were
    not yet, and one that measures worse is not used. Answers go on meanwhile, and what is being answered is ended with
    the model before. Ask `/api/models/switch` how far it is."""
    registry.named(_library(assistant), body.name)  # a name that is none is told at once
    switching.use(body.name, body.force)
    return reply(switching.json(), 202)


@router.post("/rollback", response_model=SwitchingOut, status_code=202, summary="Back to the model before")
def rollback(switching: Switching) -> Response:
    """Nothing is measured. Ask `/api/models/switch` how far it is."""
    switching.rollback()
    return reply(switching.json(), 202)


@router.get("/switch", response_model=SwitchingOut, summary="How far a switch to another model is")
def state(switching: Switching) -> Response:
    """What came of the last one, when none is on its way."""
    return reply(switching.json())


@router.get(
    "/curves",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
    summary="A picture of how a model was trained",
)
def curves(name: Annotated[str, Query(max_length=500)], assistant: Opened) -> Response:
    """The loss over the steps, as SVG."""
    path = registry.named(_library(assistant), name).curves
    if path is None:
        raise UsageError(f"Showing the curves of {name}: it was not trained here, so there are none.")
    # Opened by itself, a picture is a page of this address, and pages may hold scripts.
    guarded = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    return Response(path.read_bytes(), media_type="image/svg+xml", headers=guarded)


def _library(assistant: Assistant) -> Path:
    return Path(assistant.status().folder)
