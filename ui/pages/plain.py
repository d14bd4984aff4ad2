"""Text from documents and models, made safe to show: it is never Markdown, never HTML, never an address to load."""

from __future__ import annotations

import re

# Markdown gives every ASCII punctuation mark its plain meaning behind a backslash; Streamlit's own marks
# (":red[...]", "$...$") are such marks too. Without this a document could make the browser load a picture.
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """`text` as Markdown that shows exactly `text`; line breaks are kept."""
    return _PUNCTUATION.sub(r"\\\1", text).replace("\n", "  \n")


def quoted(text: str) -> str:
    """`text` as a Markdown block quote that shows exactly `text`."""
    return "\n".join(f"> {line}" for line in plain(text).split("\n"))
