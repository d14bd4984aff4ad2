"""How a type is written as JSON: the one place, for the command line and the HTTP API alike.

The keys are a contract: other programs read them. Seconds are rounded to a thousandth, scores to four places.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from core.errors import PinciteError
from core.types import Answer, Citation, EvidenceFound, FileResult, Hit, MetadataValue, Sentence

if TYPE_CHECKING:
    from rag.assistant import LibraryStatus
    from rag.library.rows import DocumentInfo

Json: TypeAlias = dict[str, Any]

_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile("[\x85\u2028\u2029]")  # to some readers of lines, though not to JSON


def dumps(value: Any, *, ascii_only: bool = False) -> str:
    """One line of JSON, valid whatever is in it. `ascii_only` is for an output that cannot carry UTF-8.

    Bytes of a file name that are not UTF-8 are spelled out, as in `caf\\udce9.txt`.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    text = _SURROGATE.sub(lambda found: f"\\\\u{ord(found[0]):04x}", text)
    text = _LINE_BREAK.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return json.dumps(json.loads(text)) if ascii_only else text


def hits(found: Sequence[Hit]) -> list[Json]:
    """Hits, best first, each with its rank from 1."""
    return [_hit(rank, hit) for rank, hit in enumerate(found, 1)]


def _hit(rank: int, hit: Hit) -> Json:
    passage = hit.passage
    return {
        "rank": rank,
        "score": _score(hit.score),
        "document": hit.document,
        "document_id": passage.document_id,
        "page": passage.page,
        "heading": list(passage.heading),
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "metadata": _metadata(hit.metadata),
        "media_type": hit.media_type,
        "lexical": _score(hit.lexical),
        "dense": _score(hit.dense),
        "rerank": _score(hit.rerank),
        "also_in": list(hit.also_in),
    }


def citation(cited: Citation) -> Json:
    """The exact place: `quote` is the document's text from start to end."""
    return {
        "document": cited.document,
        "document_id": cited.document_id,
        "page": cited.page,
        "start": cited.start,
        "end": cited.end,
        "quote": cited.quote,
    }


def sentence(said: Sentence) -> Json:
    """One sentence with its support and its citations."""
    return {"text": said.text, "support": said.support, "citations": [citation(cited) for cited in said.citations]}


def evidence(event: EvidenceFound) -> Json:
    """The quotes that are there before any model is asked."""
    return {
        "sentences": [sentence(said) for said in event.sentences],
        "hits": hits(event.hits),
        "seconds": seconds(event.seconds),
    }


def answer(given: Answer) -> Json:
    """A whole answer; `text` is its sentences joined. Its id is `answer_id`, since a batch puts the question's `id`."""
    timings = given.timings
    model = given.model
    return {
        "status": given.status,
        "sentences": [sentence(said) for said in given.sentences],
        "hits": hits(given.hits),
        "timings": {
            "retrieve_s": seconds(timings.retrieve_s),
            "first_token_s": None if timings.first_token_s is None else seconds(timings.first_token_s),
            "total_s": seconds(timings.total_s),
            "prompt_tokens": timings.prompt_tokens,
            "output_tokens": timings.output_tokens,
        },
        "model": None if model is None else {"name": model.name, "sha256": model.sha256, "adapter": model.adapter},
        "question": given.question,
        "text": given.text,
        "notes": list(given.notes),
        "answer_id": given.id,
    }


def file_result(result: FileResult) -> Json:
    """What became of one file or record that was added."""
    return {
        "path": result.path,
        "document_id": result.document_id,
        "status": result.status,
        "pages": result.pages,
        "passages": result.passages,
        "seconds": seconds(result.seconds),
        "error": result.error,
        "notes": list(result.notes),
    }


def document_info(info: DocumentInfo) -> Json:
    """One line in the list of documents."""
    return {
        "id": info.document_id,
        "name": info.name,
        "media_type": info.media_type,
        "collection": info.collection,
        "pages": info.pages,
        "passages": info.passages,
        "added": info.added_at,
        "date": info.day,
        "partial": info.partial,
        "source": info.source_path,
        "metadata": _metadata(info.metadata),
        "notes": list(info.notes),
    }


def library_status(status: LibraryStatus) -> Json:
    """The library's figures."""
    return {
        "library": status.folder,
        "documents": status.documents,
        "passages": status.passages,
        "bytes": status.bytes,
        "language": status.language,
        "embedder": status.embedder,
        "dimension": status.dimension,
        "model": status.model,
        "questions": status.questions,
        "collections": [name for name in status.collections if name],
        "outdated": status.outdated,
    }


def error_kind(error: BaseException) -> str:
    """The error's name in the tree, as in `no_such_document`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()


def error(raised: PinciteError) -> Json:
    """An error as a kind and a sentence."""
    return {"kind": error_kind(raised), "message": str(raised)}


def seconds(value: float) -> float:
    """Seconds to a thousandth."""
    return round(value, 3)


def _score(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _metadata(values: Mapping[str, MetadataValue]) -> Json:
    """As it is, but for numbers that JSON does not know, from spreadsheets: they become null."""
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in values.items()
    }


def number(value: float) -> float | None:
    """A number as JSON has it, which knows no NaN."""
    return None if math.isnan(value) else value
