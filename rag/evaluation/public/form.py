"""What every reader of a public set gives, and what they share."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from rag.evaluation.questions import Question

Json: TypeAlias = dict[str, Any]
T = TypeVar("T")

_LONG = 100
"""Characters of a file's name at most, without its ending."""
_NAMES = ("id", "_id", "uid", "title")
"""Fields that an item is known by."""


@dataclass(frozen=True)
class PublicSet:
    """A public set, read.

    `texts` are documents by the name of the file they become, `records` documents by their ids as (title, text),
    `files` documents as they are. The offsets of a gold span are those of its text in `texts`.
    """

    name: str
    questions: tuple[Question, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    @property
    def language(self) -> str | None:
        """The language of all questions; None where they are of both."""
        found = {question.language for question in self.questions}
        return found.pop() if len(found) == 1 else None


def read_json(path: Path) -> Any:
    """A file's JSON. Raises ValueError."""
    return json.loads(path.read_text(encoding="utf-8-sig"))


def read_lines(path: Path) -> list[Json]:
    """The objects of a JSONL file. Raises Misread naming file and line."""
    return convert_lines(path, lambda row: row)


def convert_lines(path: Path, convert: Callable[[Json], T]) -> list[T]:
    """What `convert` makes of each object of a JSONL file. Raises Misread naming file and line."""
    found: list[T] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1):
        if line.strip():
            with at(f"{path.name}, line", number):
                found.append(convert(json.loads(line)))
    return found


class Misread(ValueError):
    """What is wrong with a set, beginning with where in it."""


@contextmanager
def at(what: str, number: int, item: Any = None) -> Iterator[None]:
    """Whatever goes wrong within is raised as Misread that names the place: the item's number from 1, and its id."""
    name = next((item[key] for key in _NAMES if item.get(key)), None) if isinstance(item, dict) else None
    place = f"{what} {number}" + (f" ({str(name)[:60]!r})" if name is not None else "")
    try:
        yield
    except Misread as error:
        raise Misread(f"{place}, {error}") from error
    except KeyError as error:
        raise Misread(f"{place}: a field {error} is missing") from error
    except json.JSONDecodeError as error:
        raise Misread(f"{place}: it is not JSON ({error})") from error
    except (ValueError, TypeError, AttributeError, LookupError, OSError) as error:
        raise Misread(f"{place}: {error or type(error).__name__}") from error


def file_name(title: str, ending: str = ".txt") -> str:
    """A title as the name of a file; one too long keeps its beginning and is told from others by its hash."""
    name = re.sub(r"[^\w\-]+", "_", title).strip("_")
    if len(name) > _LONG:
        name = f"{name[: _LONG - 9]}-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
    return name + ending


def distinct(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that hold anything, each once."""
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def one_line(text: str) -> str:
    """The text with its line breaks as spaces, every character in its place: one paragraph."""
    return re.sub(r"[\r\n\x0b\x0c\x85\u2028\u2029]", " ", text)


def span(text: str, quote: str, near: int) -> tuple[int, int] | None:
    """Where `quote` stands in `text`, of several places the one nearest to `near`; None where it does not."""
    starts = [found.start() for found in re.finditer(re.escape(quote), text)] if quote else []
    if not starts:
        return None
    start = min(starts, key=lambda at: abs(at - near))
    return start, start + len(quote)


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that overlap as one: several readers marked the same place."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
