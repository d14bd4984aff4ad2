"""A question's events, brought from the thread that answers it to the event loop.

A reader who leaves stops the model.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

from rag.assistant import Assistant, StreamEvent
from ui.api.schemas import AskBody


async def stream(assistant: Assistant, body: AskBody) -> AsyncIterator[StreamEvent]:
    """`assistant.stream`, for the event loop. Closing it, or cancelling the task that reads it, stops the model."""
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[StreamEvent | BaseException | None] = asyncio.Queue()
    gone = threading.Event()

    def put(event: StreamEvent | BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped, and nobody listens
            loop.call_soon_threadsafe(events.put_nowait, event)

    def work() -> None:
        history = [turn.turn() for turn in body.history]
        try:
            for event in assistant.stream(body.question, history, body.filters.filters(), body.client, gone):
                put(event)
            put(None)
        except BaseException as error:  # handed to the reader, which raises it
            put(error)

    threading.Thread(target=work, name="ask", daemon=True).start()
    try:
        while (event := await events.get()) is not None:
            if isinstance(event, BaseException):
                raise event
            yield event
    finally:
        gone.set()
