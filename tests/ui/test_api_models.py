"""Models over the HTTP API: what there is, switching, rolling back, curves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from rag.assistant import Assistant
from tests.finetune.models.made import CURVES, EMBEDDED, stocked
from ui.api import models, switching
from ui.api.app import create_app

ORIGIN = "http://127.0.0.1:8000"
QUESTION = "What does error E-204 mean?"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, library: Path) -> Path:
    """The small library with four models, three of them measured."""
    return stocked(library, tmp_path_factory.mktemp("models"))


@pytest.fixture
def folder(known: Path, tmp_path: Path) -> Path:
    shutil.copytree(known, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with Assistant.open(folder) as assistant, TestClient(create_app(assistant), base_url=ORIGIN) as client:
        yield client


def through(client: TestClient, path: str, **body: object) -> dict[str, object]:
    """Starts a switch and waits for its end."""
    begun = client.post(f"/api/models/{path}", json=body) if body else client.post(f"/api/models/{path}")
    assert begun.status_code == 202
    models.SwitchingOut.model_validate(begun.json())
    thread = client.app.state.switching._thread
    thread.join(120)
    ended = client.get("/api/models/switch").json()
    models.SwitchingOut.model_validate(ended)
    return ended


def test_what_there_is(client: TestClient) -> None:
    held = client.get("/api/models").json()
    models.ModelsOut.model_validate(held)
    assert (held["in_use"], held["before"]) == (EMBEDDED, None)
    there = {each["name"]: each for each in held["models"]}
    assert {name: each["kind"] for name, each in there.items()} == {
        EMBEDDED: "embedded", "answers-135m": "embedded", "manuals-adapter": "tuned", "same": "file", "broken": "file",
    }  # fmt: skip
    embedded = there[EMBEDDED]
    assert (embedded["bytes"], embedded["quantisation"], embedded["context"]) == (98_362_432, "Q4_1", 8192)
    assert embedded["figures"]["draft kept"] == {"value": 1.0, "low": 1.0, "high": 1.0, "count": 4}
    assert (there["broken"]["figures"]["draft kept"]["value"], there["broken"]["comparable"]) == (0.0, True)
    tuned = there["manuals-adapter"]
    assert tuned["training"] == {"loss": 1.5, "held_loss": 1.75, "parity": "good"}
    assert (tuned["figures"], tuned["questions"], tuned["measured"], tuned["curves"]) == ({}, 0, None, True)


def test_one_that_measures_worse_is_refused_unless_forced(client: TestClient) -> None:
    refused = through(client, "use", name="broken")
    assert (refused["state"], refused["outcome"]["done"]) == ("done", False)
    assert refused["outcome"]["sentence"].startswith("broken is not used: it measures worse than smollm2-135m-instruct")
    lost = [each for each in refused["outcome"]["figures"] if each["lost"]]
    assert lost == [{"figure": "draft kept", "before": 1.0, "now": 0.0, "lost": True}]
    assert client.get("/api/models").json()["in_use"] == EMBEDDED
    forced = through(client, "use", name="broken", force=True)
    assert forced["outcome"]["done"]
    assert client.post("/api/ask", json={"question": QUESTION}).json()["model"]["adapter"] == "broken"
    held = client.get("/api/models").json()
    assert (held["in_use"], held["before"]) == ("broken", EMBEDDED)
    assert through(client, "rollback")["outcome"]["wanted"] == EMBEDDED
    assert client.post("/api/ask", json={"question": QUESTION}).json()["model"]["adapter"] is None


def test_what_fails_is_said_and_changes_nothing(client: TestClient, folder: Path) -> None:
    failed = through(client, "rollback")
    assert (failed["state"], failed["outcome"]) == ("failed", None)
    assert failed["error"].startswith("Rolling back: no other model was in use before smollm2-135m-instruct.")
    (folder / "models" / "damaged.gguf").write_bytes(b"GGUF and no more")
    assert "damaged.gguf" in through(client, "use", name="damaged", force=True)["error"]
    held = client.get("/api/models").json()
    assert held["in_use"] == EMBEDDED
    (damaged,) = [each for each in held["models"] if each["name"] == "damaged"]
    assert (damaged["bytes"], "no whole GGUF file" in damaged["error"]) == (None, True)


def test_a_name_that_is_none(client: TestClient) -> None:
    refused = client.post("/api/models/use", json={"name": "gpt"})
    assert (refused.status_code, refused.json()["error"]["kind"]) == (400, "usage_error")
    assert client.get("/api/models/switch").json()["state"] == "idle"


def test_curves(client: TestClient) -> None:
    drawn = client.get("/api/models/curves", params={"name": "manuals-adapter"})
    assert (drawn.text, drawn.headers["content-type"]) == (CURVES, "image/svg+xml")
    assert drawn.headers["content-security-policy"].endswith("sandbox")
    none = client.get("/api/models/curves", params={"name": "same"})
    assert (none.status_code, "so there are none" in none.json()["error"]["message"]) == (400, True)


def test_one_switch_at_a_time_and_stopping_ends_it(folder: Path) -> None:
    with Assistant.open(folder) as assistant:
        switches = switching.ModelSwitch(assistant)

        def work() -> None:
            assert switches._stopping.wait(60)  # what close() sets
            switches._heard("measuring", 1, 4)

        switches._start(work)
        with pytest.raises(switching.LibraryBusy, match="another switch is on its way"):
            switches.rollback()
        switches.close()
    assert switches.json()["error"] == switching.STOPPED


def test_pages_of_other_sites_cannot_switch(client: TestClient) -> None:
    foreign = client.post("/api/models/rollback", headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
