"""`pincite up`: the HTTP API in this process and the Streamlit pages in a child, until Ctrl-C.

Both are bound to loopback. When one of them ends, the other is ended too; and the pages end when this process dies
in whatever way, since they watch a pipe from it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import PinciteError, UsageError
from rag.assistant import Assistant

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
PORTS = {"api": 8000, "pages": 8501}
PAGES = Path(__file__).parent / "pages" / "app.py"
STARTING = 60.0  # seconds that a server may take to answer
ENDING = 10  # seconds that a server may take to end
BETWEEN_LOOKS = 0.1  # seconds

PAGES_OPTIONS = {
    "server.address": HOST,
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "500",  # MB a file; the API takes 512 in one go
    "logger.level": "warning",
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    # Red, Streamlit's own, says that something is wrong. One for each, so that the pages are dark where the system is.
    "theme.light.primaryColor": "#2d6a8f",
    "theme.dark.primaryColor": "#5fa3cc",
}


def up(assistant: Assistant, api_port: int, pages_port: int | None, say: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM. `pages_port` None leaves the pages out; `say` is given a sentence for each
    address, once it answers.

    Raises UsageError for a port that is taken, before anything starts; PinciteError when the pages end by themselves.
    """
    check_ports(api_port, pages_port)
    server = _server(assistant, api_port)
    pages = None if pages_port is None else _start_pages(api_port, pages_port)
    watch = _Watch(server, pages)
    try:
        with _stopped_by_signals(server):
            threading.Thread(target=watch.run, args=(api_port, pages_port, say), name="watch", daemon=True).start()
            threading.Thread(target=warm, args=(assistant, say), name="warm", daemon=True).start()
            server.run()
    finally:
        if pages:
            _end(pages)
    if watch.failure:
        raise PinciteError(watch.failure)


def check_ports(api_port: int, pages_port: int | None) -> None:
    """Raises UsageError naming the ports that are taken, and the remedy."""
    if api_port == pages_port:
        raise UsageError(f"The API and the pages cannot share port {api_port}. Give --pages-port another number.")
    wanted = {"api": api_port} if pages_port is None else {"api": api_port, "pages": pages_port}
    taken = {name: port for name, port in wanted.items() if not port_is_free(port)}
    if taken:
        ports = " and ".join(f"port {port}" for port in taken.values())
        options = " ".join(f"--{name}-port {port + 10}" for name, port in taken.items())
        is_ = "is" if len(taken) == 1 else "are"
        raise UsageError(f"{ports.capitalize()} {is_} taken on this machine: end what runs there, or add {options}.")


def port_is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


class _Watch:
    """Says when the servers answer, and ends the API when the pages have ended."""

    def __init__(self, server: uvicorn.Server, pages: subprocess.Popen[bytes] | None) -> None:
        self._server = server
        self._pages = pages
        self.failure: str | None = None

    def run(self, api_port: int, pages_port: int | None, say: Callable[[str], None]) -> None:
        addresses = [("API", f"http://{HOST}:{api_port}/docs", f"http://{HOST}:{api_port}/healthz")]
        if pages_port is not None:
            health = f"http://{HOST}:{pages_port}/_stcore/health"
            addresses.append(("Pages", f"http://{HOST}:{pages_port}", health))
        deadline = time.monotonic() + STARTING
        for name, address, health in addresses:
            while not _answers(health) and not self._over():
                if time.monotonic() > deadline:
                    self._fail(f"The {name} did not answer within {STARTING:.0f} s. Run `pincite doctor`.")
                time.sleep(BETWEEN_LOOKS)
            if not self._over():
                say(f"{name}: {address}")
        while not self._over():
            time.sleep(BETWEEN_LOOKS)
        if self._pages:
            self._pages.terminate()  # at once, so that no page holds a connection to the API open

    def _over(self) -> bool:
        """Whether either has ended or is to end."""
        if self._pages and self._pages.poll() is not None and not self._server.should_exit:
            self._fail(f"The pages ended with status {self._pages.returncode}, so the API was ended too.")
        return self._server.should_exit

    def _fail(self, sentence: str) -> None:
        self.failure = sentence
        self._server.should_exit = True


def warm(assistant: Assistant, say: Callable[[str], None]) -> None:
    """Beside serving, which does not wait for it; a question that comes first does."""
    try:
        assistant.warm()
    except PinciteError as error:
        say(f"Questions cannot be answered yet: {error}")


def _server(assistant: Assistant, port: int) -> uvicorn.Server:
    import uvicorn

    from ui.api.app import create_app

    app = create_app(assistant)
    return uvicorn.Server(
        uvicorn.Config(
            app, host=HOST, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=ENDING
        )
    )


def _start_pages(api_port: int, pages_port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PINCITE_API": f"http://{HOST}:{api_port}"}
    return subprocess.Popen(
        [sys.executable, "-m", "ui.launch", str(pages_port)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,  # Streamlit's own banner; what goes wrong is on standard error
        start_new_session=True,  # Ctrl-C reaches this process alone, which then ends both in order
    )


def _end(pages: subprocess.Popen[bytes]) -> None:
    pages.terminate()
    try:
        pages.wait(ENDING)
    except subprocess.TimeoutExpired:
        pages.kill()
        pages.wait()


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """uvicorn has handlers of its own while it serves, and sends itself the signal again afterwards; then, and
    before, it is these that see it, so that there is always time to end the pages."""

    def stop(*_: object) -> None:
        server.should_exit = True

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _answers(address: str) -> bool:
    import httpx

    try:
        return httpx.get(address, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _serve_pages(port: str) -> None:
    """What the child does: Streamlit, until it is told to end or the pipe from its parent closes."""
    from streamlit.web.cli import main

    def watch_parent() -> None:
        os.read(0, 1)  # nothing is ever written: this ends when the pipe closes
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch_parent, daemon=True).start()
    options = [f"--{name}={value}" for name, value in {**PAGES_OPTIONS, "server.port": port}.items()]
    main(["run", str(PAGES), *options])


if __name__ == "__main__":
    _serve_pages(sys.argv[1])
