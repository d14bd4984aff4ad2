"""What a run is made with: code, library, models, settings, questions. The same gives the same figures."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from core.settings import read_section, threads
from core.weights import locate, sha256_of
from rag.engines.base import EngineSettings
from rag.evaluation.questions import Question, to_json
from rag.evaluation.subject import Subject
from rag.judge.open import FOLDER
from rag.retrieval.retriever import RetrievalSettings

_ROOMS = ("core", "ingestion", "rag")
"""Where the code stands that an answer depends on."""
_PACKAGES = ("onnxruntime", "faiss-cpu", "llama-cpp-python", "xllamacpp")
"""What computes: encoders and judges, the index, and the engine, which is one of the last two."""


def made_with(
    subject: Subject, questions: Sequence[Question], source: str, depth: int, answers: bool
) -> dict[str, Any]:
    """The manifest of a run. Hashes are SHA-256; the model's is None where no model is asked, or an endpoint is.

    "commit" and "machine" are for people: neither is compared, and manifests made before them have none.
    """
    folder = subject.folder
    status = subject.assistant._library.status()
    engine = read_section(folder, "engine", EngineSettings)
    drafts = answers and subject.settings.draft
    return {
        "code": {"pincite": metadata.version("pincite"), "sha256": code_hash(), "commit": commit()},
        "machine": {"packages": _versions(), "threads": threads()},
        "library": {
            "folder": str(folder),
            "generation": status.generation,
            "documents": status.documents,
            "passages": status.passages,
            "content": _hash(sorted(info.document_id for info in subject.assistant.documents())),
            "made_with": asdict(status.manifest),
        },
        "model": _model(engine) if drafts else None,
        "judge": judge_hash(folder),
        "settings": {
            "answer": asdict(subject.settings),
            "retrieval": asdict(read_section(folder, "retrieval", RetrievalSettings)),
            "depth": depth,
            "answers": answers,
        },
        "questions": {
            "file": source,
            "count": len(questions),
            "sha256": _hash([to_json(question) for question in questions]),
        },
    }


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """What two manifests do not have in common, of what figures depend on, in words."""
    return [name for name, look in _DEPENDS_ON.items() if look(one) != look(other)]


def fingerprint(made: Mapping[str, Any]) -> str:
    """The hash of what figures depend on."""
    return _hash([look(made) for look in _DEPENDS_ON.values()])


_DEPENDS_ON: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "code": lambda made: made["code"]["sha256"],
    "library's content": lambda made: made["library"]["content"],
    "embedder or passage settings": lambda made: made["library"]["made_with"],
    "model": lambda made: made["model"],
    "judge": lambda made: made["judge"],
    "answer or retrieval settings": lambda made: made["settings"],
    "question set": lambda made: made["questions"]["sha256"],
}


@cache
def code_hash() -> str:
    """Of the source files that an answer depends on."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def commit() -> str | None:
    """The git commit of the code, ending in -dirty where files differ from it; None where it is no checkout."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def judge_hash(library: Path) -> str | None:
    """Of the judges that read for a library, its own before those that are shipped; None where there is none.

    Of their profiles, that is: each names the weights that it was measured with.
    """
    folders = (Path(__file__).parents[1] / "judge" / "weights", library / FOLDER)
    profiles = {path.name: path for folder in folders for path in folder.glob("judge-*.json")}
    read = [[name, path.read_text(encoding="utf-8")] for name, path in sorted(profiles.items())]
    return _hash(read) if read else None


def _model(engine: EngineSettings) -> dict[str, Any]:
    adapter = engine.adapter_used and sha256_of(locate(engine.adapter_used))
    model = None if engine.endpoint else sha256_of(locate(engine.model))
    return {**asdict(engine), "sha256": model, "adapter_sha256": adapter}


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
