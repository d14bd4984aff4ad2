"""Another model for the answers, while questions are answered, and back."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import ModelUnloadable, SettingsError, UsageError
from finetune.models import registry, switch
from rag.assistant import Assistant
from rag.engines.base import EngineSettings, Generation
from rag.library.store import Library
from tests.finetune.models.made import (
    EMBEDDED,
    QUESTIONS,
    QUOTES,
    SETTINGS,
    engine,
    make_library,
    phrasing,
    write_figures,
)

PATIENCE = 120  # seconds until a test that hangs says so
QUESTION = QUESTIONS[1].question


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_library(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def known(made, tmp_path_factory):
    """The library with all three models measured, as if they phrased so."""
    library = tmp_path_factory.mktemp("known") / "library"
    shutil.copytree(made, library)
    for name, good in ((EMBEDDED, True), ("same", True), ("broken", False)):
        write_figures(library, name, good)
    return library


@pytest.fixture
def library(known, tmp_path):
    shutil.copytree(known, tmp_path / "library")
    return tmp_path / "library"


def path_of(library, name):
    return registry.named(library, name).adapter


def test_a_model_that_breaks_drafts_is_found_out_by_asking_it(made, tmp_path):
    shutil.copytree(made, tmp_path / "library")
    heard = []
    with Assistant.open(tmp_path / "library") as assistant:
        outcome = switch.use(assistant, "broken", progress=lambda *said: heard.append(said))
        assert assistant.ask(QUESTION).model.adapter is None
    assert not outcome.done
    # of the four drafts of the untuned model one may be made of a quote beside the point, which is not shown
    assert outcome.sentence in {
        f"broken is not used: it measures worse than {EMBEDDED}, draft kept from {kept} to 0.000. "
        "`pincite models use broken --force` uses it all the same."
        for kept in ("1.000", "0.750")
    }
    assert heard[3:5] == [(f"measuring {EMBEDDED}", 4, 4), ("measuring broken", 1, 4)]
    assert len(heard) == 8
    assert (tmp_path / "library" / "pincite.toml").read_text() == SETTINGS


def test_one_that_is_no_worse_is_used_at_once_and_from_the_next_start_on(library):
    with Assistant.open(library) as assistant:
        before = assistant.ask(QUESTION)
        outcome = switch.use(assistant, "same")
        after = assistant.ask(QUESTION)
    assert outcome.sentence == f"same phrases the answers now, in place of {EMBEDDED}, and measures no worse."
    assert (before.model.adapter, after.model.adapter) == (None, "same")
    assert after.text == before.text
    assert engine(library) == (EMBEDDED, path_of(library, "same"))
    text = (library / "pincite.toml").read_text()
    assert text.startswith("# ours\n[engine]\n") and "context = 1024\nthreads = 1\n" in text
    with Assistant.open(library) as assistant:
        assert assistant.ask(QUESTION).model.adapter == "same"


def test_force_and_back(library):
    with Assistant.open(library) as assistant:
        assert switch.previous(library) is None
        with pytest.raises(UsageError, match=f"no other model was in use before {EMBEDDED}"):
            switch.rollback(assistant)
        assert not switch.use(assistant, "broken").done
        assert switch.use(assistant, "broken", force=True).sentence == (
            f"broken phrases the answers now, in place of {EMBEDDED}."
        )
        assert switch.use(assistant, "broken").sentence == "broken is in use already."
        assert switch.use(assistant, "same", force=True).done
        assert switch.previous(library) == "broken"
        assert switch.rollback(assistant).wanted == "broken"
        assert switch.rollback(assistant).wanted == EMBEDDED
        assert assistant.ask(QUESTION).model.adapter is None
        assert switch.previous(library) is None
    assert engine(library) == (EMBEDDED, "")


def test_a_better_one_than_a_broken_one_is_used_unforced(library):
    with Assistant.open(library) as assistant:
        switch.use(assistant, "broken", force=True)
        assert switch.use(assistant, EMBEDDED).done
    assert engine(library) == (EMBEDDED, "")


def test_a_file_that_cannot_be_opened_changes_nothing(library, tmp_path):
    (library / "models" / "damaged.gguf").write_bytes(b"GGUF and no more")
    before = (library / "pincite.toml").read_text()
    with Assistant(Library.open(library), phrasing(good=True)) as assistant:
        with pytest.raises(ModelUnloadable, match=r"damaged\.gguf"):
            switch.use(assistant, "damaged", force=True)
        assert assistant.ask(QUESTION).model.name == "scripted"
    assert (library / "pincite.toml").read_text() == before
    assert switch.previous(library) is None


def test_settings_that_cannot_be_written_leave_the_model_as_it_was(library):
    dotted = 'engine.adapter = ""\nengine.context = 1024\nengine.threads = 1\nanswer.answer_tokens = 32\n'
    (library / "pincite.toml").write_text(dotted)
    with Assistant.open(library) as assistant:
        with pytest.raises(SettingsError, match="its layout does not let lines be set"):
            switch.use(assistant, "same", force=True)
        assert assistant.ask(QUESTION).model.adapter is None
    assert (library / "pincite.toml").read_text() == dotted
    assert switch.previous(library) is None


def test_an_endpoint_is_not_replaced(library):
    (library / "pincite.toml").write_text('[engine]\nendpoint = "http://127.0.0.1:9/v1"\nendpoint_model = "m"\n')
    refused = pytest.raises(UsageError, match="an endpoint answers for this library. Remove `endpoint`")
    with Assistant(Library.open(library), phrasing(good=True)) as assistant, refused:
        switch.use(assistant, "same", force=True)


def test_what_is_being_answered_is_ended_by_the_model_before(library):
    held = phrasing(good=True)
    going_on = threading.Event()
    begun = threading.Event()

    def stream(messages, max_tokens, temperature=0.0, stop=(), seed=None):
        def generate(tally):
            begun.set()
            yield QUOTES["error"]
            assert going_on.wait(PATIENCE)
            tally.output_tokens, tally.finish = 1, "stop"

        return Generation(generate, stop)

    held.stream = stream
    with Assistant(Library.open(library), held) as assistant, ThreadPoolExecutor(2) as threads:
        answer = threads.submit(assistant.ask, QUESTION)
        assert begun.wait(PATIENCE)
        switched = threads.submit(assistant.use_model, EngineSettings(context=1024, threads=1))
        line = assistant._queue
        with line._changed:  # the new model is opened before it stands in line
            assert line._changed.wait_for(lambda: line.waiting == 1, PATIENCE)
        assert not held.closed
        going_on.set()
        assert answer.result(PATIENCE).model.name == "scripted"
        switched.result(PATIENCE)
        assert held.closed
        assert assistant.ask(QUESTION).model.name == EMBEDDED
        assert assistant.status().model == EMBEDDED
