"""`pincite up` as a process: what it says, and that nothing of it is left."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from core.errors import UsageError
from rag.assistant import Assistant
from ui import launch

PATIENCE = 60  # seconds until a test that hangs says so


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two ports that were free just now."""
    with socket.socket() as one, socket.socket() as other:
        one.bind((launch.HOST, 0))
        other.bind((launch.HOST, 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def up(library: Path, ports: tuple[int, int]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        """Starts it and waits until it has said that it answers."""
        command = [sys.executable, "-m", "ui.cli.main", "--library", str(library), "up"]
        command += ["--api-port", str(ports[0]), "--pages-port", str(ports[1]), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == f"API: http://127.0.0.1:{ports[0]}/docs\n"
        if "--no-pages" not in options:
            assert process.stdout.readline() == f"Pages: http://127.0.0.1:{ports[1]}\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def pages_of(process: subprocess.Popen[str]) -> int:
    """The process id of the pages."""
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(child)


def has_ended(pid: int) -> bool:
    """Whether the process ends while we wait for it."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    ended = bool(waiting.poll(PATIENCE * 1000))
    os.close(descriptor)
    return ended


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_api(up: Callable[..., subprocess.Popen[str]], ports: tuple[int, int], sent: int) -> None:
    process = up("--no-pages")
    assert httpx.get(f"http://127.0.0.1:{ports[0]}/readyz", trust_env=False).json()["ready"] is True
    process.send_signal(sent)
    assert process.communicate(timeout=PATIENCE) == ("", "Stopped.\n")
    assert process.returncode == 0
    assert launch.port_is_free(ports[0])


def test_ctrl_c_ends_both(up: Callable[..., subprocess.Popen[str]], ports: tuple[int, int]) -> None:
    process = up()
    page = httpx.get(f"http://127.0.0.1:{ports[1]}", trust_env=False)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    pages = pages_of(process)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=PATIENCE) == ("", "Stopped.\n")
    assert process.returncode == 0
    assert has_ended(pages)
    assert launch.port_is_free(ports[0]) and launch.port_is_free(ports[1])


def test_when_the_pages_end_the_api_is_ended_with_a_sentence(up: Callable[..., subprocess.Popen[str]]) -> None:
    process = up()
    os.kill(pages_of(process), signal.SIGKILL)
    _, said = process.communicate(timeout=PATIENCE)
    assert said == "pincite: The pages ended with status -9, so the API was ended too.\n"
    assert process.returncode == 1


def test_the_pages_do_not_outlive_a_process_that_was_killed(up: Callable[..., subprocess.Popen[str]]) -> None:
    process = up()
    pages = pages_of(process)
    process.kill()
    assert has_ended(pages)


def test_ports_that_are_taken_are_said_with_the_remedy() -> None:
    with socket.socket() as one, socket.socket() as other, socket.socket() as third:
        for taken in (one, other):
            taken.bind((launch.HOST, 0))
            taken.listen()
        third.bind((launch.HOST, 0))
        first, second, free = (each.getsockname()[1] for each in (one, other, third))
        third.close()
        with pytest.raises(UsageError) as both:
            launch.check_ports(first, second)
        with pytest.raises(UsageError) as pages_only:
            launch.check_ports(free, second)
        launch.check_ports(free, None)
    assert str(both.value) == (
        f"Port {first} and port {second} are taken on this machine: end what runs there, "
        f"or add --api-port {first + 10} --pages-port {second + 10}."
    )
    assert str(pages_only.value) == (
        f"Port {second} is taken on this machine: end what runs there, or add --pages-port {second + 10}."
    )


def test_weights_that_are_missing_are_said_while_the_rest_is_served(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "library"
    shutil.copytree(library, folder)
    (folder / "pincite.toml").write_text("[engine]\nmodel = 'no-such-model'\n")
    said: list[str] = []
    with Assistant.open(folder) as assistant:
        launch.warm(assistant, said.append)
    (sentence,) = said
    assert sentence.startswith("Questions cannot be answered yet: ")
    assert "'no-such-model'" in sentence


def test_one_port_cannot_serve_both() -> None:
    with pytest.raises(UsageError, match=r"cannot share port 8000\. Give --pages-port another number"):
        launch.check_ports(8000, 8000)
