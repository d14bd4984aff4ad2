"""The libraries that compute figures, loaded when one is computed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from core.errors import MissingDependency


def load(module: str, package: str) -> Any:
    """The module of a package of the extra `evaluation`. Raises MissingDependency."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingDependency(
            f"Evaluating: {package} is not installed. `pip install 'pincite[evaluation]'` installs it."
        ) from error
