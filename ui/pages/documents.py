"""The documents: upload with progress and a status a file, the list, removal."""

from __future__ import annotations

import time

import streamlit as st

from ui.pages import client
from ui.pages.client import ApiError, Json
from ui.pages.plain import plain
from ui.pages.words import say

SHOWN = 50  # documents at a time
POLL_S = 0.4


def show() -> None:
    """The page."""
    _upload()
    _list()


def _upload() -> None:
    with st.form("upload", clear_on_submit=True):
        files = st.file_uploader(say("upload"), accept_multiple_files=True, help=say("upload_help"))
        collection = st.text_input(say("collection"), help=say("collection_help"), max_chars=100)
        sent = st.form_submit_button(say("add"), icon=":material/upload:", type="primary")
    if sent and files:
        try:
            job = client.upload([(file.name, file.getvalue()) for file in files], collection.strip())
            st.session_state.job = _follow(job)
        except ApiError as error:
            st.error(str(error))
    shown: Json | None = st.session_state.get("job")
    if shown:
        _result(shown)


def _follow(job: Json) -> Json:
    """Shows the job's progress until it is through."""
    bar = st.progress(0.0)
    while job["state"] in ("waiting", "running"):
        done, total = job["files_done"], job["files_total"]
        bar.progress(done / total, say("adding", done=done, total=total, passages=job["passages"]))
        time.sleep(POLL_S)
        job = client.job(job["id"])
    bar.empty()
    return job


def _result(job: Json) -> None:
    if job["error"]:
        st.error(f"{say('adding_failed')}: {job['error']}")
    elif all(result["status"] != "failed" for result in job["results"]):
        st.success(say("added", seconds=job["seconds"]))
    rows = [
        {
            say("file"): result["path"],
            say("status"): say(f"status_{result['status']}"),
            say("pages"): result["pages"],
            say("count"): result["passages"],
            say("reason"): "; ".join([*([result["error"]] if result["error"] else []), *result["notes"]]),
        }
        for result in job["results"]
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")


def _list() -> None:
    wanted = st.text_input(say("find"), icon=":material/search:", key="find").strip()
    offset = st.session_state.setdefault("offset", 0)
    found = client.documents(offset, SHOWN, wanted)
    if offset >= found["total"] and offset:  # the list has become shorter than where we were
        st.session_state.offset = 0
        st.rerun()
    if not found["documents"]:
        st.caption(say("none"))
        return
    rows = [
        {
            say("name"): document["name"],
            say("type"): document["media_type"],
            say("collection"): document["collection"],
            say("pages"): document["pages"],
            say("count"): document["passages"],
            say("added_at"): document["added"][:16].replace("T", " "),
            say("notes"): "; ".join(document["notes"]),
        }
        for document in found["documents"]
    ]
    chosen = st.dataframe(
        rows, hide_index=True, width="stretch", on_select="rerun", selection_mode="multi-row", key="list"
    )
    _pager(offset, found["total"], len(rows))
    names = [found["documents"][row]["name"] for row in chosen["selection"]["rows"] if row < len(rows)]
    if names and st.button(say("remove", count=len(names)), icon=":material/delete:"):
        _confirm(names)
    if removed := st.session_state.pop("removed", None):
        st.success(plain(say("removed", names=", ".join(removed))))


def _pager(offset: int, total: int, shown: int) -> None:
    if total <= SHOWN:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say("shown", first=offset + 1, last=offset + shown, total=total))
        if st.button("", icon=":material/chevron_left:", key="list-previous", disabled=offset == 0):
            st.session_state.offset = max(0, offset - SHOWN)
            st.rerun()
        if st.button("", icon=":material/chevron_right:", key="list-next", disabled=offset + shown >= total):
            st.session_state.offset = offset + SHOWN
            st.rerun()


@st.dialog(" ")
def _confirm(names: list[str]) -> None:
    st.markdown(say("remove_sure", count=len(names)))
    st.markdown("\n".join(f"- {plain(name)}" for name in names[:10]) + ("\n- …" if len(names) > 10 else ""))
    if st.button(say("remove_yes"), type="primary", key="remove-yes"):
        try:
            st.session_state.removed = client.remove(names)
        except ApiError as error:
            st.error(str(error))
            return
        st.session_state.pop("job", None)
        st.rerun()
