"""What pairs are made of, hashed: the same inputs are not worked on twice, and the manifest says what they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any, get_args

from core.errors import UsageError
from core.settings import FILE_NAME
from core.weights import sha256_of
from finetune.pairs.approved import ALL
from rag.engines.base import Generator
from rag.judge.open import Judges, Language
from rag.library.store import Library


def inputs_of(
    settings: Mapping[str, Any],
    files: Sequence[Path],
    keep_out: Sequence[Path],
    library: Path | None,
    sources: Sequence[str],
    model: Generator | None,
) -> dict[str, Any]:
    """The inputs as the manifest keeps them; `sha256` is the hash of all.

    Raises UsageError for a file that is not there; NotALibrary.
    """
    values: dict[str, Any] = {
        "pincite": metadata.version("pincite"),
        "settings": dict(settings),
        "files": [_file(path) for path in files],
        "keep_out": [_file(path) for path in keep_out],
        "library": _library(library) if library is not None and sources else None,
        "judges": _judges(library),
        "model": None if model is None else {"name": model.name, "sha256": model.sha256, "adapter": model.adapter},
    }
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    # as it comes back from the manifest, so that the two compare
    return {**json.loads(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _file(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise UsageError(f"Making pairs: there is no file {path}. Give one of .csv, .jsonl or .json.")
    return {"path": str(path), "sha256": sha256_of(path)}


def _judges(library: Path | None) -> dict[str, str]:
    """The hashes of the judges that read the evidence, by language."""
    judges = Judges(library)
    opened = {language: judges.of(language) for language in get_args(Language)}
    return {language: judge.profile.sha256 for language, judge in opened.items() if judge is not None}


def _library(folder: Path) -> dict[str, Any]:
    with Library.open(folder) as library:
        content = "\n".join(info.document_id for info in library.documents())
        feedback = [asdict(each) for each in library.journal.feedback(ALL)]
        manifest = library.manifest.to_json()
    settings = folder / FILE_NAME
    return {
        "folder": str(folder),
        "content": hashlib.sha256(f"{manifest}\n{content}".encode()).hexdigest(),
        "feedback": hashlib.sha256(json.dumps(feedback).encode()).hexdigest(),
        "settings": sha256_of(settings) if settings.is_file() else None,
    }
