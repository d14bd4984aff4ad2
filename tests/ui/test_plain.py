"""Text of documents as Markdown that shows it and does nothing."""

import pytest

from ui.pages.plain import plain, quoted


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("tw400-manual.pdf", "tw400-manual.pdf"),
        ("![x](http://e.org)", r"\!\[x\]\(http\:\/\/e.org\)"),
        ("www.e.org", r"www\.e.org"),
        ("1. first", r"1\. first"),
        ("- item\n---", "\\- item  \n\\-\\-\\-"),
        ("    four\n\ttab", "\u00a0\u00a0\u00a0\u00a0four  \n\u00a0tab"),
        (":red[x] $y$", r"\:red\[x\] \$y\$"),
    ],
)
def test_marks_lose_their_meaning(text: str, markdown: str) -> None:
    assert plain(text) == markdown


def test_each_line_of_a_quote_is_quoted() -> None:
    assert quoted("a\n*b*") == "> a  \n> \\*b\\*"
