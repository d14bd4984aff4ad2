"""The models: figures side by side, how each was trained, another one for the answers, and back."""

from __future__ import annotations

import time

import streamlit as st

from ui.pages import client
from ui.pages.client import ApiError, Json
from ui.pages.plain import plain
from ui.pages.words import say

POLL_S = 0.4
FIGURES = ("right", "rightly cited", "wrongly refused", "wrongly answered", "draft kept")
TRAINED = ("pairs", "tokens", "seconds", "loss", "held_loss", "best_held_loss", "parity")
"""Of what is known of a training, what is shown beside its curves."""


def show() -> None:
    """The page."""
    _follow(client.switching())  # one that is on its way, whoever began it
    held = client.models()
    st.markdown(_table(held["models"]))
    st.caption(say("figures_meaning" if any(each["figures"] for each in held["models"]) else "unmeasured"))
    _outcome()
    if held["in_use"] is None:
        st.info(say("endpoint"))
    else:
        _choose(held)
    for each in held["models"]:
        if each["error"]:
            st.warning(plain(each["error"]))
        if each["curves"]:
            _training(each)


def _table(models: list[Json]) -> str:
    """A row a model, as Markdown."""
    heads = [say("model"), say("size"), *(say(f"figure_{name}") for name in FIGURES), say("questions")]
    rows = [heads, [":--", *["--:"] * (len(heads) - 1)], *map(_row, models)]
    if not any(each["figures"] for each in models):
        rows = [row[:2] for row in rows]  # nothing to set side by side yet
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(model: Json) -> list[str]:
    name = plain(model["name"])
    if model["in_use"]:
        name = f"**{name}** :green-badge[{say('in_use')}]"
    size = "" if model["bytes"] is None else f"{model['bytes'] / 1e6:,.0f} MB {plain(model['quantisation'])}"
    questions = f"{model['questions']}{'' if model['comparable'] else ' ≠'}" if model["questions"] else ""
    return [name, size, *(_figure(model["figures"].get(each)) for each in FIGURES), questions]


def _figure(interval: Json | None) -> str:
    if interval is None:
        return ""
    low, high = (f"{interval[end]:.2f}" for end in ("low", "high"))
    return f"{interval['value']:.3f} ({low}\u00a0–\u00a0{high})"  # broken before the bracket, never within


def _choose(held: Json) -> None:
    others = [each["name"] for each in held["models"] if not each["in_use"] and not each["error"]]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.selectbox(say("other_model"), others, key="wanted", disabled=not others)
        if st.button(say("use_model"), help=say("use_help"), type="primary", disabled=not others, key="use-model"):
            _switch(wanted)
        if held["before"] and st.button(say("roll_back", name=plain(held["before"])), key="roll-back"):
            _switch(None)
    refused: str | None = st.session_state.get("refused")
    if (
        refused is not None
        and refused in others
        and st.button(say("use_anyway", name=plain(refused)), key="use-anyway")
    ):
        _switch(refused, force=True)


def _switch(name: str | None, force: bool = False) -> None:
    """Switches to the model of that name, or back for None, and shows the page anew."""
    st.session_state.pop("refused", None)
    try:
        begun = client.roll_back_model() if name is None else client.use_model(name, force)
        st.session_state.switched = through = _follow(begun)
        if name is not None and not (through["outcome"] or {}).get("done"):
            st.session_state.refused = name
    except ApiError as error:
        st.error(plain(str(error)))
        return
    st.rerun()


def _follow(switching: Json) -> Json:
    """Shows how far the switch is until it is through."""
    if switching["state"] != "running":
        return switching
    bar = st.progress(0.0)
    while switching["state"] == "running":
        done, total = switching["done"], switching["total"]
        said = say("switch_measuring", done=done, total=total) if total else say("switching")
        bar.progress(done / total if total else 0.0, said)
        time.sleep(POLL_S)
        switching = client.switching()
    bar.empty()
    return switching


def _outcome() -> None:
    """What came of the last switch, once."""
    through: Json | None = st.session_state.pop("switched", None)
    if through is None:
        return
    outcome = through["outcome"]
    if outcome is None:
        st.error(f"{say('switch_failed')}: {plain(through['error'])}")
    elif outcome["done"]:
        st.success(say("switched", wanted=plain(outcome["wanted"])))
    else:
        losses = ", ".join(_loss(each) for each in outcome["figures"] if each["lost"])
        names = {name: plain(outcome[name]) for name in ("wanted", "before")}
        st.warning(say("not_switched", **names, losses=losses))


def _loss(figure: Json) -> str:
    named = say(f"figure_{figure['figure']}") if figure["figure"] in FIGURES else plain(figure["figure"])
    before, now = ("–" if figure[name] is None else f"{figure[name]:.3f}" for name in ("before", "now"))
    return f"{named} {before} → {now}"


def _training(model: Json) -> None:
    with st.expander(say("training", name=plain(model["name"])), icon=":material/show_chart:"):
        told = [(name, model["training"][name]) for name in TRAINED if name in model["training"]]
        st.caption(" · ".join(f"{say(f'trained_{name}')}: {plain(_spelled(value))}" for name, value in told))
        st.image(client.curves(model["name"]))


def _spelled(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.3f}" if value < 100 and value % 1 else f"{value:,.0f}"
