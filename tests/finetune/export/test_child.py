"""A process of llama.cpp's parts ends with the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from finetune.export import child

WAITS = """
import sys, threading
from finetune.export.child import end_with_parent
end_with_parent()
with open(sys.argv[1], "w") as told:
    told.write("here\\n")
    told.flush()
    threading.Event().wait()
"""


def test_what_it_says_and_how_it_ends_is_kept():
    ended = child.run("json.tool", ["/nowhere/at-all.json"])
    assert (ended.returncode, "No such file" in ended.stderr) == (2, True)


def test_a_killed_parent_takes_it_along(tmp_path, monkeypatch):
    (tmp_path / "waits.py").write_text(WAITS)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    script = "import sys; from finetune.export import child; child.run('waits', sys.argv[1:])"
    with subprocess.Popen([sys.executable, "-c", script, str(pipe)]) as parent, pipe.open() as told:
        assert told.readline() == "here\n"
        parent.send_signal(signal.SIGKILL)
        assert told.read() == ""  # comes back when nobody holds the other end any more
