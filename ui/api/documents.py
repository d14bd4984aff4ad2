"""Documents: upload, list, remove, and the place of a quote as a picture or as text."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from core.errors import UsageError
from core.types import Filters
from ui import jsonform
from ui.api.errors import refusal, reply
from ui.api.opened import Adding, Opened, Uploads
from ui.api.schemas import DocumentsOut, JobOut, RemovedOut, TextOut

router = APIRouter(prefix="/api", tags=["documents"])


@router.get("/documents", response_model=DocumentsOut, summary="What the library holds, by name")
def documents(
    assistant: Opened,
    name: Annotated[str | None, Query(description="a name, or a glob")] = None,
    collection: str | None = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """`limit` documents from `offset`, of those that match."""
    filters = Filters(documents=(name,) if name else (), collections=(collection,) if collection else ())
    found = assistant.documents(filters)
    shown = [jsonform.document_info(info) for info in found[offset : offset + limit]]
    return reply({"documents": shown, "total": len(found)})


@router.post("/documents", response_model=JobOut, status_code=202, summary="Upload files into the library")
def upload(
    adding: Adding,
    uploads: Uploads,
    files: Annotated[list[UploadFile], File(description="one file or many")],
    collection: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Files are read in the background: ask `/api/jobs/{id}` for progress and for what became of each file.

    The originals are kept in the library's folder, so that their pages can be shown.
    """
    kept = uploads.keep([(file.filename or "", file.file) for file in files])
    return reply(adding.submit(kept, collection).json(), 202)


@router.get("/jobs/{job_id}", response_model=JobOut, summary="How far an upload is")
def job(job_id: str, adding: Adding) -> Response:
    """Jobs are remembered until Pincite is stopped; the oldest are forgotten after some hundreds."""
    found = adding.get(job_id)
    if found is None:
        return refusal(404, "no_such_job", f"There is no upload {job_id!r}; see /api/documents for what is there.")
    return reply(found.json())


@router.delete("/documents", response_model=RemovedOut, summary="Remove documents by name")
def remove(assistant: Opened, uploads: Uploads, name: Annotated[list[str], Query(min_length=1)]) -> Response:
    """All or nothing; a name may be a glob. An uploaded original goes with the last document that came from it."""
    sources = {info.name: info.source_path for info in assistant.documents()}
    removed = assistant.remove(name)
    needed = {info.source_path for info in assistant.documents()}
    uploads.forget({sources[each] for each in removed} - needed)
    return reply({"removed": removed})


@router.get(
    "/documents/{document_id}/pages/{page}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
    summary="A page as a picture, the quote marked on it",
)
def page_picture(
    document_id: str, page: int, assistant: Opened, start: int | None = None, end: int | None = None
) -> Response:
    """Pages count from 1; `start` and `end` are a citation's."""
    return Response(assistant.page_picture(document_id, page, start, end), media_type="image/png")


@router.get("/documents/{document_id}/text", response_model=TextOut, summary="A quote and what stands around it")
def text(
    document_id: str,
    assistant: Opened,
    start: Annotated[int, Query(ge=0)],
    end: Annotated[int, Query(ge=0)],
    context: Annotated[int, Query(ge=0, le=20_000, description="characters on either side")] = 600,
) -> Response:
    """`before + quote + after` is the document's text, unchanged."""
    document = assistant.document(document_id)
    if not start <= end <= len(document.text):
        length = len(document.text)
        raise UsageError(f"Showing {start}..{end} of {document.name}: its text runs from 0 to {length}.")
    return reply(
        {
            "document": document.name,
            "document_id": document.id,
            "page": document.page_at(start),
            "pages": len(document.page_starts) if document.boxes else None,
            "start": start,
            "end": end,
            "before": document.text[max(0, start - context) : start],
            "quote": document.text[start:end],
            "after": document.text[end : end + context],
        }
    )
