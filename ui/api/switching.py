"""Another model for a running service, in a thread of its own; how far that is can be looked at."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from core.errors import LibraryBusy, PinciteError
from finetune.models import switch
from rag.assistant import Assistant
from ui import modelform
from ui.api.errors import UNEXPECTED
from ui.jsonform import Json

log = logging.getLogger(__name__)
State: TypeAlias = Literal["idle", "running", "done", "failed"]
ENDING = 10.0  # seconds that stopping waits for the question at hand
STOPPED = "Pincite was stopped before the model was measured. Switch again."


class ModelSwitch:
    """Switches the assistant's model in a thread of its own, one switch at a time; remembers the last."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._state: Json = {}
        self._set("idle")

    def use(self, name: str, force: bool) -> None:
        """Starts switching to the model of that name. Raises LibraryBusy while another switch is on its way."""
        self._start(lambda: switch.use(self._assistant, name, progress=self._heard, force=force))

    def rollback(self) -> None:
        """Starts switching to the model before. Raises LibraryBusy while another switch is on its way."""
        self._start(lambda: switch.rollback(self._assistant))

    def json(self) -> Json:
        """How far it is, or what came of the last one."""
        return self._state

    def close(self) -> None:
        """Stops a measurement after the question at hand."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(ENDING)

    def _start(self, work: Callable[[], switch.Switch]) -> None:
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                raise LibraryBusy("Switching models: another switch is on its way. Wait until it is through.")
            self._set("running")
            self._thread = threading.Thread(target=self._work, args=(work,), name="switching", daemon=True)
            self._thread.start()

    def _work(self, work: Callable[[], switch.Switch]) -> None:
        try:
            self._set("done", outcome=modelform.switch(work()))
        except PinciteError as error:
            self._set("failed", error=str(error))
        except Exception:
            log.exception("Switching models failed")
            self._set("failed", error=UNEXPECTED)

    def _heard(self, stage: str, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise PinciteError(STOPPED)
        self._set("running", stage=stage, done=done, total=total)

    def _set(self, state: State, **more: Any) -> None:
        nothing = {"stage": "", "done": 0, "total": 0, "outcome": None, "error": None}
        self._state = {"state": state, **nothing, **more}
