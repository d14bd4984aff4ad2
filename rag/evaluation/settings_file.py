"""Values set in a library's pincite.toml, every other line kept as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from core.errors import SettingsError
from core.settings import FILE_NAME
from rag.evaluation.files import write_whole

Value: TypeAlias = float | int | Mapping[str, float]
"""A number, or a number for each of several names."""

_SECTION = re.compile(r"\s*\[")


def write_settings(folder: Path, values: Mapping[tuple[str, str], Value]) -> Path:
    """Sets `values[section, name]` in the folder's pincite.toml, which is made where there is none, and gives its path.

    Comments and all other settings stay. Whole or not at all. Raises SettingsError where the file is laid out in a way
    that no line can be set in, as with dotted names, and leaves it alone; UsageError where it cannot be written.
    """
    path = folder / FILE_NAME
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = before.removesuffix("\n").split("\n") if before else []
    for (section, name), value in values.items():
        _set(lines, section, name, value)
    text = "\n".join(lines) + "\n"
    _check(path, before, text, values)
    return write_whole(path, text)


def spelled(value: Value) -> str:
    """The value as it stands in the file."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {number}" for name, number in value.items()) + "}"
    return f"{value}"  # formatted, since text says by its format that it stands between quotation marks


def _set(lines: list[str], section: str, name: str, value: Value) -> None:
    told = spelled(value)
    head = re.compile(rf"\s*\[\s*{re.escape(section)}\s*\]\s*(#.*)?$")
    start = next((at for at, line in enumerate(lines) if head.match(line)), None)
    if start is None:
        lines += [*([""] if lines else []), f"[{section}]", f"{name} = {told}"]
        return
    end = next((at for at in range(start + 1, len(lines)) if _SECTION.match(lines[at])), len(lines))
    setting = re.compile(rf"(\s*{re.escape(name)}\s*=\s*)[^#]*?(\s*#.*)?$")
    for at in range(start + 1, end):
        if found := setting.match(lines[at]):
            lines[at] = f"{found[1]}{told}{found[2] or ''}"
            return
    lines.insert(start + 1, f"{name} = {told}")


def _check(path: Path, before: str, after: str, values: Mapping[tuple[str, str], Value]) -> None:
    """Raises SettingsError unless `after` says what `before` said, with the values set."""
    try:
        wanted = tomllib.loads(before)
        for (section, name), value in values.items():
            wanted.setdefault(section, {})[name] = value
        kept = tomllib.loads(after) == wanted
    except (tomllib.TOMLDecodeError, TypeError, AttributeError):
        kept = False
    if not kept:
        told = "; ".join(f"[{section}] {name} = {spelled(value)}" for (section, name), value in values.items())
        raise SettingsError(f"Writing {path}: its layout does not let lines be set. Set them by hand: {told}.")
