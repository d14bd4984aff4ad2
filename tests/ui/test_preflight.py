import socket
import sys
from collections import namedtuple

from ui import preflight


def test_a_fit_machine_is_passed_in_silence(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["preflight.py", "--install"])
    assert preflight.main() == 0
    assert capsys.readouterr() == ("", "")


def test_a_taken_port_is_one_line_with_the_remedy(capsys, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(sys, "argv", ["preflight.py", "--ports", str(port)])
        assert preflight.main() == 2
    assert capsys.readouterr().err == (
        f"Port {port} is taken by another program. End it, or choose others: make run API_PORT=8010 PAGES_PORT=8511\n"
    )


def test_an_old_and_a_new_python_are_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    old = "Python 3.9 is too old: Pincite needs 3.11, 3.12 or 3.13. Install one, or name it: make run PYTHON="
    assert preflight.missing(True, [])[0].startswith(old)
    monkeypatch.setattr(sys, "version_info", (3, 14, 0))
    assert "Python 3.14 is too new" in preflight.missing(True, [])[0]
    assert preflight.missing(False, []) == []


def test_a_full_disk_is_named_before_the_install(monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda folder: usage(10**11, 10**11, 10**9))
    assert "has 1.0 GB free; setting up needs 4 GB." in preflight.missing(True, [])[0]
