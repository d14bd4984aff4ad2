"""Uploaded files, added one job after the other in a thread of their own; a job can be looked at while it runs."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from core.errors import PinciteError
from core.types import FileResult
from rag.assistant import Assistant
from ui import jsonform
from ui.api.errors import UNEXPECTED
from ui.api.schemas import JobState

log = logging.getLogger(__name__)

KEPT = 200  # jobs that are through and can still be looked at
ENDING = 10.0  # seconds that stopping waits for the file at hand
STOPPED = "Pincite was stopped before all files were added. Upload the rest again."


@dataclass
class Job:
    """One upload: its files, and what became of them so far; each goes by its name, wherever it is kept."""

    files: Sequence[Path]
    collection: str
    id: str = field(default_factory=lambda: uuid4().hex)
    state: JobState = "waiting"
    files_done: int = 0
    results: list[FileResult] = field(default_factory=list)
    error: str | None = None
    started: float | None = None
    ended: float | None = None

    def json(self) -> jsonform.Json:
        """The job as it stands."""
        begun = self.started or time.monotonic()
        results = list(self.results)
        return {
            "id": self.id,
            "state": self.state,
            "files_total": len(self.files),
            "files_done": self.files_done,
            "passages": sum(result.passages for result in results),
            "seconds": jsonform.seconds((self.ended or time.monotonic()) - begun),
            "results": [{**jsonform.file_result(result), "path": Path(result.path).name} for result in results],
            "error": self.error,
        }


class AddingQueue:
    """Adds uploads in the order they came; SQLite has one writer, so one thread does it all."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="adding", daemon=True)
        self._thread.start()

    def submit(self, files: Sequence[Path], collection: str) -> Job:
        """Puts the files in line and gives the job back at once."""
        job = Job(files, collection)
        self._jobs[job.id] = job
        for old in [key for key, each in self._jobs.items() if each.ended][:-KEPT]:
            del self._jobs[old]
        self._waiting.put(job)
        return job

    def get(self, job_id: str) -> Job | None:
        """The job of that id, while it is remembered."""
        return self._jobs.get(job_id)

    def close(self) -> None:
        """Stops after the file at hand, or in the middle of it when it takes long; what was reported added is."""
        self._stopping.set()
        self._waiting.put(None)
        self._thread.join(ENDING)

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            job.state, job.started = "running", time.monotonic()
            try:
                self._add(job)
                job.state = "done"
            except PinciteError as error:
                job.state, job.error = "failed", str(error)
            except Exception:
                log.exception("Adding uploads failed")
                job.state, job.error = "failed", UNEXPECTED
            job.ended = time.monotonic()

    def _add(self, job: Job) -> None:
        def progress(done: int, total: int) -> None:
            job.files_done = done

        if self._stopping.is_set():
            raise PinciteError(STOPPED)
        for result in self._assistant.add(job.files, collection=job.collection, progress=progress):
            job.results.append(result)
            if self._stopping.is_set():
                raise PinciteError(STOPPED)
        job.files_done = len(job.files)
