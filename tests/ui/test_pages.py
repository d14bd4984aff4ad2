"""The pages in real Chromium, over a real API and a real library, as a person would use them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.ui import browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.find() is None, reason="no Chromium: apt install chromium, or set CHROMIUM to its path"),
]

EXAMPLES = Path(__file__).parents[2] / "examples" / "documents"
ANSWER_MS = 60_000  # two shared cores; nothing here is a measurement


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    library = tmp_path_factory.mktemp("library")
    pincite = [sys.executable, "-m", "ui.cli.main", "--library", str(library)]
    documents = [EXAMPLES / "tw400-manual.pdf", EXAMPLES / "技术服务合同.docx", EXAMPLES / "seal-recall.eml"]
    (library / "pincite.toml").write_text("[answer]\ndraft = false\n")  # quotes alone: no wait for a model
    subprocess.run([*pincite, "add", *map(str, documents)], check=True, capture_output=True)
    with browser.served(library, ends_within_s=30) as pages:
        yield pages


@pytest.fixture
def page(chromium: Browser, address: str) -> Iterator[Page]:
    opened = chromium.new_page(viewport={"width": 1400, "height": 900})
    foreign: list[str] = []
    opened.on("request", lambda request: foreign.append(request.url) if not _local(request.url) else None)
    opened.goto(address)
    expect(opened.get_by_test_id("stChatInput")).to_be_visible(timeout=ANSWER_MS)
    yield opened
    opened.close()
    assert foreign == []


def _local(url: str) -> bool:
    return re.match(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:", url) is not None


def ask(page: Page, question: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")


def upload(page: Page, files: dict[str, bytes]) -> None:
    page.get_by_role("link", name="Documents").click()
    expect(page.get_by_role("textbox", name="Find by name")).to_be_visible(timeout=ANSWER_MS)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files.items()]
    )
    for name in files:
        expect(page.get_by_test_id("stFileUploader").get_by_text(name)).to_be_visible()
    page.get_by_role("button", name="Add", exact=True).click()


def test_a_pincite_shows_the_page_with_the_quote(page: Page) -> None:
    ask(page, "How long must I wait after switching off before opening the controller housing?")
    expect(page.get_by_test_id("stFeedback")).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_text("wait ten minutes before opening").first).to_be_visible()
    page.get_by_role("button", name="tw400-manual.pdf, p. 9").first.click()
    picture = page.get_by_test_id("stImage").locator("img")
    expect(picture).to_be_visible(timeout=ANSWER_MS)
    assert picture.evaluate("image => image.naturalWidth") > 400
    page.get_by_role("button", name="chevron_right").click()
    expect(page.locator(".st-key-source strong", has_text="p. 10")).to_be_visible()
    page.get_by_role("button", name="close").click()
    expect(picture).to_have_count(0)


def test_what_the_documents_do_not_say_is_not_said(page: Page) -> None:
    ask(page, "Who won the football world cup in 1998?")
    expect(page.get_by_text("No answer was found in the documents")).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_text("Nearest passages, which may not answer the question")).to_be_visible()
    page.locator("[class*=st-key-near-]").first.get_by_role("button").click()
    expect(page.locator(".st-key-source")).to_be_visible(timeout=ANSWER_MS)


def test_an_answer_is_copied_with_its_places(page: Page) -> None:
    ask(page, "How long must I wait after switching off before opening the controller housing?")
    expect(page.get_by_test_id("stFeedback")).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("button", name="Copy").click()
    copied = page.get_by_test_id("stCode").inner_text()
    assert "wait ten minutes before opening the controller housing. [1]" in copied
    assert "[1] tw400-manual.pdf, p. 9" in copied


def test_the_pages_begin_in_the_language_and_the_colours_of_the_browser(chromium: Browser, address: str) -> None:
    opened = chromium.new_page(locale="zh-CN", color_scheme="dark")
    opened.goto(address)
    expect(opened.get_by_placeholder("请输入问题")).to_be_visible(timeout=ANSWER_MS)
    colour = opened.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    assert max(map(int, re.findall(r"\d+", colour)[:3])) < 64
    opened.close()


def test_thumbs_and_a_comment_are_kept(page: Page) -> None:
    ask(page, "Which batch of seal kits is recalled?")
    expect(page.get_by_role("button", name=re.compile("seal-recall")).first).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("radio", name="Thumbs up").click()
    page.get_by_role("textbox", name="What was wrong, or good?").fill("just what I needed")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Noted. Thank you.")).to_be_visible()


def test_the_interface_and_the_answer_in_chinese(page: Page) -> None:
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_placeholder("请输入问题")).to_be_visible()
    ask(page, "一般故障工程师多久到达现场？")
    expect(page.get_by_text("两个工作日").first).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("button", name=re.compile("技术服务合同")).first.click()
    expect(page.locator("[data-testid=stMarkdown] span", has_text="两个工作日").first).to_be_visible()


def test_upload_says_what_became_of_each_file_and_removal_asks_first(page: Page) -> None:
    upload(page, {"gate.txt": b"The gate code changes on the first Monday.", "broken.pdf": b"%PDF-1.7\nnothing more"})
    expect(page.get_by_text(re.compile("gate.txt.*added"))).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_text(re.compile("broken.pdf.*failed"))).to_be_visible()
    expect(page.get_by_role("checkbox", name="gate.txt")).to_have_count(1)
    page.locator("label", has_text="gate.txt").click()
    page.get_by_role("button", name="Remove 1 selected").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Removed: gate.txt")).to_be_visible()


def test_an_upload_is_followed_on_when_its_page_was_left(page: Page) -> None:
    upload(page, {"roof.txt": b"The roof is inspected each spring."})
    expect(page.get_by_text(re.compile("^Adding: |roof.txt.*added")).first).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("link", name="Ask").click()
    expect(page.get_by_test_id("stChatInput")).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("link", name="Documents").click()
    expect(page.get_by_text(re.compile("roof.txt.*added"))).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Choose files first, or drop them above.")).to_be_visible(timeout=ANSWER_MS)


def test_marks_in_a_document_stay_text(page: Page) -> None:
    hostile = b"The zebra rule: ![x](http://203.0.113.7/pixel.png) <img src=http://203.0.113.7/a> :red[now] $x$."
    upload(page, {"hostile.txt": hostile})
    expect(page.get_by_text(re.compile("hostile.txt.*added"))).to_be_visible(timeout=ANSWER_MS)
    page.get_by_role("link", name="Ask").click()
    ask(page, "What is the zebra rule?")
    expect(page.get_by_text("![x](http://203.0.113.7/pixel.png)").first).to_be_visible(timeout=ANSWER_MS)


def test_a_question_that_was_not_answered_can_be_asked_again(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "gate.txt").write_text("The gate code changes on the first Monday of each month.")
    library = tmp_path / "library"
    pincite = [sys.executable, "-m", "ui.cli.main", "--library", str(library)]
    subprocess.run([*pincite, "add", "--language", "en", str(tmp_path / "gate.txt")], check=True, capture_output=True)
    (library / "pincite.toml").write_text('[engine]\nmodel = "/nowhere/model.gguf"\n')
    with browser.served(library, ends_within_s=30) as pages:
        opened = chromium.new_page()
        opened.goto(pages)
        expect(opened.get_by_test_id("stChatInput")).to_be_visible(timeout=ANSWER_MS)
        ask(opened, "When does the gate code change?")
        expect(opened.get_by_text("This question was not answered:")).to_be_visible(timeout=ANSWER_MS)
        expect(opened.get_by_text("/nowhere/model.gguf").first).to_be_visible()
        opened.get_by_role("button", name="Ask again").click()
        expect(opened.get_by_text("When does the gate code change?").first).to_be_visible(timeout=ANSWER_MS)
        expect(opened.get_by_text("This question was not answered:")).to_be_visible(timeout=ANSWER_MS)
        opened.close()
