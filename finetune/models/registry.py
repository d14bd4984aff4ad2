"""What language models a library can answer with, and which it does.

LIBRARY/models holds a folder a tuned model, as `pincite tune` leaves it, and GGUF files laid there; its registry.json
names those that lie elsewhere and keeps which models were in use before. Which one is in use is said by [engine] in
LIBRARY/pincite.toml and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from core.errors import ModelUnloadable, UsageError, WeightsMissing
from core.settings import read_section
from core.weights import KNOWN, locate, sha256_of
from finetune.models.header import Header, misfit, read_header
from rag.engines.base import EngineSettings
from rag.evaluation.files import make_folder, write_whole

Kind: TypeAlias = Literal["embedded", "tuned", "file"]
FOLDER = "models"
_REGISTRY = "registry.json"
_HASHES = "hashes.json"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Model:
    """One that answers could be phrased with.

    `model` and `adapter` are what [engine] takes: known names or paths. `kind` is "embedded" for what comes with
    Pincite, "tuned" for what was made here, `run` then being its folder, and "file" for all others.
    """

    name: str
    kind: Kind
    model: str
    adapter: str | None = None
    run: Path | None = None

    @property
    def bytes(self) -> int:
        """The size of its files. Raises WeightsMissing."""
        return sum(locate(each).stat().st_size for each in (self.model, self.adapter) if each)

    @property
    def header(self) -> Header:
        """What its file says; of a model with an adapter, the model's. Raises WeightsMissing, ModelUnloadable."""
        return read_header(locate(self.model))

    @property
    def curves(self) -> Path | None:
        """The picture of its training's loss, where there is one."""
        path = self.run / "training" / "curves.svg" if self.run else None
        return path if path and path.is_file() else None

    @property
    def training(self) -> Mapping[str, Any]:
        """Single figures of how it was made, and under "parity" whether its file says what was trained, as its run's
        manifest has them; empty for a model that was not made here."""
        if self.run is None:
            return {}
        manifest = read_json(self.run / _MANIFEST)
        form = Path(self.adapter or self.model).stem.rpartition("-")[2]
        parity = manifest.get("parity", {}).get("files", {}).get(form)
        figures = manifest.get("train", {}).get("figures", {})
        return {**figures, "parity": parity} if parity else figures


def models(library: Path) -> list[Model]:
    """Every model there is: the embedded, those made here, those added; and the one in use, whatever it is.

    Names are unique: of two files of one name the later goes by FOLDER/NAME.
    """
    found: dict[str, Model] = {}
    for each in (*_embedded(), *_laid(library / FOLDER), *_added(library)):
        if not any(_same(each, other.model, other.adapter) for other in found.values()):
            name = next(name for name in _names(each) if name not in found)
            found[name] = Model(name, each.kind, each.model, each.adapter, each.run)
    engine = read_section(library, "engine", EngineSettings)
    if not engine.endpoint and not any(_same(each, engine.model, engine.adapter_used) for each in found.values()):
        name = Path(engine.adapter_used or engine.model).stem
        name = name if name not in found else f"{name} of pincite.toml"
        found[name] = Model(name, "file", engine.model, engine.adapter_used)
    return list(found.values())


def in_use(library: Path) -> Model | None:
    """The model that phrases the library's answers; None where an endpoint does."""
    engine = read_section(library, "engine", EngineSettings)
    if engine.endpoint:
        return None
    return next(each for each in models(library) if _same(each, engine.model, engine.adapter_used))


def name_of(library: Path, model: str, adapter: str | None) -> str:
    """The name of what [engine] calls so; its file's where it is among the models no more."""
    there = (each.name for each in models(library) if _same(each, model, adapter))
    return next(there, Path(adapter or model).stem)


def named(library: Path, name: str) -> Model:
    """The model of that name. Raises UsageError naming those there are."""
    there = {each.name: each for each in models(library)}
    if name not in there:
        raise UsageError(
            f"Looking for the model {name!r}: there is none of that name. There are {', '.join(there)}. "
            "`pincite models add PATH` adds one."
        )
    return there[name]


def add(library: Path, path: Path, base: str | None = None) -> list[Model]:
    """Puts a GGUF file, or the folder of a tuned model, among the library's models; it stays where it is.

    `base` is the model that an adapter belongs to, as [engine] takes it. Gives the models that came of it. Raises
    UsageError for what is neither, for an adapter without its base or of another one, and for what is there already;
    WeightsMissing for a base that is not there; ModelUnloadable for a file that is no GGUF.
    """
    path = path.expanduser().resolve()
    if path.suffix == ".gguf" and path.is_file():
        read_header(path)
    if base is not None:
        base = base if base in KNOWN else str(locate(base).resolve())
    found = list(_of_path(path, base))
    if not found:
        raise UsageError(
            f"Adding {path}: it is no GGUF file and no folder of a tuned model with files under gguf/. "
            "Give one of these; `pincite tune RECIPE` makes such a folder."
        )
    for each in found:
        _check_base(each)
    before = models(library)
    if all(any(_same(each, other.model, other.adapter) for other in before) for each in found):
        raise UsageError(f"Adding {path}: it is among the models already. `pincite models` lists them.")
    held = _registry(library)
    held["added"].append({"path": str(path), "base": base})
    write_json(library / FOLDER / _REGISTRY, held)
    return [each for each in models(library) if any(_same(each, new.model, new.adapter) for new in found)]


def before(library: Path) -> list[tuple[str, str | None]]:
    """The models that were in use before, the latest last, as (model, adapter)."""
    return [(each["model"], each["adapter"]) for each in _registry(library)["before"]]


def remember_before(library: Path, used: list[tuple[str, str | None]]) -> None:
    """Writes what `before` gives."""
    held = _registry(library)
    held["before"] = [{"model": model, "adapter": adapter} for model, adapter in used]
    write_json(library / FOLDER / _REGISTRY, held)


def sha256(library: Path, name: str) -> str:
    """The SHA-256 of a model's or an adapter's file, remembered for as long as it is not changed.

    Raises WeightsMissing.
    """
    if name in KNOWN:
        return KNOWN[name].sha256
    path = locate(name).resolve()
    stat = path.stat()
    state = [stat.st_size, stat.st_mtime_ns]
    hashes = read_json(library / FOLDER / _HASHES)
    if hashes.get(str(path), [None])[:2] != state:
        hashes = {**hashes, str(path): [*state, sha256_of(path)]}
        write_json(library / FOLDER / _HASHES, hashes)
    return str(hashes[str(path)][2])


def _embedded() -> Iterator[Model]:
    """Those of the known weights that are language models or adapters for the default one, as far as they are here."""
    default = EngineSettings()
    for name, known in KNOWN.items():
        if not known.member.endswith(".gguf"):
            continue
        try:
            header = read_header(locate(name))
        except WeightsMissing:
            continue
        yield Model(name, "embedded", default.model, name) if header.is_adapter else Model(name, "embedded", name)


def _laid(folder: Path) -> Iterator[Model]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        yield from _of_path(path, None, strict=False)


def _added(library: Path) -> Iterator[Model]:
    for each in _registry(library)["added"]:
        path = Path(each["path"])
        if path.exists():  # a file that was moved away is no model until it is back
            yield from _of_path(path, each["base"], strict=False)


def _of_path(path: Path, base: str | None, strict: bool = True) -> Iterator[Model]:
    """The models of a file or a run's folder; an adapter without a base is an error only where it is `strict`."""
    if path.is_dir():
        base = base or _base(path)
        for file in sorted((path / "gguf").glob("*.gguf")):
            if not file.name.startswith(".") and (base or not _is_adapter(file)):
                yield _of_file(file, base, "tuned", path)
    elif path.suffix == ".gguf" and path.is_file() and not path.name.startswith("."):
        if base or not _is_adapter(path):
            yield _of_file(path, base, "file", None)
        elif strict:
            raise UsageError(
                f"Adding {path}: it is an adapter, which answers only together with its model. "
                "Name that with --base MODEL."
            )


def _of_file(file: Path, base: str | None, kind: Kind, run: Path | None) -> Model:
    if base and _is_adapter(file):
        return Model(file.stem, kind, base, str(file), run)
    return Model(file.stem, kind, str(file), None, run)


def _check_base(model: Model) -> None:
    """Raises UsageError for an adapter that was trained on another model than the one it is to belong to."""
    if model.adapter is None:
        return
    wrong = misfit(read_header(locate(model.adapter)), read_header(locate(model.model)))
    if wrong:
        raise UsageError(
            f"Adding {model.adapter}: it is an adapter of another model than {model.model}: {wrong}. "
            "Name the model that it was trained on with --base MODEL."
        )


def _is_adapter(file: Path) -> bool:
    """A damaged file counts as a model, which a list shows with what is wrong with it."""
    try:
        return read_header(file).is_adapter
    except ModelUnloadable:
        return False


def _names(model: Model) -> Iterator[str]:
    """What it may go by: the file's name, with its folder's where that is taken, the whole path where that is too."""
    path = Path(model.adapter or model.model)
    yield from (model.name, f"{path.parent.name}/{model.name}", str(path))


def _base(run: Path) -> str | None:
    """The model that the run's adapter belongs to, where it is one that can be run."""
    manifest = read_json(run / _MANIFEST)
    base = manifest.get("train", {}).get("base") or manifest.get("merge", {}).get("inputs", {}).get("base")
    return base if base in KNOWN or (base and base.endswith(".gguf") and Path(base).is_file()) else None


def _same(model: Model, other: str, adapter: str | None) -> bool:
    return _file(model.model) == _file(other) and _file(model.adapter) == _file(adapter)


def _file(name: str | None) -> Path | None:
    """Where it lies, so that two spellings of one file are the same; a missing file is told by its name."""
    if not name:
        return None
    try:
        return locate(name).resolve()
    except WeightsMissing:
        return Path(name)


def _registry(library: Path) -> dict[str, Any]:
    return {"added": [], "before": [], **read_json(library / FOLDER / _REGISTRY)}


def read_json(path: Path) -> dict[str, Any]:
    """The file's table; an empty one where there is no file. Raises UsageError for one that is damaged."""
    if not path.is_file():
        return {}
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"Reading {path}: it is no JSON ({error}). Mend it, or remove it.") from error
    return values


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Whole or not at all. Raises UsageError."""
    make_folder(path.parent)
    write_whole(path, json.dumps(values, ensure_ascii=False, indent=1) + "\n")
