"""One small real library for the tests of the faces, and a way to run the command line in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fpdf import FPDF
from playwright.sync_api import Browser, sync_playwright

from rag.assistant import Assistant
from tests.ui import browser
from ui.cli.main import run

CONTRACT = (
    "Notice\n\nEither party may end this agreement with ninety days' notice.\n\n"
    "Payment\n\nInvoices are paid within fourteen days of receipt.\n"
)
FAQ = (
    "id,title,text,product\n"
    "Q-1,Leak,The seal of the pump was replaced in March.,X200\n"
    "Q-2,Noise,Grease the bearing of the fan every six months.,F10\n"
)
PAGES = ("Safety. Wear gloves when you open the pump.", "Errors. Error E-204 means that the filter is blocked.")


@dataclass(frozen=True)
class Ran:
    """What one command left."""

    status: int
    out: str
    err: str


def write_documents(folder: Path) -> None:
    (folder / "contract.txt").write_text(CONTRACT, encoding="utf-8")
    (folder / "faq.csv").write_text(FAQ, encoding="utf-8")
    (folder / "manual.pdf").write_bytes(pdf_of(*PAGES))


def pdf_of(*pages: str) -> bytes:
    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for text in pages:
        pdf.add_page()
        pdf.multi_cell(0, 8, text)
    return bytes(pdf.output())


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    write_documents(folder)
    return folder


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, documents: Path) -> Path:
    """Three files, four documents, in English; answers are quotes, so that no model is loaded. Not to be changed."""
    folder = tmp_path_factory.mktemp("library")
    with Assistant.open(folder, create=True, language="en") as assistant:
        results = list(assistant.add([documents], collection="house"))
    assert [result.status for result in results] == ["added"] * 3
    (folder / "pincite.toml").write_text("[answer]\ndraft = false\n")
    return folder


@pytest.fixture
def pincite(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command line in this process."""

    def ran(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return ran


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser.find(), args=browser.ARGUMENTS)
        yield opened
        opened.close()
