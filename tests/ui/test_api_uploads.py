"""Names that a browser may send, and where uploaded files end up."""

import io
from pathlib import Path

import pytest

from core.errors import UsageError
from ui.api.uploads import Uploads, safe_name


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("manual.pdf", "manual.pdf"),
        ("技术服务合同.docx", "技术服务合同.docx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\plan.xlsx", "plan.xlsx"),
        ("/", "unnamed"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (".bashrc", "bashrc"),
        ("a\x00b\n.txt", "a_b_.txt"),
        ("evil\u202efdp.exe", "evil_fdp.exe"),
        ("what?.txt ", "what_.txt"),
        ("caf\udce9.txt", "caf_.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("x" * 400 + ".pdf", "x" * 196 + ".pdf"),
        ("合" * 100 + ".pdf", "合" * 65 + ".pdf"),
    ],
)
def test_safe_name(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_keeping_replaces_the_earlier_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    uploads.keep([("a.txt", io.BytesIO(b"one")), ("../b.txt", io.BytesIO(b"two"))])
    kept = uploads.keep([("a.txt", io.BytesIO(b"three"))])
    assert kept == [tmp_path / "uploads" / "a.txt"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "uploads").iterdir()} == {
        "a.txt": b"three",
        "b.txt": b"two",
    }


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("the connection broke")

    with pytest.raises(OSError, match="the connection broke"):
        Uploads(tmp_path).keep([("a.txt", Breaking())])
    assert list((tmp_path / "uploads").iterdir()) == []


def test_two_files_of_one_name_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    files = [("one/readme.txt", io.BytesIO(b"1")), ("two/readme.txt", io.BytesIO(b"2"))]
    with pytest.raises(UsageError, match=r"Two of the uploaded files are called 'readme\.txt'"):
        Uploads(tmp_path).keep(files)
    assert not (tmp_path / "uploads").exists()


def test_forgetting_deletes_only_what_was_uploaded(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    uploads.keep([("a.txt", io.BytesIO(b"one")), ("b.txt", io.BytesIO(b"two"))])
    outside = tmp_path / "library.db"
    outside.touch()
    uploads.forget([str(tmp_path / "uploads" / "a.txt"), str(outside), str(tmp_path / "uploads" / "gone.txt")])
    assert [path.name for path in (tmp_path / "uploads").iterdir()] == ["b.txt"]
    assert outside.exists()
