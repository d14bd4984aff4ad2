"""The documents: upload with progress and a status a file, the list, removal."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import PurePath

import streamlit as st

from ui.pages import client
from ui.pages.client import ApiError, Json
from ui.pages.plain import plain
from ui.pages.words import say

SHOWN = 50  # documents at a time
POLL_S = 0.4
ENDED = ("done", "failed")
MARKS = {
    "added": ":material/check_circle:",
    "updated": ":material/check_circle:",
    "unchanged": ":material/check_circle:",
    "partial": ":material/warning:",
    "skipped": ":material/do_not_disturb_on:",
    "failed": ":material/error:",
}


def show() -> None:
    """The page."""
    _upload()
    _list()


def _upload() -> None:
    with st.form("upload", clear_on_submit=True):
        files = st.file_uploader(say("upload"), accept_multiple_files=True, help=say("upload_help"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            collection = st.text_input(say("collection"), help=say("collection_help"), max_chars=100)
            sent = st.form_submit_button(say("add"), icon=":material/upload:", type="primary")
    if sent and not files:
        st.warning(say("no_files"))
    elif sent:
        try:
            job = client.upload([(file.name, file.getvalue()) for file in files], collection.strip())
            st.session_state.job = job  # before it is through, so that whoever comes back to the page still sees it
        except ApiError as error:
            st.error(plain(str(error)))
    if st.session_state.get("job"):
        try:
            _result(_follow(st.session_state.job))
        except ApiError as error:  # Pincite was started anew meanwhile, which forgets how far uploads are
            del st.session_state.job
            st.error(plain(str(error)))


def _follow(job: Json) -> Json:
    """Shows the job's progress until it is through; the job as it then is, which the session remembers."""
    if job["state"] in ENDED:
        return job
    bar = st.progress(0.0)
    while job["state"] not in ENDED:
        done, total = job["files_done"], job["files_total"]
        bar.progress(done / total, say("adding", done=done, total=total, passages=job["passages"]))
        time.sleep(POLL_S)
        st.session_state.job = job = client.job(job["id"])
    bar.empty()
    return job


def _result(job: Json) -> None:
    if job["error"]:
        st.error(f"{say('adding_failed')}: {plain(job['error'])}")
    elif all(result["status"] != "failed" for result in job["results"]):
        st.success(say("added", seconds=job["seconds"]))
    with st.container(height=320 if len(job["results"]) > 8 else "content", border=False):
        for result in job["results"]:
            st.markdown(_line(result))


def _line(result: Json) -> str:
    """What became of one file: a mark, its name, its status, and why."""
    mark = MARKS[result["status"]]
    why = "; ".join([*([result["error"]] if result["error"] else []), *result["notes"]])
    said = " · ".join([say(f"status_{result['status']}"), *_extent(result)])
    return f"{mark} **{plain(result['path'])}** {plain(said)}" + (f"  \n{plain(why)}" if why else "")


def _extent(counted: Json) -> list[str]:
    """How many pages and passages, where there are any."""
    pages, passages = counted["pages"] or 0, counted["passages"]
    said = [say("one_page") if pages == 1 else say("pages", count=pages)] if pages else []
    if passages:
        said.append(say("one_passage") if passages == 1 else say("passages_of", count=passages))
    return said


def _list() -> None:
    if removed := st.session_state.pop("removed", None):
        st.success(plain(say("removed", names=", ".join(removed))))
    with st.container(horizontal=True, vertical_alignment="bottom", key="list-head"):
        wanted = st.text_input(say("find"), icon=":material/search:", key="find").strip()
        removal = st.empty()
    offset = st.session_state.setdefault("offset", 0)
    found = client.documents(offset, SHOWN, wanted)
    if offset >= found["total"] and offset:  # the list has become shorter than where we were
        st.session_state.offset = 0
        st.rerun()
    if not found["documents"]:
        st.caption(say("none_match" if wanted else "none"))
        return
    names = [document["name"] for document in found["documents"] if _row(document)]
    _pager(offset, found["total"], len(found["documents"]))
    if removal.button(say("remove", count=len(names)), icon=":material/delete:", disabled=not names):
        st.dialog(say("remove_title"))(_confirm)(names)


def _row(document: Json) -> bool:
    """One document of the list; gives whether it is ticked."""
    title, file = document["metadata"].get("title"), PurePath(document["source"]).name
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-{document['id']}"):
        ticked = st.checkbox(plain(document["name"]), key=f"tick-{document['id']}")
        facts = [title, file if file != document["name"] else "", document["collection"], *_extent(document)]
        st.caption(
            plain(" · ".join(str(fact) for fact in [*facts, *document["notes"], _day(document["added"])] if fact))
        )
    return ticked


def _day(added: str) -> str:
    """The day of an ISO time, where the reader is."""
    behind = timedelta(minutes=st.context.timezone_offset or 0)  # as browsers count: UTC less local time
    return (datetime.fromisoformat(added) - behind).date().isoformat()


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


def _confirm(names: list[str]) -> None:
    st.markdown(say("remove_sure", count=len(names)))
    st.markdown("\n".join(f"- {plain(name)}" for name in names[:10]) + ("\n- …" if len(names) > 10 else ""))
    if st.button(say("remove_yes"), type="primary", key="remove-yes"):
        try:
            st.session_state.removed = client.remove(names)
        except ApiError as error:
            st.error(plain(str(error)))
            return
        st.session_state.pop("job", None)
        st.rerun()
