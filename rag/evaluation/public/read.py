"""A public set by the name of its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from core.errors import UsageError
from rag.evaluation.public import documents, passages, reading
from rag.evaluation.public.form import PublicSet

FORMS: dict[str, Callable[[Path], PublicSet]] = {
    "beir": passages.beir,
    "contractnli": documents.contractnli,
    "cuad": reading.cuad,
    "financebench": documents.financebench,
    "mtrag": passages.mtrag,
    "rgb": passages.rgb,
    "squad": reading.squad,
    "tatqa": documents.tatqa,
}


def read_public(form: str, path: Path) -> PublicSet:
    """The set in a file, or for BEIR a folder. Raises UsageError for an unknown form and for what is not of it."""
    if form not in FORMS:
        raise UsageError(
            f"Reading a public set: there is no form {form!r}. The forms are {', '.join(FORMS)}; CMRC, DRCD and "
            "ChineseSquad are of the form squad."
        )
    if not path.exists():
        raise UsageError(f"Reading a public set: there is no {path}. Give the file that was downloaded.")
    try:
        found = FORMS[form](path)
    except KeyError as error:
        raise UsageError(f"Reading {path} as {form}: a field {error} is missing. Is it of another form?") from error
    except (ValueError, TypeError, AttributeError, LookupError, OSError, StopIteration) as error:
        why = str(error) or type(error).__name__
        raise UsageError(f"Reading {path} as {form}: {why}. Is it of another form, or damaged?") from error
    if not found.questions:
        raise UsageError(f"Reading {path} as {form}: it holds no question.")
    ids = Counter(question.id for question in found.questions)
    if twice := [key for key, count in ids.items() if count > 1]:
        raise UsageError(f"Reading {path} as {form}: the id {twice[0]!r} stands there twice; ids must be unique.")
    return found
