"""A library of six small manuals, questions about them, and a judge of two narrow layers that knows their words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from pytest import MonkeyPatch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from core import weights
from finetune.judge.export import export
from finetune.judge.model import JudgeModel
from rag.assistant import Assistant
from rag.evaluation.questions import Gold, Question, QuestionSet
from rag.judge.profile import Profile, Risk

MACHINES = {
    "pump": ("nine bar", "Anna Brook", "the cellar", "grey"),
    "fan": ("two kilowatts", "Peter Lund", "the attic", "white"),
    "press": ("forty tonnes", "Maria Holt", "the yard", "green"),
    "lathe": ("six amperes", "Jonas Reed", "the workshop", "blue"),
    "boiler": ("eighty degrees", "Clara Voss", "the laundry", "red"),
    "crane": ("three tonnes", "Emil Stern", "the harbour", "yellow"),
}
ASKED = (
    ("What is the limit of the {}?", 0),
    ("Who services the {}?", 1),
    ("Where does the {} stand?", 2),
    ("What colour is the {}?", 3),
)
MISSING = ("What does the {} cost?", "Who sold the {}?")


def text_of(machine: str) -> str:
    """The manual of a machine."""
    limit, person, place, colour = MACHINES[machine]
    return (
        f"The {machine}\n\nThe limit of the {machine} is {limit} at full load. "
        f"Every spring {person} services the {machine} with care.\n\n"
        f"The {machine} stands in {place} behind the second door. "
        f"Its cover is painted {colour} so that it is seen from far away.\n"
    )


def questions() -> tuple[Question, ...]:
    """Four a machine that its manual answers, two that it does not."""
    found = []
    for machine, facts in MACHINES.items():
        for number, (asked, at) in enumerate(ASKED):
            answer = facts[at]
            gold = (Gold(f"{machine}.txt"),)
            found.append(
                Question(f"{machine}-{number}", asked.format(machine), "en", True, answers=(answer,), gold=gold)
            )
        for number, asked in enumerate(MISSING):
            found.append(Question(f"{machine}-missing-{number}", asked.format(machine), "en", False))
    return tuple(found)


def as_set(asked: tuple[Question, ...]) -> QuestionSet:
    return QuestionSet(asked, "questions.jsonl", {question.id: "line 1" for question in asked})


def lines(path: Path, asked: tuple[Question, ...]) -> Path:
    """The questions as a file."""
    from rag.evaluation.questions import write_questions

    write_questions(path, asked)
    return path


def make_library(folder: Path) -> Path:
    """The manuals as a library; its answers are quotes."""
    documents = folder / "documents"
    documents.mkdir(parents=True)
    for machine in MACHINES:
        (documents / f"{machine}.txt").write_text(text_of(machine), encoding="utf-8")
    with Assistant.open(folder / "library", create=True, language="en") as assistant:
        assert {one.status for one in assistant.add([documents])} == {"added"}
    (folder / "library" / "pincite.toml").write_text("[answer]\ndraft = false\n")
    return folder / "library"


def ship_judge(folder: Path, monkeypatch: MonkeyPatch, hesitant: bool = True) -> Path:
    """Lays an untrained judge in `folder` as the one that is shipped; `hesitant` makes its confidence far too low."""
    folder.mkdir(parents=True, exist_ok=True)
    make_judge(folder, intercept=-6.0 if hesitant else 0.0)
    shipped = {
        "judge-en": weights.KnownFile("pincite", "", "judge-en.onnx", weights.sha256_of(folder / "judge-en.onnx"), ""),
        "minilm-l6-tokenizer": weights.KnownFile("none", "0", "tokenizer.json", "", ""),
    }
    for name, known in shipped.items():
        monkeypatch.setitem(weights.KNOWN, name, known)
    real = weights.folder()
    monkeypatch.setattr("core.weights._known_path", lambda known: _at(known, folder, real))
    return folder / "judge-en.onnx"


def _at(known: weights.KnownFile, folder: Path, real: Path) -> Path:
    return (folder if known.member in ("judge-en.onnx", "tokenizer.json") else real) / known.member


def make_judge(folder: Path, intercept: float = 0.0, seed: int = 0) -> Path:
    """An untrained judge with its tokenizer and its profile."""
    tokenizer = make_tokenizer(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=384,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    path = folder / "judge-en.onnx"
    export(unalike(JudgeModel(BertModel(config, add_pooling_layer=False))), path)
    Profile(
        "en",
        weights.sha256_of(path),
        scale=1.0,
        bias=0.0,
        intercept=intercept,
        weights={"similarity": 3.0, "overlap": 3.0, "missing": -1.0, "unknown": -10.0, "answerable": 0.5},
        risks=tuple(Risk(share, 0.2, 0.0) for share in (0.05, 0.1, 0.15, 0.2)),
        quote_weight=0.1,
        contradicted_from=0.9,
        entailed_from=0.9,
    ).write(path.with_suffix(".json"))
    return path


def unalike(model: JudgeModel) -> JudgeModel:
    """The model with no two vectors alike, as after any training; those that are, the exporter writes once."""
    with torch.no_grad():
        for one in model.parameters():
            if one.dim() == 1:
                one += 0.02 * torch.randn(one.shape)
    return model


def make_tokenizer(folder: Path) -> Tokenizer:
    """Knows the words of manuals and questions, and reads pairs as a judge's tokenizer does."""
    told = " ".join([*(text_of(machine) for machine in MACHINES), *(one.question for one in questions())])
    words = sorted(set(re.findall(r"\w+|[^\w\s]", told.lower())))
    marks = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate((*marks, *words))}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer


def profile_of(path: Path) -> dict[str, object]:
    """A profile's file, read plainly."""
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found
