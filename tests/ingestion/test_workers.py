import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.errors import DamagedFile, EmptyFile, LimitExceeded
from ingestion.folder import SourceFile, scan
from ingestion.passages import PassageSettings
from ingestion.readers.reading import RecordFields
from ingestion.workers import Finished, Part, ReadingSettings, parse


def written(folder: Path, texts: dict[str, str]) -> list[SourceFile]:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [file for file in scan([folder]) if isinstance(file, SourceFile)]


def pipe(folder: Path, name: str = "pipe.txt") -> SourceFile:
    """A file that hangs whoever opens it."""
    os.mkfifo(folder / name)
    return SourceFile(folder / name, name, folder, 0, 0)


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "ingestion.workers" in " ".join(child.cmdline())]


def test_files_are_read_and_split(tmp_path: Path) -> None:
    record = '{"id": "r1", "title": "Title", "text": "Under it."}\n'
    events = list(parse(written(tmp_path, {"a.txt": "One sentence here.", "b.jsonl": record})))
    parts = {event.file.name: event.documents for event in events if isinstance(event, Part)}
    (text,), (row,) = parts["a.txt"], parts["b.jsonl"]
    assert text.document.text == "One sentence here."
    assert [passage.text for passage in text.passages] == ["One sentence here."]
    assert [(passage.text, passage.heading) for passage in row.passages] == [("Under it.", ("Title",))]
    assert text.passages[0].document_id == text.document.id
    assert len(text.fingerprint) == 32
    finished = {event.file.name: event.error for event in events if isinstance(event, Finished)}
    assert finished == {"a.txt": None, "b.jsonl": None}
    assert children() == []


def test_passage_settings_and_fields_reach_the_child(tmp_path: Path) -> None:
    sentence = "This sentence is about forty letters long. "
    files = written(tmp_path, {"a.txt": sentence * 20, "r.csv": "k,words\nid1,hello there\n"})
    events = list(parse(files, RecordFields(id="k", text="words"), PassageSettings(200, 300)))
    parts = {event.file.name: event.documents for event in events if isinstance(event, Part)}
    assert all(len(passage.text) <= 300 for passage in parts["a.txt"][0].passages)
    assert [parsed.document.name for parsed in parts["r.csv"]] == ["id1"]


def test_many_records_come_in_parts_and_in_order(tmp_path: Path) -> None:
    rows = "".join(f'{{"id": "r{number}", "text": "Record number {number}."}}\n' for number in range(200))
    events = list(parse(written(tmp_path, {"r.jsonl": rows})))
    sizes = [len(event.documents) for event in events if isinstance(event, Part)]
    assert sizes == [64, 64, 64, 8]
    names = [parsed.document.name for event in events if isinstance(event, Part) for parsed in event.documents]
    assert names == [f"r{number}" for number in range(200)]


def test_what_was_read_before_an_error_comes_before_it(tmp_path: Path) -> None:
    (file,) = written(tmp_path, {"empty.txt": ""})
    (event,) = parse([file])
    assert isinstance(event, Finished)
    assert isinstance(event.error, EmptyFile)


def test_a_file_that_hangs_fails_alone(tmp_path: Path) -> None:
    files = [pipe(tmp_path), *written(tmp_path, {"a.txt": "words"})]
    events = list(parse(files, limits=ReadingSettings(seconds=1)))
    finished = {event.file.name: event.error for event in events if isinstance(event, Finished)}
    assert finished["a.txt"] is None
    assert isinstance(finished["pipe.txt"], LimitExceeded)
    assert "no end after 1 s of work" in str(finished["pipe.txt"])
    assert children() == []


def test_a_file_that_keeps_its_reader_busy_fails_alone(tmp_path: Path) -> None:
    files = written(tmp_path, {"a.txt": "words"})
    (tmp_path / "long.txt").write_text("A line of text, and then one more.\n" * 1_500_000)
    long = SourceFile(tmp_path / "long.txt", "long.txt", tmp_path, 0, 0)
    finished = {
        event.file.name: event.error
        for event in parse([*files, long], limits=ReadingSettings(seconds=4))
        if isinstance(event, Finished)
    }
    assert finished["a.txt"] is None
    assert "no end after 4 s of work" in str(finished["long.txt"])


def test_a_file_that_eats_the_memory_fails_alone(tmp_path: Path) -> None:
    files = written(tmp_path, {"a.txt": "words", "long.txt": "A short line.\n" * 4_000_000})
    events = list(parse(files, limits=ReadingSettings(60, memory_mb=250)))
    finished = {event.file.name: event.error for event in events if isinstance(event, Finished)}
    assert finished["a.txt"] is None
    assert isinstance(finished["long.txt"], LimitExceeded)


def test_a_crash_fails_alone(tmp_path: Path) -> None:
    def files() -> Iterator[SourceFile]:
        yield pipe(tmp_path)
        crash.start()
        yield from written(tmp_path, {"a.txt": "words"})

    def break_the_first_child() -> None:
        while not (found := children()):
            time.sleep(0.01)
        found[0].send_signal(signal.SIGSEGV)

    crash = threading.Thread(target=break_the_first_child)
    finished = {event.file.name: event.error for event in parse(files()) if isinstance(event, Finished)}
    crash.join()
    assert isinstance(finished["pipe.txt"], DamagedFile)
    assert "its reader crashed (SIGSEGV)" in str(finished["pipe.txt"])
    assert finished["a.txt"] is None


def test_ending_early_leaves_no_child(tmp_path: Path) -> None:
    files = written(tmp_path, {f"{number}.txt": f"Text number {number}." for number in range(9)})
    events = parse([*files, pipe(tmp_path)])
    next(events)
    assert len(children()) >= 1
    events.close()
    assert children() == []


def test_ctrl_c_ends_it_and_its_children(tmp_path: Path) -> None:
    pipe(tmp_path)
    script = (
        "from pathlib import Path; from ingestion.workers import *; from ingestion.folder import SourceFile\n"
        f"folder = Path({str(tmp_path)!r}); print('begun', flush=True)\n"
        "list(parse([SourceFile(folder / 'pipe.txt', 'pipe.txt', folder, 0, 0)]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    while not (reading := psutil.Process(process.pid).children()):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate(timeout=20)[1]
    # A child that was still starting finds its connection closed and ends by itself.
    assert psutil.wait_procs(reading, timeout=20)[1] == []


def test_an_abandoned_iterator_leaves_no_child(tmp_path: Path) -> None:
    next(parse(written(tmp_path, {"a.txt": "One.", "b.txt": "Two."})))
    gc.collect()
    assert children() == []


def test_no_files_start_no_child() -> None:
    assert list(parse([])) == []
