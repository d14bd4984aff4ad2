"""Text out of pictures: scanned pages and image files, English and Chinese, by RapidOCR with the weights in its wheel.

Nothing is ever fetched: each model is named by its path, and a missing one is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import DamagedFile, EmptyFile, MissingDependency, WeightsMissing
from core.settings import threads
from core.types import Document
from core.weights import sha256_of
from ingestion.readers.pdf_layout import Page, page_of
from ingestion.readers.pdf_text import compose
from ingestion.readers.pdf_words import Frame, Piece
from ingestion.readers.reading import Reading

LONGEST_SIDE = 2000
"""Pixels: what RapidOCR works at; a larger picture is brought down to it."""

_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
}


def read_image(path: Path, name: str) -> Iterator[Reading]:
    """The one document that an image is, a page for each of its frames; boxes are in pixels from the lower left.

    Raises DamagedFile, or EmptyFile where there is no text in it.
    """
    pages = [read_picture(frame, frame.width, frame.height) for frame in frames_of(path, name)]
    text = compose(pages)
    if not text.text:
        raise EmptyFile(f"Reading {name}: no text was found in the picture.")
    document = Document(name, _media_type(path), text.text, sha256_of(path), text.page_starts, text.blocks, text.boxes)
    yield Reading(document, ("The picture was read by OCR.",))


def frames_of(path: Path, name: str) -> Iterator[Any]:
    """The frames of an image file as upright RGB pictures (PIL), each brought down to LONGEST_SIDE."""
    from PIL import Image, ImageOps, ImageSequence

    try:
        with Image.open(path) as image:
            for frame in ImageSequence.Iterator(image):
                upright = ImageOps.exif_transpose(frame)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                yield upright.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DamagedFile(f"Reading {name}: the picture cannot be decoded ({error}). Save it anew as PNG.") from error


def read_picture(picture: Any, width: float, height: float) -> Page:
    """The text of a PIL picture that shows a page of this width and height, in the page's units."""
    import numpy

    pixels = numpy.asarray(picture.convert("RGB"))[:, :, ::-1]
    pieces = [_piece(corners, text, pixels.shape, width, height) for corners, text in _lines(pixels)]
    return page_of(pieces, Frame(0, width, height), scanned=True)


def _lines(pixels: Any) -> list[tuple[Any, str]]:
    result = _engine()(pixels)
    return [] if result.txts is None else list(zip(result.boxes, result.txts, strict=True))


def _piece(corners: Any, text: str, shape: tuple[int, ...], width: float, height: float) -> Piece:
    across, up = width / shape[1], height / shape[0]
    left, right = float(corners[:, 0].min()) * across, float(corners[:, 0].max()) * across
    top, bottom = height - float(corners[:, 1].min()) * up, height - float(corners[:, 1].max()) * up
    return Piece(text, left, bottom, right, top, round(top - bottom))


@cache
def _engine() -> Any:
    """The one OCR engine of this process."""
    found = find_spec("rapidocr")
    if found is None or found.origin is None:
        raise MissingDependency("Reading a scan needs rapidocr: pip install rapidocr")
    folder = Path(found.origin).parent / "models"
    for model in _MODELS.values():
        if not (folder / model).exists():
            raise WeightsMissing(f"Reading a scan: {folder / model} is not there. Run `pip install rapidocr==3.10.0`.")
    from rapidocr import RapidOCR

    parameters: dict[str, Any] = {key: str(folder / model) for key, model in _MODELS.items()}
    parameters |= {
        "Global.log_level": "critical",
        "Global.max_side_len": LONGEST_SIDE,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads(),
    }
    return RapidOCR(params=parameters)


def _media_type(path: Path) -> str:
    from PIL import Image

    with Image.open(path) as image:
        return Image.MIME.get(image.format or "", "image/png")
