"""What a person reads."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from core.types import Answer, Citation, Hit, Passage, Sentence, Timings
from rag.library.rows import DocumentInfo
from ui.cli import render
from ui.cli.terminal import printable

TIMINGS = Timings(0.1, 0.5, 2.34, 100, 20)
FIRST = Citation("contract.docx", "c", None, 10, 40, "Notice is  thirty\ndays.")
SECOND = Citation("手册.pdf", "m", 4, 0, 8, "通知期为三十天。")


def shown(what: RenderableType, width: int = 80, color: bool = False) -> str:
    file = io.StringIO()
    colours = {"force_terminal": True, "color_system": "standard"} if color else {}
    Console(file=file, width=width, highlight=False, **colours).print(what)
    return file.getvalue()


def answered(*sentences: Sentence) -> Answer:
    return Answer("?", "answered", sentences, (), TIMINGS, None)


def test_an_answer_has_numbered_pincites_each_once() -> None:
    answer = answered(
        Sentence("Notice is thirty days.", "supported", (FIRST,)),
        Sentence("通知期为三十天。", "verbatim", (SECOND, FIRST)),
    )
    assert shown(render.answer(answer)) == (
        "Notice is thirty days. [1]\n"
        "    [1] contract.docx\n"
        "    “Notice is thirty days.”\n"
        "通知期为三十天。 [2] [1]\n"
        "    [2] 手册.pdf, page 4\n"
        "\n"
        "2.3 s · quoted, no model asked\n"
    )


def test_a_narrow_terminal_cuts_no_wide_character() -> None:
    lines = shown(
        render.answer(answered(Sentence("通知期为三十天。" * 5, "verbatim", (SECOND,)))), width=21
    ).splitlines()
    assert lines[0] == "通知期为三十天。通知"
    assert "".join(lines[:4]).startswith("通知期为三十天。" * 4)
    assert max(map(cell_len, lines)) <= 21


def test_not_found_says_so_and_labels_the_nearest() -> None:
    hit = Hit(Passage("d", 0, 5, "Pumps\nand  valves.", 2, ("1 Scope",)), "manual.pdf", "application/pdf", 0.5)
    answer = Answer("?", "not_found", (), (hit,), TIMINGS, None)
    assert shown(render.answer(answer)) == (
        "No answer was found in the documents.\n"
        "\n"
        "The nearest passages, which may not answer the question:\n"
        "\n"
        " 1. manual.pdf, page 2  0.500\n"
        "    1 Scope\n"
        "    Pumps and valves.\n"
    )


def test_a_long_passage_is_shown_by_its_beginning() -> None:
    hit = Hit(Passage("d", 0, 5, "word " * 200), "a.txt", "text/plain", 0.5)
    assert shown(render.hits([hit]), width=1000) == f" 1. a.txt  0.500\n    {'word ' * 63}word …\n"


def test_colour_only_where_it_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = answered(Sentence("Yes.", "supported", (FIRST,)))
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[36m[1] \x1b[0m" in shown(render.answer(answer), color=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[36m" not in shown(render.answer(answer), color=True)


def test_nothing_in_a_document_steers_the_terminal() -> None:
    nasty = Citation("\x1b[31mred\x07\u202e.txt", "d", None, 0, 1, "\x1b]0;title\x07")
    text = shown(render.answer(answered(Sentence("a\x1b[2Jb", "supported", (nasty,)))), color=False)
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    assert "a\\u001b[2Jb" in text


def test_printable_leaves_text_alone() -> None:
    assert printable("naïve 合同\u3000\u200d\xa0\n\ttab") == "naïve 合同\u3000\u200d\xa0\n\ttab"


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (98_000_000, "98.0 MB"), (10**16, "10000.0 TB")],
)
def test_size(amount: int, said: str) -> None:
    assert render.size(amount) == said


def test_documents_fold_long_names_and_keep_the_figures() -> None:
    name = "a-very-long-name-of-a-document-about-pumps.pdf"
    info = DocumentInfo(name, "d", "application/pdf", 12, 340, "manuals", "/x", "2026-01-31T10", False, ())
    wide = shown(render.documents([info], 100), width=100).splitlines()
    assert wide[1].split() == [name, "12", "340", "2026-01-31", "manuals"]
    narrow = shown(render.documents([info], 40), width=40).splitlines()
    assert narrow[0].split() == ["document", "pages", "passages"]
    assert narrow[1].split()[1:] == ["12", "340"]
    assert "".join(line.split()[0] for line in narrow[1:]) == name
