"""Questions: search, ask, and what the reader thought of the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from core.errors import EngineError, PinciteError
from core.types import Answer, EvidenceFound, SentenceChecked, Waiting
from rag.assistant import StreamEvent
from ui import jsonform
from ui.api.errors import UNEXPECTED, log, reply
from ui.api.opened import Opened
from ui.api.schemas import AnswerOut, AskBody, FeedbackBody, SearchBody, SearchOut
from ui.api.streaming import stream

router = APIRouter(prefix="/api", tags=["questions"])

EVENTS = """
An answer as JSON; or, with `"stream": true` or `Accept: text/event-stream`, as server-sent events:

| event | data |
| --- | --- |
| `queued` | `{"position"}`: how many questions the model answers before this one |
| `evidence` | `{"sentences", "hits", "seconds"}`: the quotes, before any model is asked |
| `sentence` | a sentence of the draft that passed the check |
| `answer` | the whole answer, last |
| `error` | `{"error": {"kind", "message"}}`, last, in place of the answer |

A client that closes the connection stops the model.
"""


@router.post("/search", response_model=SearchOut, summary="The best passages for a question")
def search(body: SearchBody, assistant: Opened) -> Response:
    """No model is asked."""
    began = time.monotonic()
    found = assistant.search(body.question, body.k, body.filters.filters())
    return reply({"hits": jsonform.hits(found), "seconds": jsonform.seconds(time.monotonic() - began)})


@router.post(
    "/ask",
    response_model=AnswerOut,
    description=EVENTS,
    summary="An answer, each sentence with its pincite",
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def ask(request: Request, body: AskBody, assistant: Opened) -> Response:
    """The answer, whole or as it comes; see EVENTS."""
    events = stream(assistant, body)
    if not body.stream and "text/event-stream" not in request.headers.get("accept", ""):
        return reply(jsonform.answer(await _whole(request, events)))
    first = await anext(events)  # a question that is refused gets its proper status
    return StreamingResponse(
        _wire(first, events), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


@router.post("/feedback", status_code=204, summary="What the reader thought of an answer")
def feedback(body: FeedbackBody, assistant: Opened) -> None:
    """Kept in the library beside the answer."""
    assistant.feedback(body.answer_id, body.thumbs, body.comment)


async def _whole(request: Request, events: AsyncIterator[StreamEvent]) -> Answer:
    """The answer that ends the events; when the client leaves first, the model is stopped."""
    reading = asyncio.ensure_future(_last(events))
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({reading, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            raise EngineError("The client left before the answer was there.")
        return reading.result()
    finally:
        reading.cancel()
        leaving.cancel()


async def _last(events: AsyncIterator[StreamEvent]) -> Answer:
    async for event in events:
        if isinstance(event, Answer):
            return event
    raise EngineError("The answer broke off. Ask again.")


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _wire(first: StreamEvent, events: AsyncIterator[StreamEvent]) -> AsyncIterator[bytes]:
    yield _event(first)
    try:
        async for event in events:
            yield _event(event)
    except PinciteError as error:
        yield _sse("error", {"error": jsonform.error(error)})
    except Exception:
        log.exception("Answering failed")
        yield _sse("error", {"error": {"kind": "unexpected", "message": UNEXPECTED}})


def _event(event: StreamEvent) -> bytes:
    match event:
        case Waiting():
            return _sse("queued", {"position": event.position})
        case EvidenceFound():
            return _sse("evidence", jsonform.evidence(event))
        case SentenceChecked():
            return _sse("sentence", jsonform.sentence(event.sentence))
        case Answer():
            return _sse("answer", jsonform.answer(event))


def _sse(name: str, data: Any) -> bytes:
    return format_sse_event(event=name, data_str=jsonform.dumps(data))
