import pytest

from core.errors import UsageError
from rag.evaluation.files import check_place, make_folder, write_whole


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "figures.json"
    assert write_whole(path, "before") == path
    write_whole(path, "nach \ud800 her")
    assert path.read_text(encoding="utf-8") == "nach ? her"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_refuses_leaves_what_was_there(tmp_path):
    folder = tmp_path / "report.html"
    folder.mkdir()
    with pytest.raises(UsageError, match=r"Writing .*report\.html: Is a directory\. Check the disk"):
        write_whole(folder, "text")
    assert list(tmp_path.iterdir()) == [folder]
    with pytest.raises(UsageError, match="No such file or directory"):
        write_whole(tmp_path / "absent" / "report.html", "text")


def test_a_place_is_looked_at_before_anything_is_computed(tmp_path):
    check_place(tmp_path / "new.csv")
    with pytest.raises(UsageError, match="there is no folder .*absent"):
        check_place(tmp_path / "absent" / "new.csv")
    with pytest.raises(UsageError, match="that is a folder"):
        check_place(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="Making the folder .*run: Not a directory"):
        make_folder(tmp_path / "file" / "run")
    with pytest.raises(UsageError, match="Making the folder .*file: File exists"):
        make_folder(tmp_path / "file")
