"""The pages: run by `pincite up`, or `streamlit run ui/pages/app.py` beside a running API."""

from __future__ import annotations

import streamlit as st

from ui.pages import chat, documents
from ui.pages.client import ApiError, status
from ui.pages.words import LANGUAGES, say

STYLE = """
<style>
  .block-container { padding-top: 3rem; }
  blockquote { border-left: 3px solid #d9a400; background: #fff9e6; padding: .35rem .9rem; }
  [data-testid="stButton"] button p { font-size: .85rem; }
</style>
"""


def main() -> None:
    """The frame that both pages share."""
    st.set_page_config(page_title="Pincite", page_icon="🔖", layout="wide")
    st.html(STYLE)
    with st.sidebar:
        chosen = st.radio(
            say("language"), list(LANGUAGES), horizontal=True, key="language_name", label_visibility="collapsed"
        )
    st.session_state.language = LANGUAGES[chosen]
    page = st.navigation(
        [
            st.Page(chat.show, title=say("chat"), icon=":material/forum:", url_path="ask", default=True),
            st.Page(documents.show, title=say("documents"), icon=":material/folder_open:", url_path="documents"),
        ]
    )
    try:
        st.session_state.library = status()
        page.run()
    except ApiError as error:
        st.error(str(error))


main()
