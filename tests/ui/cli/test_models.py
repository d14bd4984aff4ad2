"""`pincite models` from the outside, with and without a running service."""

import json
import shutil
import socket
import threading

import pytest
import uvicorn

from rag.assistant import Assistant
from tests.finetune.models.made import EMBEDDED, QUESTIONS, engine, equip, write_figures, write_tuned
from tests.rag.engines.lora import write_lora
from ui.api.app import create_app
from ui.cli.main import app
from ui.cli.reference import GROUPS
from ui.pages import client

PATIENCE = 60  # seconds until a test that hangs says so


@pytest.fixture(scope="module")
def known(tmp_path_factory, library):
    folder = tmp_path_factory.mktemp("models")
    shutil.copytree(library, folder / "library")
    equip(folder / "library", folder)
    for name, good in ((EMBEDDED, True), ("same", True), ("broken", False)):
        write_figures(folder / "library", name, good)
    return folder / "library"


@pytest.fixture
def own(known, tmp_path):
    shutil.copytree(known, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture(autouse=True)
def nothing_served(monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setattr(client, "ADDRESS", f"http://127.0.0.1:{probe.getsockname()[1]}")


@pytest.fixture
def served(own, monkeypatch):
    """The library's own service, running; gives its assistant."""
    with Assistant.open(own) as assistant, socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(assistant), log_config=None, timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        monkeypatch.setattr(client, "ADDRESS", f"http://127.0.0.1:{listening.getsockname()[1]}")
        yield assistant
        server.should_exit = True
        thread.join(PATIENCE)


def test_the_list(pincite, own):
    write_tuned(own)
    ran = pincite("--library", own, "models")
    assert (ran.status, ran.err) == (0, "")
    _, *lines = [line.split() for line in ran.out.splitlines()]  # the head is of two lines
    assert lines[0][:3] == ["model", "made", "size"]
    assert lines[1] == ["*", EMBEDDED, "embedded", "98.4", "MB", "Q4_1", "1.000", "0.000", "1.000", "4"]
    assert [line[:2] for line in lines[2:4]] == [["answers-135m", "embedded"], ["manuals-adapter", "tuned"]]
    assert lines[5][:2] + lines[5][-2:] == ["broken", "file", "0.000", "4"]
    held = json.loads(pincite("--library", own, "models", "--json").out)
    assert (held["in_use"], held["before"], len(held["models"])) == (EMBEDDED, None, 5)


def test_use_refuses_and_says_so_with_status_1(pincite, own):
    before = (own / "pincite.toml").read_text()
    ran = pincite("--library", own, "models", "use", "broken")
    assert ran.status == 1
    assert ran.out.startswith(f"broken is not used: it measures worse than {EMBEDDED}, draft kept from 1.000 to 0.000.")
    assert (own / "pincite.toml").read_text() == before
    told = json.loads(pincite("--library", own, "models", "use", "broken", "--json").out)
    assert (told["done"], told["served"], told["wanted"]) == (False, False, "broken")


def test_use_and_rollback_without_a_service(pincite, own):
    used = pincite("--library", own, "models", "use", "same")
    assert used.status == 0
    assert used.out.splitlines() == [
        f"same phrases the answers now, in place of {EMBEDDED}, and measures no worse.",
        f"No service of this library answers at {client.ADDRESS}: what is set holds from its next start on.",
    ]
    assert engine(own)[1].endswith("same.gguf")
    back = json.loads(pincite("--library", own, "models", "rollback", "--json").out)
    assert (back["before"], back["wanted"], back["done"], back["served"]) == ("same", EMBEDDED, True, False)
    assert engine(own) == (EMBEDDED, "")
    again = pincite("--library", own, "models", "rollback")
    assert again.status == 2
    assert "no other model was in use before" in again.err


def test_a_running_service_switches_without_a_restart(pincite, own, served):
    assert served.ask(QUESTIONS[1].question).model.adapter is None
    used = pincite("--library", own, "models", "use", "same")
    assert used.status == 0
    assert used.out == f"same phrases the answers now, in place of {EMBEDDED}, and measures no worse.\n"
    assert served.ask(QUESTIONS[1].question).model.adapter == "same"
    refused = json.loads(pincite("--library", own, "models", "use", "broken", "--json").out)
    assert (refused["done"], refused["served"]) == (False, True)
    assert served.ask(QUESTIONS[1].question).model.adapter == "same"
    back = json.loads(pincite("--library", own, "models", "rollback", "--json").out)
    assert (back["wanted"], back["served"]) == (EMBEDDED, True)
    assert served.ask(QUESTIONS[1].question).model.adapter is None
    failed = pincite("--library", own, "models", "rollback")
    assert (failed.status, "no other model was in use" in failed.err) == (1, True)


def test_a_service_of_another_library_is_left_alone(pincite, served, known, tmp_path):
    shutil.copytree(known, tmp_path / "other")
    used = pincite("--library", tmp_path / "other", "models", "use", "same")
    assert "No service of this library answers" in used.out
    assert served.ask(QUESTIONS[1].question).model.adapter is None


def test_questions_of_a_set(pincite, own, tmp_path):
    unknown = pincite("--library", own, "models", "use", "broken", "--set", tmp_path / "none.csv")
    assert (unknown.status, "none.csv" in unknown.err) == (2, True)
    shutil.rmtree(own / "evaluations")
    nothing = pincite("--library", own, "models", "use", "broken")
    assert (nothing.status, "Name some with --set QUESTIONS" in nothing.err) == (2, True)


def test_add(pincite, own, tmp_path):
    write_lora(tmp_path / "style.gguf", 1.0)
    refused = pincite("--library", own, "models", "add", tmp_path / "style.gguf")
    assert (refused.status, "--base MODEL" in refused.err) == (2, True)
    added = pincite("--library", own, "models", "add", tmp_path / "style.gguf", "--base", EMBEDDED)
    assert (added.status, added.out) == (0, "added  style\n")
    unknown = pincite("--library", own, "models", "use", "gpt")
    assert (unknown.status, "there is none of that name" in unknown.err) == (2, True)


def test_fit(pincite, own):
    ran = pincite("--library", own, "models", "fit")
    assert ran.status == 0
    lines = ran.out.splitlines()
    assert lines[1].split()[:3] == ["model", "form", "memory"]
    (embedded,) = [line.split() for line in lines if line.startswith(EMBEDDED)]
    assert embedded[1:3] + embedded[5:9] == ["measured", "Q4_1", "8192", "0.23", "1.71", "176"]
    assert "for a library in English" in lines[-1]
    held = json.loads(pincite("--library", own, "models", "fit", "--json").out)
    assert (held["language"], len(held["models"])) == ("en", 11)
    assert [each["name"] for each in held["models"] if each["here"]] == [EMBEDDED]
    assert held["best"] == next((each["name"] for each in held["models"] if each["fits"]), None)


def test_every_group_of_commands_is_in_the_reference():
    groups = {
        group.name: {each.name for each in group.typer_instance.registered_commands} for group in app.registered_groups
    }
    assert groups == {name: set(commands) for name, commands in GROUPS.items()}
