"""What is made when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """What is made when it is first needed, by one thread."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._lock = threading.Lock()

    def get(self) -> T:
        """What was made, made now if it was not."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def replace(self, made: T) -> T | None:
        """Puts `made` in its place and gives what was made before."""
        with self._lock:
            before, self._made = self._made, made
            return before

    def forget(self) -> T | None:
        """Gives what was made, which will be made anew."""
        with self._lock:
            made, self._made = self._made, None
            return made
