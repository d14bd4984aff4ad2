"""Whether this machine can take Pincite, said before anything long starts: one line for each thing that is missing.

    python ui/preflight.py [--install] [--ports PORT ...]

Runs as a script on any Python 3, before anything is installed, so it imports only the standard library and keeps
to syntax that an old Python reads. Exit status 0 when nothing is missing, 2 otherwise.
"""

import argparse
import os
import shutil
import socket
import sys

DISK_NEEDED_GB = 4.0  # measured: see the README for what the environment takes; the engine's build needs 1 GB beside it
MEMORY_NEEDED_GB = 2.0


def missing(install: bool, ports: "list[int]") -> "list[str]":
    """What is missing, each a sentence with its remedy. `install`: the environment is still to be made."""
    found = [_port(port) for port in ports]
    found.append(_memory())
    if install:
        found += [_python(), _venv(), _disk()]
    return [sentence for sentence in found if sentence]


def _python() -> str:
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        return ""
    met = f"Python {sys.version_info[0]}.{sys.version_info[1]} is too {'old' if sys.version_info < (3, 11) else 'new'}"
    return f"{met}: Pincite needs 3.11, 3.12 or 3.13. Install one, or name it: make run PYTHON=/path/to/python3.12"


def _venv() -> str:
    try:
        import ensurepip
        import venv
    except ImportError:
        return "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"
    del ensurepip, venv
    return ""


def _disk() -> str:
    free = shutil.disk_usage(os.getcwd()).free / 1e9
    if free >= DISK_NEEDED_GB:
        return ""
    need = f"setting up needs {DISK_NEEDED_GB:.0f} GB"
    return f"The disk under {os.getcwd()} has {free:.1f} GB free; {need}. Free some, or clone to another disk."


def _memory() -> str:
    try:
        with open("/proc/meminfo") as file:
            values = {line.split(":")[0]: int(line.split()[1]) for line in file if ":" in line}
    except OSError:
        return ""  # this system keeps no such figure
    free = values.get("MemAvailable", values["MemTotal"]) / 1e6
    if free >= MEMORY_NEEDED_GB:
        return ""
    return f"{free:.1f} GB of memory is free; Pincite needs {MEMORY_NEEDED_GB:.0f} GB. Close other programs first."


def _port(port: int) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            remedy = "End it, or choose others: make run API_PORT=8010 PAGES_PORT=8511"
            return f"Port {port} is taken by another program. {remedy}"
    return ""


def main() -> int:
    """Print what is missing and return the exit status."""
    parser = argparse.ArgumentParser(description="Whether this machine can take Pincite.")
    parser.add_argument("--install", action="store_true", help="the environment is still to be made")
    parser.add_argument("--ports", type=int, nargs="*", default=[], help="ports that must be free")
    arguments = parser.parse_args()
    sentences = missing(arguments.install, arguments.ports)
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 2 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
