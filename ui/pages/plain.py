"""Text from documents and models, made safe to show: it is never Markdown, never HTML, never an address to load."""

from __future__ import annotations

import re

# Markdown gives every ASCII punctuation mark its plain meaning behind a backslash; Streamlit's own marks
# (":red[...]", "$...$") are such marks too. Without this a document could make the browser load a picture.
# A dot or a hyphen within a word means nothing, and is left alone: tick boxes are read aloud as they are written.
_WITHIN_A_WORD = r"(?<=\w)(?<!www)[-.](?=\w)"
_PUNCTUATION = re.compile(rf"(?!{_WITHIN_A_WORD})([!-/:-@\[-`{{-~])")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)  # four spaces would make it code


def plain(text: str) -> str:
    """`text` as Markdown that shows exactly `text`; line breaks and indents are kept."""
    indented = _INDENT.sub(lambda spaces: "\N{NO-BREAK SPACE}" * len(spaces[0]), text)
    return _PUNCTUATION.sub(r"\\\1", indented).replace("\n", "  \n")


def quoted(text: str) -> str:
    """`text` as a Markdown block quote that shows exactly `text`."""
    return "\n".join(f"> {line}" for line in plain(text).split("\n"))
