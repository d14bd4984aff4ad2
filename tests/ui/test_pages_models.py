"""The page of models in real Chromium, over a real API, with models that are really switched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.settings import read_section
from rag.engines.base import EngineSettings
from tests.finetune.models.made import EMBEDDED, stocked
from tests.ui import browser
from tests.ui.test_pages import ANSWER_MS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find() is None, reason="no Chromium: apt install chromium, or set CHROMIUM to its path"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Path:
    return stocked(library, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with browser.served(folder, ends_within_s=60) as pages:
        yield f"{pages}/models"


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1400, "height": 900})
    opened.goto(address)
    expect(opened.get_by_role("table")).to_be_visible(timeout=ANSWER_MS)
    yield opened
    opened.close()


def row(page: Page, name: str) -> list[str]:
    return page.get_by_role("row").filter(has_text=name).get_by_role("cell").all_inner_texts()


def choose(page: Page, name: str) -> None:
    page.get_by_test_id("stSelectbox").locator("input").click()
    page.get_by_role("option", name=name, exact=True).click()
    page.get_by_role("button", name="Use", exact=True).click()


def test_figures_side_by_side_and_curves(page: Page) -> None:
    kept = "1.000 (1.00\u00a0–\u00a01.00)"
    assert row(page, EMBEDDED) == [
        f"{EMBEDDED} in use",
        "98 MB Q4_1",
        kept,
        "",
        "0.000 (0.00\u00a0–\u00a00.00)",
        "",
        kept,
        "4",
    ]
    assert row(page, "broken")[-2:] == ["0.000 (0.00\u00a0–\u00a00.00)", "4"]
    assert row(page, "manuals-adapter") == ["manuals-adapter", "98 MB Q4_1", "", "", "", "", "", ""]
    page.get_by_text("How manuals-adapter was trained").click()
    picture = page.get_by_test_id("stImage").locator("img")
    expect(picture).to_be_visible(timeout=ANSWER_MS)
    assert picture.evaluate("image => image.naturalWidth") == 300
    told = "loss: 1.500 · loss of the hold-out: 1.750 · the file beside what was trained: good"
    expect(page.get_by_text(told, exact=True)).to_be_visible()


def test_one_that_measures_worse_takes_a_second_word_and_there_is_a_way_back(page: Page, folder: Path) -> None:
    choose(page, "broken")
    refused = f"broken measures worse than {EMBEDDED}: draft kept 1.000 → 0.000"
    expect(page.get_by_text(refused)).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("button", name="Use broken all the same").click()
    expect(page.get_by_text("broken phrases the answers now.")).to_be_visible(timeout=ANSWER_MS)
    assert row(page, "broken")[0] == "broken in use"
    assert read_section(folder, "engine", EngineSettings).adapter.endswith("broken.gguf")
    page.get_by_role("button", name=f"Back to {EMBEDDED}").click()
    expect(page.get_by_text(f"{EMBEDDED} phrases the answers now.")).to_be_visible(timeout=ANSWER_MS)
    assert read_section(folder, "engine", EngineSettings).adapter == ""


def test_in_chinese(page: Page) -> None:
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_role("columnheader", name="引用正确")).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_role("button", name="使用", exact=True)).to_be_visible()
