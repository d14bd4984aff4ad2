"""Pairs for training in one folder: train.jsonl, held.jsonl, and a manifest that says what they came of.

A run that was broken off, in whatever stage, goes on where it stopped; one that has nothing new to do does nothing.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.weights import sha256_of
from finetune.pairs import contrast
from finetune.pairs.approved import approved
from finetune.pairs.asked import read_squad, shelved
from finetune.pairs.draft import Found, passages
from finetune.pairs.forms import FromFile, read_file
from finetune.pairs.inputs import inputs_of
from finetune.pairs.memo import Memo
from finetune.pairs.pair import Pair, made
from finetune.pairs.rules import drafts as by_rules
from finetune.pairs.settings import PairSettings
from finetune.pairs.shelf import Count, opened
from finetune.pairs.sifting import KeptOut, sifted, without_doubts
from finetune.pairs.stages import MANIFEST, Made, Progress, Run, mixed, settle, written_out
from finetune.pairs.written import written
from ingestion.tokens import language
from rag.engines.base import Generator
from rag.evaluation.public.form import PublicSet

_WORK = ".work"


@dataclass(frozen=True)
class _Build(Run):
    """One run from files and a library."""

    count: Count
    kept_out: KeptOut


def make(
    settings: PairSettings,
    library: Path | None,
    out: Path,
    count: Count,
    model: Generator | None = None,
    progress: Progress | None = None,
) -> Mapping[str, Any]:
    """Makes the pairs and gives their manifest; what is done already, from the same inputs, is not done again.

    `library` is the folder that `sources` are of; `count` gives the tokens of a text by the model that is to be
    trained; `model` writes questions where one is given. `progress` is called with (done, in all) in each stage.
    Raises UsageError naming file and line for what cannot be read or written, and where no pair was made.
    """
    inputs = inputs_of(_plain(settings), settings.files, settings.keep_out, library, settings.sources, model)
    if (done := finished(out)) is not None and done["inputs"] == inputs:
        return done
    kept_out = KeptOut(settings.keep_out)
    read = [_read(path, settings.form) for path in settings.files]  # what is wrong with them is said now
    work = out / _WORK
    (out / MANIFEST).unlink(missing_ok=True)
    found = Made([], Counter())
    with Memo(work / f"settled-{inputs['sha256'][:12]}.jsonl") as memo:
        run = _Build(settings, out, memo, progress, count, kept_out)
        for path, each in zip(settings.files, read, strict=True):
            _of_file(run, path, each, found)
        if library is not None and settings.sources:
            _of_library(run, library, model, found)
    kept = sifted(found.pairs, found.left_out, kept_out)
    if not kept:
        raise UsageError(f"Making pairs: none came of it{_why(found.left_out)}. {_REMEDY}")
    manifest = written_out(run, kept, inputs, found.left_out)
    shutil.rmtree(work)
    return manifest


_REMEDY = "Give other files, add documents with `pincite add`, or name another source with --from."


def _why(left_out: Mapping[str, int]) -> str:
    reasons = "; ".join(f"{count} left out, {reason}" for reason, count in left_out.items() if count)
    return f" ({reasons})" if reasons else ""


def finished(out: Path) -> Mapping[str, Any] | None:
    """The manifest of a folder whose files are what it says; None where there is none, or they are not."""
    try:
        manifest: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        if all(sha256_of(out / name) == digest for name, digest in manifest["outputs"].items()):
            return manifest
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _plain(settings: PairSettings) -> dict[str, Any]:
    values = asdict(settings)
    return {name: value for name, value in values.items() if name not in ("files", "keep_out")}


def _read(path: Path, form: str | None) -> FromFile | PublicSet:
    """The pairs of a file; of SQuAD's form its questions, whose evidence is still to be found. Raises UsageError."""
    read = read_file(path, form)
    return read_squad(path) if read.form == "squad" else read


def _of_file(run: _Build, path: Path, read: FromFile | PublicSet, found: Made) -> None:
    if isinstance(read, FromFile):
        found.left_out += read.left_out
        found.pairs += read.pairs
        return
    folder = run.out / _WORK / f"{path.stem}-{sha256_of(path)[:12]}"
    with shelved(read, folder, run.count, str(path), run.progress) as (shelf, drafts):
        settle(run, shelf, mixed(run, drafts), found)


def _of_library(run: _Build, folder: Path, model: Generator | None, found: Made) -> None:
    with opened(folder, run.count) as shelf:
        held = list(passages(shelf.library))
        if "passages" in run.settings.sources:
            drafts = list(by_rules(held, str(folder)))
            if model is not None:
                # a model writes for hours where there are many passages
                most = min(len(held), run.settings.most or len(held))
                chosen = random.Random(run.settings.seed).sample(held, most)
                with Memo(run.out / _WORK / "written.jsonl") as memo:
                    drafts += written(chosen, str(folder), model, memo, found.left_out, run.progress)
            drafts = without_doubts(drafts, found.left_out, run.kept_out)
            texts = [one.hit.passage.indexed_text for one in held]
            settle(run, shelf, mixed(run, drafts, contrast.codes_in(texts)), found)
        if "approved" in run.settings.sources:
            groups = _Groups(held)
            found.pairs += approved(shelf, shelf.library.journal, str(folder), found.left_out, groups.of)
        if "text" in run.settings.sources:
            found.pairs += [_text(one, str(folder)) for one in held if one.hit.passage.text.strip()]


def _text(one: Found, source: str) -> Pair:
    text = one.hit.passage.indexed_text
    return made("", text, kind="text", document=one.group, source=source, language=language(text))


class _Groups:
    """What splits go by for a place in a library."""

    def __init__(self, found: Sequence[Found]) -> None:
        self._found = found

    def of(self, document: str, start: int) -> str:
        """The group of the passage that holds the character; the document itself where none does."""
        for one in self._found:
            passage = one.hit.passage
            if one.hit.document == document and passage.start <= start < passage.end:
                return one.group
        return document
