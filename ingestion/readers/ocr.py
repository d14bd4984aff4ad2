"""Text out of pictures: scanned pages and image files, English and Chinese, by RapidOCR with the weights in its wheel.

Nothing is ever fetched: each model is named by its path, and a missing one is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.errors import DamagedFile, EmptyFile, LimitExceeded, MissingDependency, WeightsMissing
from core.settings import threads
from core.types import Document
from core.weights import sha256_of
from ingestion.clean import one_line
from ingestion.readers.pdf_layout import Page, page_of
from ingestion.readers.pdf_text import compose
from ingestion.readers.pdf_words import Frame, Piece
from ingestion.readers.reading import Reading
from ingestion.readers.sniff import media_type

LONGEST_SIDE = 2000
"""Pixels: what RapidOCR works at; a larger picture is brought down to it."""
_FIND_SIDE = 1280
_FRAMES = 2000
"""Frames of one TIFF that are read."""
_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
}


def read_image(path: Path, name: str) -> Iterator[Reading]:
    """The one document that an image is, a page for each frame of a TIFF.

    Boxes are in pixels of the image as it is shown, from its lower left corner. Raises DamagedFile, LimitExceeded, or
    EmptyFile where there is no text in it.
    """
    pages: list[Page] = []
    for frame in frames_of(path, name):
        width, height = frame.size
        frame.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        pages.append(read_picture(frame, width, height))
    text = compose(pages)
    if not text.text:
        raise EmptyFile(f"Reading {name}: no text was found in the picture by OCR. Add a sharper scan of it.")
    document = Document(
        name, media_type(path, name), text.text, sha256_of(path), text.page_starts, text.blocks, text.boxes
    )
    yield Reading(document, ("The picture was read by OCR.",))


def frames_of(path: Path, name: str) -> Iterator[Any]:
    """The frames of an image as PIL pictures, upright and RGB; of an animation only the first.

    Raises DamagedFile, or LimitExceeded where it is too large to decode.
    """
    from PIL import Image, ImageOps, ImageSequence

    try:
        with Image.open(path) as image:
            for number, frame in enumerate(ImageSequence.Iterator(image), start=1):
                yield _opaque(ImageOps.exif_transpose(frame))
                if image.format != "TIFF" or number == _FRAMES:
                    break
    except Image.DecompressionBombError as error:
        raise LimitExceeded(f"Reading {name}: the picture is too large ({error}). Save it smaller.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise DamagedFile(f"Reading {name}: the picture cannot be decoded ({error}). Save it anew as PNG.") from error


def _opaque(picture: Any) -> Any:
    """The picture as RGB: what is transparent shows white, and 16 bits of grey become 8."""
    from PIL import Image

    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return picture.convert("RGB")


def read_picture(picture: Any, width: float, height: float) -> Page:
    """The text of an RGB PIL picture that shows a page of this width and height, in the page's units.

    A page that lies on its side or upside down is read the right way round; its boxes are where they are shown.
    """
    import numpy

    pixels = numpy.ascontiguousarray(numpy.asarray(picture)[:, :, ::-1])
    lines, turn = _recognised(pixels)
    frame = Frame(turn, width, height)
    across, up = width / picture.width, height / picture.height
    pieces = []
    for corners, text in lines:
        left, right = float(corners[:, 0].min()) * across, float(corners[:, 0].max()) * across
        bottom, top = height - float(corners[:, 1].max()) * up, height - float(corners[:, 1].min()) * up
        box = frame.read(left, bottom, right, top)
        if said := one_line(text):
            pieces.append(Piece(said, *box, size=round(box[3] - box[1], 1)))
    return page_of(pieces, frame, scanned=True)


def _recognised(pixels: Any) -> tuple[list[tuple[Any, str]], int]:
    """Corners and text of each line, and by how many degrees clockwise to turn the picture to read it."""
    engine = _engine()
    image, record = engine.preprocess_img(pixels)
    found, directions, recognised, crops = engine.run_ocr_steps(image, record)
    if found.boxes is None or recognised.txts is None:
        return [], 0
    upside_down = [label == "180" for label, _ in directions.cls_res]
    tall = [_tall(corners) for corners in found.boxes]
    result = engine.build_final_output(pixels, found, directions, recognised, crops, record)
    if result.txts is None:
        return [], 0
    flipped = 2 * sum(upside_down) > len(upside_down)
    # RapidOCR turns a tall line to the left before it asks which way is up.
    turn = (90 if flipped else 270) if 2 * sum(tall) > len(tall) else 180 if flipped else 0
    return list(zip(result.boxes, result.txts, strict=True)), turn


def _tall(corners: Any) -> bool:
    width, height = corners.max(axis=0) - corners.min(axis=0)
    return bool(height > 1.5 * width)


@cache
def _engine() -> Any:
    """The one OCR engine of this process, built when the first picture comes."""
    found = find_spec("rapidocr")
    if found is None or found.origin is None:
        raise MissingDependency("Reading a scan needs rapidocr. Run `pip install rapidocr`.")
    folder = Path(found.origin).parent / "models"
    for model in _MODELS.values():
        if not (folder / model).exists():
            raise WeightsMissing(
                f"Reading a scan: {folder / model} is not there. Run `pip install --force-reinstall rapidocr`."
            )
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            **{key: str(folder / model) for key, model in _MODELS.items()},
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST_SIDE,
            # Lines are found as well on a smaller picture, in a third of the time; they are read on the full one.
            "Det.limit_type": "max",
            "Det.limit_side_len": _FIND_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads(),
        }
    )
