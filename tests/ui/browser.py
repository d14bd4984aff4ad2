"""Finds Chromium for the browser tests; as a script with --install it also installs it where it may.

python tests/ui/browser.py --install
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No connections of its own: these machines may have no network at all.
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"]


def find() -> str | None:
    """The path of a Chromium, or None. CHROMIUM names one that is not on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


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
