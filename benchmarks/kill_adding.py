"""Kill a process that is adding, at random instants, and see that nothing is lost and nothing is left half there.

    python benchmarks/kill_adding.py --instants 50 --seed 1

A library holds the first version of a folder. A process adds the second version, in which files are new, changed
and gone, and is killed (SIGKILL) when it has written a number of bytes drawn from all that it writes: drawn from the
time that it takes, most instants would fall where it waits. Each time the library is opened, its database is
checked, everything that was reported done must be there, every document must be wholly old or wholly new, and
finishing the add must give the very library that an undisturbed one gives. The vectors are drawn from the text's
hash: what is tested is storage.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ingestion.passages import PassageSettings  # noqa: E402
from rag.indexing import AddOptions, add  # noqa: E402
from rag.library.manifest import Manifest  # noqa: E402
from rag.library.store import Library  # noqa: E402

WORDS = (
    "pump valve filter pressure the of is opened closed checked replaced every before after week month litre".split()
)
Contents = dict[str, tuple[str, tuple[tuple[int, int, str, bytes], ...]]]


class HashEmbedder:
    """A unit vector drawn from the text's hash."""

    name = "hash"
    sha256 = "5a" * 32
    dimension = 64

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), 64)."""
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """(64,)."""
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
        vector = np.random.default_rng(seed).normal(size=self.dimension).astype(np.float32)
        unit: NDArray[np.float32] = vector / np.linalg.norm(vector)
        return unit


def write_folder(folder: Path, version: int) -> None:
    """35 texts of up to 30 paragraphs and 250 records; version 2 has new, changed, renamed and missing ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(40):
        rng = random.Random(number)
        paragraphs = [" ".join(rng.choices(WORDS, k=60)).capitalize() + "." for _ in range(rng.randint(1, 30))]
        if version == 2 and number % 3 == 0:
            paragraphs[-1] = f"This is version two of {number}."
        path = folder / f"{number:02}.txt"
        path.unlink(missing_ok=True)
        if (version == 1 and number < 35) or (version == 2 and number >= 5):
            path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    if version == 2:
        (folder / "34.txt").rename(folder / "renamed.txt")
    rows = (
        {"id": f"row{row}", "text": f"Row {row} of version {version if row % 7 == 0 else 1}."}
        for row in range(0 if version == 1 else 50, 250)
    )
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def add_all(library: Library, folder: Path) -> list[tuple[str, str]]:
    """Add the folder with --prune: (path, status) of each file."""
    return [(r.path, r.status) for r in add(library, HashEmbedder(), [folder], AddOptions(prune=True))]


def child(library: Path, folder: Path) -> None:
    """What is killed: says when it begins, each result as it comes, and how many bytes it wrote in all."""
    with Library.open(library) as opened:
        print("begun", flush=True)
        for result in add(opened, HashEmbedder(), [folder], AddOptions(prune=True)):
            print(json.dumps([result.path, result.status]), flush=True)
    print(written(os.getpid()), flush=True)


def written(process: int) -> int:
    """The bytes that a process has written so far."""
    fields = dict(line.split(": ") for line in Path(f"/proc/{process}/io").read_text().splitlines())
    return int(fields["wchar"])


def run_child(library: Path, folder: Path, kill_after: int | None) -> tuple[list[tuple[str, str]], int, int]:
    """Start it, kill it when it has written so many bytes more than when it began.

    Returns what it reported, and the bytes that it had written when it began and when it ended of itself.
    """
    command = [sys.executable, str(Path(__file__).resolve()), "--child", str(library), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    begun = written(process.pid)
    if kill_after is not None:
        threading.Thread(target=_kill, args=(process, begun + kill_after)).start()
    lines = process.stdout.read().split("\n")
    process.wait()
    total = int(lines[-2]) if len(lines) > 1 and lines[-2].isdigit() else 0
    # A line that the kill cut short was not reported.
    return [(line[0], line[1]) for line in map(json.loads, filter(_is_whole, lines[:-1]))], begun, total


def _kill(process: subprocess.Popen[str], at: int) -> None:
    with suppress(FileNotFoundError, ProcessLookupError, KeyError):  # it has ended before
        while written(process.pid) < at:
            time.sleep(0.0001)
        os.kill(process.pid, signal.SIGKILL)


def _is_whole(line: str) -> bool:
    return line.startswith("[") and line.endswith("]")


def check_database(library: Path) -> list[str]:
    """What is wrong with the database, looked at without Pincite's own code."""
    connection = sqlite3.connect(library / "library.db")
    ask = connection.execute
    faults = [f"integrity: {row[0]}" for row in ask("PRAGMA integrity_check") if row[0] != "ok"]
    faults += [f"foreign key: {row}" for row in ask("PRAGMA foreign_key_check")]
    counts = "SELECT d.name FROM documents d WHERE d.passages != (SELECT COUNT(*) FROM passages WHERE document = d.id)"
    faults += [f"half a document: {row[0]}" for row in ask(counts)]
    twice = "SELECT document, start FROM passages GROUP BY document, start HAVING COUNT(*) > 1"
    faults += [f"a passage twice: {row}" for row in ask(twice)]
    unindexed = "SELECT id FROM passages EXCEPT SELECT rowid FROM lexicon"
    orphaned = "SELECT rowid FROM lexicon EXCEPT SELECT id FROM passages"
    faults += [f"passage and full text differ: {row[0]}" for query in (unindexed, orphaned) for row in ask(query)]
    try:
        ask("INSERT INTO lexicon (lexicon) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        faults.append(f"full text: {error}")
    connection.close()
    return faults


def contents(library: Library) -> Contents:
    """All that a library says: by document its text and its passages with their vectors."""
    connection = sqlite3.connect(library.folder / "library.db")
    found: Contents = {}
    for row, name, text in connection.execute("SELECT id, name, text FROM documents").fetchall():
        passages = connection.execute(
            "SELECT p.start, p.end, p.text, e.vector FROM passages p JOIN embeddings e ON e.id = p.embedding "
            "WHERE p.document = ? ORDER BY p.ordinal",
            (row,),
        ).fetchall()
        found[name] = (text, tuple(passages))
    connection.close()
    return found


def check_reports(now: Contents, old: Contents, new: Contents, reported: Sequence[tuple[str, str]]) -> list[str]:
    """Every document is wholly old or wholly new, and new where that was reported."""
    faults = [f"{name} is neither old nor new" for name in now if now[name] not in (old.get(name), new.get(name))]
    for path, status in reported:
        name = Path(path).name
        wanted = {row for row in new if row.startswith("row")} if name == "rows.jsonl" else {name}
        if status == "failed" or any(now.get(each) != new.get(each) for each in wanted):
            faults.append(f"{name} was reported {status} and is not so")
    return faults


def check_instant(base: Path, folder: Path, old: Contents, new: Contents, kill_after: int) -> tuple[list[str], int]:
    """Kill one run at that instant: what is wrong afterwards, and how many results had been reported."""
    library = base.parent / "killed"
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(base, library)
    reported, _, _ = run_child(library, folder, kill_after)
    faults = check_database(library)
    with Library.open(library) as opened:
        faults += check_reports(contents(opened), old, new, reported)
        finished = add_all(opened, folder)
        faults += [f"finishing: {path} {status}" for path, status in finished if status in ("failed", "partial")]
        if contents(opened) != new:
            faults.append("finishing the add gives another library than an undisturbed one")
        probe = HashEmbedder().embed_query("probe")
        hits = opened.passages(rowid for rowid, _ in opened.dense(probe, 10_000))
        if len(hits) != sum(len(passages) for _, passages in new.values()):
            faults.append(f"the vector index holds {len(hits)} passages")
    return faults + check_database(library), len(reported)


def main() -> int:
    """0 when every instant passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instants", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=2, type=Path, metavar=("LIBRARY", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        return run(Path(temporary), arguments.instants, arguments.seed)


def run(place: Path, instants: int, seed: int) -> int:
    """Make the two versions, then kill as often as asked."""
    folder, base, whole = place / "documents", place / "base", place / "whole"
    write_folder(folder, 1)
    with Library.create(base, Manifest.made_with(HashEmbedder(), PassageSettings(200, 300), "en")) as library:
        add_all(library, folder)
        old = contents(library)
    write_folder(folder, 2)
    shutil.copytree(base, whole)
    _, begun, total = run_child(whole, folder, None)
    with Library.open(whole) as library:
        new = contents(library)
    rng = random.Random(seed)
    failed = 0
    for number in range(1, instants + 1):
        instant = rng.randrange(total - begun)
        faults, reported = check_instant(base, folder, old, new, instant)
        failed += bool(faults)
        said = "; ".join(faults[:5]) or "sound, finished the same"
        print(f"{number:3}  killed at {instant:9} of {total - begun} bytes, {reported:3} reported: {said}", flush=True)
    print(f"{instants - failed} of {instants} instants sound")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
