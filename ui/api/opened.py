"""What a route may ask for: the open assistant, the line of files being added, uploads, the switch of models."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from rag.assistant import Assistant
from ui.api import uploads
from ui.api.jobs import AddingQueue
from ui.api.switching import ModelSwitch


def _assistant(request: Request) -> Assistant:
    return cast(Assistant, request.app.state.assistant)


def _adding(request: Request) -> AddingQueue:
    return cast(AddingQueue, request.app.state.adding)


def _uploads(request: Request) -> uploads.Uploads:
    return cast(uploads.Uploads, request.app.state.uploads)


def _switching(request: Request) -> ModelSwitch:
    return cast(ModelSwitch, request.app.state.switching)


Opened = Annotated[Assistant, Depends(_assistant)]
Adding = Annotated[AddingQueue, Depends(_adding)]
Uploads = Annotated[uploads.Uploads, Depends(_uploads)]
Switching = Annotated[ModelSwitch, Depends(_switching)]
