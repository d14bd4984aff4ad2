import os
import socket
import subprocess
from pathlib import Path

import pytest

from ingestion.folder import Refused, SourceFile, printable, scan


def write(path: Path, text: str = "words") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def names(*paths: Path) -> list[str]:
    return [found.name for found in scan(paths) if isinstance(found, SourceFile)]


def refusals(*paths: Path) -> dict[str, tuple[str, str]]:
    return {Path(f.path).name: (f.status, f.reason) for f in scan(paths) if isinstance(f, Refused)}


def test_files_come_sorted_and_named_from_what_was_added(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.txt", "c/d.txt"):
        write(tmp_path / name)
    assert names(tmp_path) == ["a/b/c.txt", "a/z.txt", "b.txt", "c/d.txt"]
    assert names(tmp_path / "a") == ["b/c.txt", "z.txt"]
    assert names(tmp_path / "a" / "z.txt") == ["z.txt"]


def test_a_file_says_what_is_needed_to_tell_whether_it_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "four")
    os.utime(path, ns=(5, 7))
    assert list(scan([tmp_path])) == [SourceFile(path.resolve(), "a.txt", tmp_path.resolve(), 4, 7)]


def test_overlapping_paths_give_a_file_once(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b.txt")
    assert names(tmp_path, tmp_path / "a", tmp_path / "a" / "b.txt") == ["a/b.txt"]


def test_hidden_files_lock_files_and_libraries_are_left_out(tmp_path: Path) -> None:
    for name in (".git/config", ".hidden.txt", "~$letter.docx", "lib/library.db", "lib/manifest.json", "real.txt"):
        write(tmp_path / name)
    assert names(tmp_path) == ["real.txt"]
    assert refusals(tmp_path) == {}
    assert refusals(tmp_path / "lib")["lib"][1].startswith("This folder is a library itself")


def test_a_hidden_file_that_is_asked_for_by_name_is_taken(tmp_path: Path) -> None:
    assert names(write(tmp_path / ".notes.txt")) == [".notes.txt"]


def test_links_are_refused_inside_and_followed_when_given(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "secret.txt")
    folder = tmp_path / "folder"
    write(folder / "real.txt")
    (folder / "out.txt").symlink_to(outside)
    (folder / "outdir").symlink_to(outside.parent)
    (folder / "inner.txt").symlink_to(folder / "real.txt")
    (folder / "round").symlink_to(folder / "round")
    (folder / "self").symlink_to(folder)
    (folder / "broken").symlink_to(folder / "gone")
    assert names(folder) == ["real.txt"]
    found = refusals(folder)
    assert {name: status for name, (status, _) in found.items()} == {
        "out.txt": "failed",
        "outdir": "failed",
        "inner.txt": "skipped",
        "round": "failed",
        "self": "skipped",
        "broken": "failed",
    }
    assert str(outside) in found["out.txt"][1]
    assert names(folder / "out.txt") == ["secret.txt"]


def test_special_files_are_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    try:
        assert refusals(tmp_path) == {
            "pipe": ("skipped", "This is a named pipe, not a file with content."),
            "s": ("skipped", "This is a socket, not a file with content."),
        }
        assert refusals(Path("/dev/null")) == {"null": ("skipped", "This is a device, not a file with content.")}
    finally:
        server.close()


def test_hostile_names_are_refused_and_do_not_stop_the_rest(tmp_path: Path) -> None:
    hostile = [b"line\nbreak.txt", b"not\xffutf8.txt", "cod\u202etxt.exe".encode(), b"tab\there.txt"]
    for name in hostile:
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"x")
    long = write(tmp_path / ("n" * 251 + ".txt"))
    write(tmp_path / "עברית.txt")
    write(tmp_path / "合同.txt")
    assert names(tmp_path) == sorted([long.name, "עברית.txt", "合同.txt"])
    found = [f for f in scan([tmp_path]) if isinstance(f, Refused)]
    assert len(found) == 4
    for refused in found:
        assert refused.path.isprintable()
        refused.path.encode("utf-8")
        assert refused.reason.endswith("Rename it.")


def test_a_missing_path_is_said(tmp_path: Path) -> None:
    assert refusals(tmp_path / "none.txt") == {
        "none.txt": ("failed", "There is no such file or folder. Check the path.")
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(tmp_path: Path) -> None:
    write(tmp_path / "closed" / "a.txt")
    secret = write(tmp_path / "secret.txt")
    secret.chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        assert set(refusals(tmp_path)) == {"closed", "secret.txt"}
    finally:
        (tmp_path / "closed").chmod(0o755)


def test_folders_deeper_than_recursion_goes(tmp_path: Path) -> None:
    top = deep = tmp_path / "d"
    for _ in range(1050):
        deep.mkdir()
        deep = deep / "d"
    write(deep.parent / "a.txt")
    assert len(names(tmp_path)) == 1
    subprocess.run(["rm", "-rf", top], check=True)  # pytest's own clean-up recurses


def test_printable_escapes_what_a_terminal_trips_over() -> None:
    assert printable("a\nb\udcff\u202e合") == "a\\nb\\udcff\\u202e合"
