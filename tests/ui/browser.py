"""Finds Chromium for the browser tests; as a script with --install it also installs it where it may.

python tests/ui/browser.py --install
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No connections of its own: these machines may have no network at all.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"]


def find() -> str | None:
    """The path of a Chromium, or None. CHROMIUM names one that is not on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(library: Path, ends_within_s: float) -> Iterator[str]:
    """The address of the pages that `pincite up` serves of a library; at the end Ctrl-C must end it with status 0."""
    api, pages = free_port(), free_port()
    serving = subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "--library", str(library), "up"]
        + ["--api-port", str(api), "--pages-port", str(pages)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
    )  # fmt: skip
    assert serving.stdout
    for line in serving.stdout:  # it prints both addresses once both answer
        if str(pages) in line:
            break
    else:
        raise AssertionError(f"`pincite up` ended with status {serving.wait()}")
    yield f"http://127.0.0.1:{pages}"
    serving.send_signal(signal.SIGINT)
    assert serving.wait(ends_within_s) == 0


def install() -> None:
    """Install Debian's package where that is possible, and otherwise say what is missing."""
    if find():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests")
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", *words], stdout=subprocess.DEVNULL, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            )
    if not find():
        print("No Chromium was found, so the browser tests will be skipped. Install it (apt install chromium), or set "
              "CHROMIUM to its path.", file=sys.stderr)  # fmt: skip


if __name__ == "__main__":
    install()
