"""The whole of a judge's training on an encoder of two narrow layers, in seconds."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from core.errors import SettingsError, UsageError, WeightsMismatch
from finetune.judge.encoding import IGNORED, batches, collate, encode, open_tokenizer
from finetune.judge.examples import Example, read, write
from finetune.judge.export import INPUTS, LEAST, export, parity
from finetune.judge.measure import roc_area
from finetune.judge.model import JudgeModel, from_base, load
from finetune.judge.recipe import RECIPES, Recipe, read_recipe
from finetune.judge.strategies import merged, prepared
from finetune.judge.train import train

WORDS = "what which colour part is the valve pump red blue green seal new old not ? . it".split()
OTHER = "it is the old part . it is not new ."


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=384,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def examples() -> Iterator[Example]:
    """The colour of a part is said of it, or of another part; for the heads that learn it last, of none."""
    for number in range(160):
        dice = random.Random(number)
        part, other = dice.sample(["valve", "pump", "seal"], 2)
        colour = dice.choice(["red", "blue", "green"])
        told = part if number % 2 else other
        passage = f"the {told} is {colour} . it is new ."
        at = passage.index(colour)
        name, question = str(number), f"which colour is the {part} ?"
        if number % 4 < 2:
            yield Example(
                name,
                "span",
                question,
                passage,
                "answerable" if told == part else "unanswerable",
                at if told == part else None,
                at + len(colour) if told == part else None,
            )
        elif number % 8 < 6:
            label = "relevant" if told == part else "irrelevant"
            yield Example(name, "relevance", question, passage if told == part else OTHER, label)
        else:
            label = "entailment" if told == part else "neutral"
            yield Example(name, "entailment", f"the {part} is {colour} .", passage if told == part else OTHER, label)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "en.jsonl"
    assert write(path, examples()) == 160
    return path


def test_examples_are_read_as_they_were_written(rows: Path) -> None:
    assert list(read(rows)) == list(examples())


def test_a_line_that_is_no_example_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "1", "task": "span", "question": "what", "passage": "red", "label": "maybe"}\n')
    with pytest.raises(UsageError, match=r"bad\.jsonl, line 1.*'maybe'.*answerable, unanswerable"):
        list(read(path))


def test_no_examples_is_an_error_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no example was made"):
        write(tmp_path / "none.jsonl", [])
    assert list(tmp_path.iterdir()) == []


def test_an_answer_is_pointed_at_by_its_tokens(base: Path) -> None:
    tokenizer = open_tokenizer(base / "tokenizer.json")
    (one,) = encode(tokenizer, [Example("1", "span", "which colour ?", "the valve is red .", "answerable", 13, 16)])
    assert [tokenizer.id_to_token(one.ids[at]) for at in (one.passage_from, one.start, one.end)] == [
        "the",
        "red",
        "red",
    ]
    assert (one.answerable, one.relevance, one.entailment) == (1, IGNORED, IGNORED)


def test_every_example_is_in_one_batch_and_shapes_are_few(base: Path, rows: Path) -> None:
    encoded = encode(open_tokenizer(base / "tokenizer.json"), list(read(rows)))
    made = list(batches(encoded, 640, random.Random(0)))
    assert sum(len(batch.input_ids) for batch in made) == 160
    assert {batch.input_ids.shape for batch in made} == {(20, 32)}


@pytest.mark.filterwarnings("error::FutureWarning")
@pytest.mark.parametrize(
    ("strategy", "changes"), [("full", (True, True)), ("heads", (False, True)), ("lora", (True, True))]
)
def test_a_strategy_changes_just_what_it_should(base: Path, strategy: str, changes: tuple[bool, bool]) -> None:
    torch.manual_seed(1)
    model = prepared(from_base(base), Recipe("tiny", str(base), "en", strategy=strategy, rank=2))  # type: ignore[arg-type]
    trained = {name for name, one in model.named_parameters() if one.requires_grad}
    assert any(name.startswith("encoder") for name in trained) == changes[0]
    assert any(name.startswith("answerable") for name in trained) == changes[1]
    if strategy == "lora":
        assert all("lora_" in name for name in trained if name.startswith("encoder"))
        assert set(merged(model).state_dict()) == set(from_base(base).state_dict())


@pytest.fixture(scope="module")
def recipe(base: Path) -> Recipe:
    return Recipe("tiny", str(base), "en", passes=6, learning_rate=3e-3, head_rate=3e-3, batch_tokens=640)


@pytest.fixture(scope="module")
def run(recipe: Recipe, rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(recipe, [rows], [rows], folder)
    return folder


def test_training_learns_and_goes_on_after_a_kill(
    recipe: Recipe, rows: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [line["seen"] for line in log] == [240, 480, 720, 960]
    assert log[-1]["span_exact"] > 0.9 > log[0]["answerable"]

    class Killed(Exception):
        pass

    def killed(self: object, batch: object) -> None:
        raise Killed

    monkeypatch.setattr("finetune.judge.train.CHECKPOINT_S", -1)
    step, steps = __import__("finetune.judge.train", fromlist=["_Run"])._Run._step, []

    def some(self: object, batch: object) -> object:
        if len(steps) == 20:
            raise Killed
        steps.append(1)
        return step(self, batch)

    monkeypatch.setattr("finetune.judge.train._Run._step", some)
    with pytest.raises(Killed):
        train(recipe, [rows], [], tmp_path / "parts")
    monkeypatch.setattr("finetune.judge.train._Run._step", step)
    train(recipe, [rows], [], tmp_path / "parts")
    parts = load(tmp_path / "parts")
    for name, value in load(run).state_dict().items():
        assert torch.allclose(value, parts.state_dict()[name], atol=2e-2), name
    assert not (tmp_path / "parts" / "checkpoint.pt").exists()


def test_an_export_is_held_against_what_was_trained_in_all_that_it_says(
    base: Path, rows: Path, run: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    exported, encoded = tmp_path / "judge.onnx", encode(open_tokenizer(base / "tokenizer.json"), list(read(rows)))
    export(load(run), exported)
    assert caplog.records == []
    found = parity(load(run), exported, encoded)
    assert found.keys() == LEAST.keys()
    assert all(found[name] > least for name, least in LEAST.items())
    for head in ("answerable", "relevance", "entailment"):
        other = load(run)
        getattr(other, head)[-1].weight.data.neg_()
        with pytest.raises(WeightsMismatch, match=rf"do not agree in {head} -[01]\.\d+ \(0\.98\), the least"):
            parity(other, exported, encoded)
    other = load(run)
    other.span.weight.data.neg_()  # what was the likeliest start is the least likely one
    with pytest.raises(WeightsMismatch, match=r"same_start 0\.\d+ \(0\.8\), the least"):
        parity(other, exported, encoded)


def test_outside_the_passage_nothing_is_pointed_at(base: Path) -> None:
    model: JudgeModel = from_base(base).eval()
    (one,) = encode(
        open_tokenizer(base / "tokenizer.json"), [Example("1", "span", "what ?", "it is red", "unanswerable")]
    )
    batch = collate([one])
    logits = model(*(getattr(batch, name) for name in INPUTS))
    assert (logits.start[0, : one.passage_from] < -9e3).all()
    assert (logits.start[0, one.passage_from : len(one.ids)] > -9e3).all()
    assert (logits.start[0, len(one.ids) :] < -9e3).all()


def test_roc_area() -> None:
    assert roc_area(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])) == 0.75
    assert roc_area(np.array([1.0, 1.0]), np.array([0, 1])) == 0.5


def test_every_shipped_recipe_is_read() -> None:
    assert {path.stem: read_recipe(path).strategy for path in RECIPES.glob("*.yaml")} == {
        "judge-en": "full",
        "judge-en-written": "full",
        "judge-en-twins": "full",
        "judge-en-closer": "full",
        "judge-en-lora": "lora",
        "judge-en-heads": "heads",
        "judge-zh": "full",
        "judge-zh-written": "full",
        "judge-zh-closer": "full",
        "judge-zh-twins": "full",
    }


def test_a_recipe_with_an_unknown_setting_names_the_valid_ones(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("name: x\nbase: y\nlanguage: en\nepochs: 3\n")
    with pytest.raises(SettingsError, match=r"no setting 'epochs'; valid are name, base"):
        read_recipe(path)
