"""A small library with two adapters for the embedded model, one that changes nothing and one that breaks it."""

import json
import shutil
from pathlib import Path

from core.settings import read_section
from finetune.models import registry
from finetune.models.measured import measured_model, questions_of
from rag.assistant import Assistant
from rag.engines.base import EngineSettings
from rag.evaluation.questions import Question, QuestionSet, write_questions
from rag.library.store import Library
from tests.rag.engines.lora import write_lora
from tests.rag.engines.scripted import ScriptedGenerator
from tests.ui.conftest import write_documents

EMBEDDED, TUNED = "smollm2-135m-instruct", "answers-135m"
# The untuned model drafts here, well on these quotes in the order of words and similarity; a judge's may change.
SETTINGS = (
    '# ours\n[engine]\nadapter = ""\ncontext = 1024\nthreads = 1\n\n[answer]\njudge = false\nanswer_tokens = 32\n'
)
CURVES = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="150" viewBox="0 0 300 150">'
    '<polyline points="0,20 150,90 300,120" fill="none" stroke="black"/></svg>'
)
QUESTIONS = (
    Question("notice", "How may a party end the agreement?", "en", True, ("ninety days",)),
    Question("error", "What does error E-204 mean?", "en", True, ("the filter is blocked",)),
    Question("seal", "When was the seal of the pump replaced?", "en", True, ("in March",)),
    Question("fan", "How often is the bearing of the fan greased?", "en", True, ("every six months",)),
)
QUOTES = {
    "notice": "Either party may end this agreement with ninety days' notice.",
    "error": "Error E-204 means that the filter is blocked.",
    "seal": "The seal of the pump was replaced in March.",
    "fan": "Grease the bearing of the fan every six months.",
}


def make_library(folder: Path) -> Path:
    """A library in English with everything that `equip` gives it."""
    documents = folder / "documents"
    documents.mkdir()
    write_documents(documents)
    library = folder / "library"
    with Assistant.open(library, create=True, language="en") as assistant:
        assert [result.status for result in assistant.add([documents])] == ["added"] * 3
    equip(library, folder)
    return library


def equip(library: Path, elsewhere: Path) -> None:
    """Gives a library of those documents its settings, its questions, and two adapters that lie `elsewhere`."""
    (library / "pincite.toml").write_text(SETTINGS)
    for name, strength in (("same", 0.0), ("broken", 40.0)):
        write_lora(elsewhere / f"{name}.gguf", strength)
        registry.add(library, elsewhere / f"{name}.gguf", EMBEDDED)
    run = library / "evaluations" / "set-1"  # as of a run in which no model phrased
    run.mkdir(parents=True)
    write_questions(run / "questions.jsonl", QUESTIONS)
    (run / "manifest.json").write_text(json.dumps({"model": None}))
    (run / "figures.json").write_text("{}")


def write_tuned(library: Path) -> None:
    """A tuned model's folder in the library: an adapter that changes nothing, with curves."""
    run = library / "models" / "manuals"
    for name in ("gguf", "training"):
        (run / name).mkdir(parents=True)
    write_lora(run / "gguf" / "manuals-adapter.gguf", 0.0)
    manifest = {
        "train": {"base": EMBEDDED, "figures": {"loss": 1.5, "held_loss": 1.75, "best_held_loss": None}},
        "parity": {"files": {"adapter": "good"}},
    }
    (run / "manifest.json").write_text(json.dumps(manifest))
    (run / "training" / "curves.svg").write_text(CURVES)


def phrasing(good: bool) -> ScriptedGenerator:
    """Says the quote that answers, or what no document says."""

    def said(messages):
        asked = messages[-1].content
        right = next(QUOTES[each.id] for each in QUESTIONS if each.question in asked)
        return right if good else "The moon is made of cheese, and of little else."

    return ScriptedGenerator(said)


def write_figures(library: Path, name: str, good: bool) -> None:
    """Measures as if the model of that name phrased so."""
    assistant = Assistant(Library.open(library), phrasing(good))
    with assistant:
        measured_model(library, registry.named(library, name), assistant, asked(library))


def asked(library: Path) -> QuestionSet:
    return questions_of(library, None)


def engine(library: Path) -> tuple[str, str | None]:
    """What the settings name."""
    settings = read_section(library, "engine", EngineSettings)
    return settings.model, settings.adapter


def stocked(library: Path, folder: Path) -> Path:
    """A copy of the library in `folder`, with four models, three of them measured."""
    own = folder / "library"
    shutil.copytree(library, own)
    equip(own, folder)
    for name, good in ((EMBEDDED, True), ("same", True), ("broken", False)):
        write_figures(own, name, good)
    write_tuned(own)
    return own
