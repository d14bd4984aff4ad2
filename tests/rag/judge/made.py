"""A judge small enough to know by heart: every head adds up, or takes the largest of, what single words are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from core.weights import sha256_of
from rag.judge.judge import Judge
from rag.judge.profile import Profile, Risk

MARKS = ("[UNK]", "[CLS]", "[SEP]")
WORDS = (
    *"the pump runs at nine bar valve is closed lamp green not never always".split(),
    *"how much many pressure what colour has".split(),
    *"泵 的 压 力 为 九 巴 多 少 是".split(),
)
RELEVANCE = {"pump": 2.0, "泵": 2.0}
"""Summed over the passage."""
ANSWERABLE = {"bar": 4.0, "green": 1.0, "巴": 4.0}
"""The largest in the passage, -4 where there is none."""
START = {"nine": 9.0, "green": 6.0, "九": 9.0}
END = {"bar": 9.0, "green": 6.0, "巴": 9.0}
ENTAILMENT = {"runs": (3.0, 0.0, 0.0), "not": (0.0, 0.0, 9.0), "green": (0.0, 0.0, 9.0)}
"""Summed over claim and span."""

PROFILE = Profile(
    "en",
    "",
    scale=1.0,
    bias=0.0,
    intercept=-1.0,
    weights={"similarity": 1.0, "overlap": 1.0, "missing": -1.0, "unknown": -10.0, "answerable": 1.0},
    risks=(Risk(0.05, 0.9, 0.3), Risk(0.1, 0.5, 0.1)),
    quote_weight=1.0,
    contradicted_from=0.9,
    entailed_from=0.9,
)


def make_judge(folder: Path, language: str = "en", **changes: object) -> Judge:
    """Lays the judge of a language in `folder`, as a library keeps its own, with its profile changed as said."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"judge-{language}.onnx"
    save(_model(), path)
    profile = replace(PROFILE, **{"language": language, "sha256": sha256_of(path), **changes})  # type: ignore[arg-type]
    profile.write(path.with_suffix(".json"))
    return Judge(path, make_tokenizer(folder), profile)


def make_tokenizer(folder: Path) -> Path:
    """Cuts at spaces and marks, and Han characters one by one; what is not in WORDS is unknown."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate((*MARKS, *WORDS))}, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Split(Regex(r"\p{Han}"), "isolated")]
    )
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def _table(worth: Mapping[str, object], otherwise: float = 0.0, width: int = 1) -> np.ndarray:
    rows = np.full((len(MARKS) + len(WORDS), width), otherwise, dtype=np.float32)
    for word, value in worth.items():
        rows[len(MARKS) + WORDS.index(word)] = value
    return rows if width > 1 else rows[:, 0]


def _model() -> object:
    tables = {
        "relevance_table": _table(RELEVANCE),
        "answerable_table": _table(ANSWERABLE, -4.0),
        "start_table": _table(START),
        "end_table": _table(END),
        "entailment_table": _table(ENTAILMENT, width=3),
        "tokens": np.array([1], dtype=np.int64),
        "far": np.array(1e4, dtype=np.float32),
        "one": np.array(1, dtype=np.float32),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["token_type_ids"], ["kinds"], to=TensorProto.FLOAT),
        node("Sub", ["kinds", "one"], ["outside"]),
        node("Mul", ["outside", "far"], ["barred"]),
        node("Gather", ["relevance_table", "input_ids"], ["relevances"]),
        node("Mul", ["relevances", "kinds"], ["relevances_inside"]),
        node("ReduceSum", ["relevances_inside", "tokens"], ["relevance"], keepdims=0),
        node("Gather", ["answerable_table", "input_ids"], ["answerables"]),
        node("Add", ["answerables", "barred"], ["answerables_inside"]),
        node("ReduceMax", ["answerables_inside"], ["answerable"], axes=[1], keepdims=0),
        node("Gather", ["start_table", "input_ids"], ["starts"]),
        node("Add", ["starts", "barred"], ["start"]),
        node("Gather", ["end_table", "input_ids"], ["ends"]),
        node("Add", ["ends", "barred"], ["end"]),
        node("Gather", ["entailment_table", "input_ids"], ["entailments"]),
        node("ReduceSum", ["entailments", "tokens"], ["entailment"], keepdims=0),
    ]
    shapes = {"relevance": ["b"], "answerable": ["b"], "start": ["b", "t"], "end": ["b", "t"], "entailment": ["b", 3]}
    graph = helper.make_graph(
        nodes,
        "judge",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "t"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()],
        [numpy_helper.from_array(values, name) for name, values in tables.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
