"""The pages: run by `pincite up`, or `streamlit run ui/pages/app.py` beside a running API."""

from __future__ import annotations

import streamlit as st

from ui.pages import chat, documents, models
from ui.pages.client import ApiError, status
from ui.pages.plain import plain
from ui.pages.words import LANGUAGES, say

STYLE = """
<style>
  /* Room under the header, and less of it left and right. */
  .block-container { padding: 4.5rem 2.5rem 1rem; }
  [data-testid="stBottomBlockContainer"] { padding: .5rem 2.5rem 1.5rem; }
  /* A quote is the answer: as dark as all text, and at the height of its picture. */
  [data-testid="stMarkdownContainer"] blockquote {
    margin: 0 0 1rem; padding: .35rem .9rem; color: inherit; opacity: 1;
    border-left: 3px solid #d9a400; background: rgba(217, 164, 0, .12);
  }
  [data-testid="stMarkdownContainer"] blockquote p { margin: 0; }
  :is([data-testid="stButton"], [data-testid="stPopover"]) button { min-height: 0; padding: .2rem .6rem; }
  :is([data-testid="stButton"], [data-testid="stPopover"]) button p { font-size: .85rem; }
  [data-testid="stChatMessage"] [data-testid="stVerticalBlock"] { gap: .6rem; }
  /* Streamlit's hints about the Enter key, which are in English only. */
  [data-testid="InputInstructions"] { display: none; }
  /* The place behind a pincite stays in sight while the chat scrolls; in a narrow window it lies over the chat. */
  [data-testid="stColumn"]:has(.st-key-source) {
    position: sticky; top: 4.5rem; align-self: flex-start; max-height: calc(100vh - 12rem); overflow-y: auto;
  }
  .st-key-source [data-testid="stImage"] img { border: 1px solid rgba(128, 128, 128, .4); }
  .st-key-source [data-testid="stElementToolbar"] { display: none; }  /* it lies over the button that closes */
  @media (max-width: 1150px) {
    [data-testid="stColumn"]:has(.st-key-source) {
      position: fixed; top: 3.75rem; right: 0; bottom: 0; z-index: 100; width: min(32rem, 92vw); min-width: 0;
      align-self: stretch; max-height: none; padding: 1rem; background: Canvas;
      box-shadow: -4px 0 16px rgba(0, 0, 0, .25);
    }
  }
</style>
"""


def main() -> None:
    """The frame that all pages share."""
    st.set_page_config(page_title="Pincite", page_icon="🔖", layout="wide")
    st.html(STYLE)
    with st.sidebar:
        chosen = st.radio(
            say("language"),
            list(LANGUAGES),
            index=list(LANGUAGES.values()).index("zh" if (st.context.locale or "").startswith("zh") else "en"),
            horizontal=True,
            key="language_name",
            label_visibility="collapsed",
        )
    st.session_state.language = LANGUAGES[chosen]
    asking = st.Page(chat.show, title=say("chat"), icon=":material/forum:", url_path="ask", default=True)
    listing = st.Page(documents.show, title=say("documents"), icon=":material/folder_open:", url_path="documents")
    st.session_state.documents_page = listing
    choosing = st.Page(models.show, title=say("models"), icon=":material/neurology:", url_path="models")
    page = st.navigation([asking, listing, choosing])
    try:
        st.session_state.library = status()
        page.run()
    except ApiError as error:
        st.error(plain(str(error)))


main()
