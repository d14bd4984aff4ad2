"""The chat: an answer streams in, each sentence with its pincite; a click on one shows the page beside the chat."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from ui.pages import client, source
from ui.pages.client import ApiError, Json
from ui.pages.plain import plain, quoted
from ui.pages.taken import taken
from ui.pages.together import together
from ui.pages.words import say

REMEMBERED = 10  # exchanges; a question leans on the last few
LONGEST = 10_000  # characters of a question that the API takes
NEAREST = 3  # places offered where no answer was found
UNDERSTOOD = "Understood as: "  # how the note begins that says what a follow-up was taken for


def show() -> None:
    """The page."""
    turns: list[Json] = st.session_state.setdefault("turns", [])
    empty = not st.session_state.library["documents"]
    filters = _sidebar(turns)
    st.chat_input(
        say("add_first" if empty else "your_question"),
        max_chars=LONGEST,
        disabled=empty,
        key="question",
        on_submit=_asked,
    )
    if source.is_open():
        left, right = st.columns(2, gap="large")
        with right:
            source.show()
    else:
        left = st.container()
    with left:
        if empty:
            st.markdown(say("empty"))
            st.page_link(st.session_state.documents_page, label=say("to_documents"), icon=":material/folder_open:")
        elif not turns and not {"pending", "failed"} & set(st.session_state):
            st.markdown(say("welcome"))
        for number, turn in enumerate(turns):
            _turn(number, turn)
        if "pending" in st.session_state:
            _ask(st.session_state.pending, turns, filters)
        elif "failed" in st.session_state:
            _failed(*st.session_state.failed)


def _asked() -> None:
    """Keeps the question until it is answered: whatever is clicked meanwhile runs the page anew, and asks again."""
    if question := (st.session_state.question or "").strip():
        st.session_state.pending = question
        st.session_state.pop("failed", None)
        source.close()


def _sidebar(turns: list[Json]) -> Json:
    library = st.session_state.library
    with st.sidebar:
        st.caption(say("figures", documents=library["documents"], passages=library["passages"]))
        collections = [name for name in library["collections"] if name]
        chosen = []
        if collections:
            chosen = st.multiselect(say("look_in"), collections, placeholder=say("all"))
        if st.button(say("new"), icon=":material/add:", disabled=not turns and "pending" not in st.session_state):
            turns.clear()
            st.session_state.pop("pending", None)
            st.session_state.pop("failed", None)
            source.close()
            st.rerun()
    return {"collections": chosen}


def _ask(question: str, turns: list[Json], filters: Json) -> None:
    """Shows the answer as it comes, keeps it, and draws the page anew so that its pincites can be clicked."""
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(plain(question))
    history = [{"question": turn["question"], "answer": turn["answer"]["text"]} for turn in turns[-REMEMBERED:]]
    user = st.session_state.setdefault("user", uuid4().hex)
    with st.chat_message("assistant", avatar=":material/bookmark:"):
        evidence, line = st.container(), st.empty()
        line.caption(say("searching"))
        try:
            for name, data in client.ask(question, history, filters, user):
                if name == "queued" and data["position"]:
                    line.caption(say("queued", **data))
                elif name == "evidence":
                    line.caption(say("phrasing"))
                    with evidence:  # where the answer will stand, which is often these very quotes
                        for place, sentence in enumerate(together(data["sentences"])):
                            _sentence(f"evidence-{len(turns)}-{place}", sentence, disabled=True)
                elif name == "answer":
                    turns.append({"question": question, "answer": data})
        except ApiError as error:
            st.session_state.failed = (question, str(error))
    del st.session_state.pending
    st.rerun()


def _failed(question: str, why: str) -> None:
    """A question that got no answer, which need not be typed again."""
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(plain(question))
    with st.chat_message("assistant", avatar=":material/bookmark:"):
        st.error(f"{say('failed')} {plain(why)}")
        if st.button(say("again"), icon=":material/refresh:", key="again"):
            del st.session_state.failed
            st.session_state.pending = question
            st.rerun()


def _turn(number: int, turn: Json) -> None:
    answer = turn["answer"]
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(plain(turn["question"]))
    with st.chat_message("assistant", avatar=":material/bookmark:"):
        for note in answer["notes"]:
            st.caption(plain(_note(note)))
        if answer["status"] == "not_found":
            _not_found(number, answer)
        for place, sentence in enumerate(together(answer["sentences"])):
            _sentence(f"{number}-{place}", sentence)
        _passages(number, answer)
        _feedback(number, turn)


def _note(note: str) -> str:
    """A note of the answer's, in the reader's language where the words of it are ours to choose."""
    return say("understood", question=note.removeprefix(UNDERSTOOD)) if note.startswith(UNDERSTOOD) else note


def _not_found(number: int, answer: Json) -> None:
    """That there is no answer, and where to look by oneself."""
    near = answer["hits"][:NEAREST]
    st.info(say("not_found" if near else "nothing_near"), icon=":material/search_off:")
    with st.container(horizontal=True):
        for hit in near:
            source.button(f"near-{number}-{hit['rank']}", hit)


def _sentence(key: str, sentence: Json, disabled: bool = False) -> None:
    st.markdown(quoted(sentence["text"]) if sentence["support"] == "verbatim" else plain(sentence["text"]))
    with st.container(horizontal=True):
        for index, citation in enumerate(sentence["citations"]):
            source.button(f"pincite-{key}-{index}", citation, disabled)


def _passages(number: int, answer: Json) -> None:
    found = answer["status"] == "answered"
    label = f"{say('passages' if found else 'nearest')} ({len(answer['hits'])})"
    if not answer["hits"]:
        return
    with st.expander(label, expanded=False):
        for hit in answer["hits"]:
            place = plain(" › ".join(hit["heading"]))
            st.markdown(f"**{place}**\n\n{plain(hit['text'])}" if place else plain(hit["text"]))
            with st.container(horizontal=True):
                source.button(f"hit-{number}-{hit['rank']}", hit)
                if hit["also_in"]:
                    st.caption(plain(say("also_in", names=", ".join(hit["also_in"]))))


def _feedback(number: int, turn: Json) -> None:
    answer = turn["answer"]
    with st.container(horizontal=True, vertical_alignment="center"):
        thumb = st.feedback("thumbs", key=f"thumb-{number}")
        if answer["sentences"]:
            with st.popover(say("copy"), icon=":material/content_copy:"):
                st.code(taken(turn["question"], answer["sentences"], source.named), language=None, wrap_lines=True)
        st.caption(say("timing", **answer["timings"]))
    thumbs = None if thumb is None else "up" if thumb else "down"
    try:
        if thumbs != turn.get("thumbs"):
            client.feedback(answer["answer_id"], thumbs, turn.get("comment", ""))
            turn["thumbs"] = thumbs
        if thumbs and not turn.get("comment"):
            with st.form(f"comment-form-{number}", border=False):
                comment = st.text_input(say("comment"), key=f"comment-{number}", max_chars=4000)
                if st.form_submit_button(say("send")) and comment.strip():
                    client.feedback(answer["answer_id"], thumbs, comment.strip())
                    turn["comment"] = comment.strip()
                    st.rerun()
    except ApiError as error:
        st.error(plain(str(error)))
    if turn.get("comment"):
        st.caption(say("thanks"))
