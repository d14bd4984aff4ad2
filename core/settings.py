"""Settings: where things are, and the small dataclasses of each stage read from a library's `pincite.toml`.

Each stage keeps its own dataclass beside its code and reads it with `read_section`. There are no globals, and
nothing happens at import.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from core.errors import SettingsError

T = TypeVar("T")

FILE_NAME = "pincite.toml"


def library_folder(given: Path | None = None) -> Path:
    """The library's folder: the one given, or PINCITE_LIBRARY, or `pincite-library` here."""
    return Path(given or os.environ.get("PINCITE_LIBRARY") or "pincite-library").expanduser()


def offline() -> bool:
    """Whether nothing may be fetched. True unless PINCITE_OFFLINE is 0, and fetching is only ever asked for by name."""
    return os.environ.get("PINCITE_OFFLINE", "1") != "0"


def threads() -> int:
    """Processor threads to compute with: PINCITE_THREADS, or the cores that this process may use."""
    value = os.environ.get("PINCITE_THREADS")
    if value is None:
        return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if not value.isdigit() or int(value) < 1:
        raise SettingsError(f"PINCITE_THREADS is {value!r}; it takes a whole number from 1.")
    return int(value)


def read_section(folder: Path, section: str, settings: type[T]) -> T:
    """The stage's dataclass, filled from [section] of `folder/pincite.toml`; its defaults where that says nothing.

    Raises SettingsError naming the file, the key, the value met and what is valid.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return settings()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get(section, {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"Reading {path}: not valid TOML ({error}). Mend that line, or remove the file.") from error
    if not isinstance(table, dict):
        raise SettingsError(f"Reading {path}: {section!r} is {table!r}; it must be a table, [{section}].")
    hints = get_type_hints(settings)
    valid = [field.name for field in fields(settings)]  # type: ignore[arg-type]
    for key, value in table.items():
        if key not in valid:
            raise SettingsError(f"Reading {path}: [{section}] has no setting {key!r}; valid are {', '.join(valid)}.")
        if not _fits(value, hints[key]):
            raise SettingsError(f"Reading {path}: [{section}] {key} is {value!r}; it takes {_spell(hints[key])}.")
    return settings(**table)


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) in (UnionType, Union):
        return any(_fits(value, part) for part in get_args(hint))
    if get_origin(hint) is dict:
        return isinstance(value, dict) and all(_fits(each, get_args(hint)[1]) for each in value.values())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _spell(hint: Any) -> str:
    if get_origin(hint) in (UnionType, Union):
        return " or ".join(_spell(part) for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is dict:
        return f"a table of names, each with {_spell(get_args(hint)[1])}"
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    return names.get(hint, getattr(hint, "__name__", str(hint)))
