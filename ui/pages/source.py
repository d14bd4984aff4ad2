"""The place behind a pincite: the page as a picture with the quote marked, or the text around it."""

from __future__ import annotations

import streamlit as st

from ui.pages import client
from ui.pages.client import ApiError, Json
from ui.pages.plain import plain
from ui.pages.words import say


def button(key: str, place: Json, disabled: bool = False) -> None:
    """A pincite: document and page. A click opens it beside the chat. `place` is a citation or a hit."""
    chosen = st.session_state.get("source_key") == key
    if st.button(
        plain(named(place["document"], place["page"])),
        key=key,
        icon=":material/format_quote:",
        type="primary" if chosen else "secondary",
        disabled=disabled,
    ):
        st.session_state.update(source=place, source_key=key, source_page=place["page"])
        st.rerun()


def is_open() -> bool:
    """Whether a place is shown."""
    return st.session_state.get("source") is not None


def close() -> None:
    """Shows no place any more."""
    st.session_state.update(source=None, source_key=None)


def show() -> None:
    """The place that was clicked last."""
    place: Json = st.session_state.source
    page: int | None = st.session_state.source_page
    picture = around = None
    problem = ""
    try:
        around = client.surroundings(place)
        if page and around["pages"]:
            picture = client.page_picture(place, page)
    except ApiError as error:
        problem = str(error)
    with st.container(key="source"):
        _head(place["document"], page, around["pages"] if picture and around else None)
        if problem:
            st.caption(plain(problem))
        if picture:
            st.image(picture, width="stretch")
        elif around:
            _text(around)


def _head(name: str, page: int | None, pages: int | None) -> None:
    """Name and page, and the buttons; `pages` is None where there is no turning of pages."""
    with st.container(horizontal=True, vertical_alignment="center", key="source-head"):
        st.markdown(f"**{plain(named(name, page))}**", width="stretch")
        if page and pages:
            if st.button("", icon=":material/chevron_left:", help=say("previous"), disabled=page <= 1, key="previous"):
                st.session_state.source_page = page - 1
                st.rerun()
            if st.button("", icon=":material/chevron_right:", help=say("next"), disabled=page >= pages, key="next"):
                st.session_state.source_page = page + 1
                st.rerun()
        if st.button("", icon=":material/close:", help=say("close"), key="close-source"):
            close()
            st.rerun()


def _text(around: Json) -> None:
    marked = "  \n".join(f":yellow-background[{plain(line)}]" for line in around["quote"].split("\n") if line)
    st.markdown(f"{plain(around['before'])}{marked}{plain(around['after'])}")


def named(document: str, page: int | None) -> str:
    """A place in words: document and page, or the document where it has no pages."""
    return f"{document}, {say('page', page=page)}" if page else document
