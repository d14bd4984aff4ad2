"""The place behind a pincite: the page as a picture with the quote marked, or the text around it."""

from __future__ import annotations

import streamlit as st

from ui.pages import client
from ui.pages.client import ApiError, Json
from ui.pages.plain import plain
from ui.pages.words import say


def button(key: str, place: Json) -> None:
    """A pincite: document and page. A click opens it beside the chat. `place` is a citation or a hit."""
    page = f", {say('page', page=place['page'])}" if place["page"] else ""
    chosen = st.session_state.get("source_key") == key
    if st.button(
        plain(place["document"] + page),
        key=key,
        icon=":material/format_quote:",
        type="primary" if chosen else "secondary",
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
    place = st.session_state.source
    page = st.session_state.source_page
    with st.container(horizontal=True, vertical_alignment="center", key="source-head"):
        label = f", {say('page', page=page)}" if page else ""
        st.markdown(f"**{plain(place['document'] + label)}**", width="stretch")
        if page:
            if st.button("", icon=":material/chevron_left:", help=say("previous"), disabled=page <= 1, key="previous"):
                st.session_state.source_page -= 1
                st.rerun()
            if st.button("", icon=":material/chevron_right:", help=say("next"), key="next"):
                st.session_state.source_page += 1
                st.rerun()
        if st.button("", icon=":material/close:", help=say("close"), key="close-source"):
            close()
            st.rerun()
    if page:
        try:
            st.image(client.page_picture(place, page), width="stretch")
            return
        except ApiError as error:
            st.caption(plain(str(error)))
    _text(place)


def _text(place: Json) -> None:
    try:
        around = client.surroundings(place)
    except ApiError as error:
        st.error(str(error))
        return
    marked = "  \n".join(f":orange-background[{plain(line)}]" for line in around["quote"].split("\n") if line)
    st.markdown(f"{plain(around['before'])}{marked}{plain(around['after'])}")
