"""llama.cpp's side: quantising a GGUF, and reading one beside what transformers says of the same model.

Each runs in a process of its own, so that what llama.cpp ends, by a crash too, is that process alone. The only module
of tuning that imports llama_cpp.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from core.errors import EngineError, MissingDependency
from core.settings import threads
from finetune.export import child
from finetune.export.converter import last_words
from finetune.export.reference import CONTEXT, GOLDEN_TOKENS, Reference
from finetune.export.texts import Conversation
from rag.engines.base import EngineSettings, Message, Role

BATCH = 64
"""Tokens read at a time; llama.cpp keeps the logits of as many."""
FTYPES = {"F16": 1, "Q4_0": 2, "Q8_0": 7, "Q4_K_M": 15}
"""llama.cpp's numbers of the forms that a file is written in."""


def quantise(source: Path, target: Path, form: str) -> None:
    """Writes the GGUF `source` (F16) anew in `form`, as `target`. Raises EngineError."""
    _child({"do": "quantise", "source": str(source), "target": str(target), "ftype": FTYPES[form]})


def read(path: Path, adapter: Path | None, reference: Path) -> dict[str, Any]:
    """What llama.cpp makes of a model on everything that the folder `reference` holds. Raises EngineError.

    `vocabulary` its size; `template` the chat template; `bos` and `eos` those tokens' ids; `texts` and `chats` the ids
    of each; `kl` and `nll` one number a position that was scored, `same` whether the likeliest token is; `tuning` which
    share of what tuning changed is in the file, 1 for all and 0 for none of it; `golden` the answers.
    """
    task = {"do": "read", "model": str(path), "adapter": str(adapter) if adapter else None, "folder": str(reference)}
    found: dict[str, Any] = _child(task)
    return found


def _child(task: dict[str, Any]) -> Any:
    """What a process of its own makes of a task."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        ended = child.run("finetune.export.llama", [json.dumps(task), str(out)])
        if ended.returncode != 0:
            named = task.get("source") or task["model"]
            raise EngineError(f"Having llama.cpp {task['do']} {named}: {last_words(ended)}.")
        return json.loads(out.read_text(encoding="utf-8"))


def main(arguments: Sequence[str]) -> None:
    """In that process: does the task, writes what came of it."""
    child.end_with_parent()
    task, out = json.loads(arguments[0]), Path(arguments[1])
    found: Any = None
    if task["do"] == "quantise":
        _quantise(task)
    else:
        found = _read(task)
    out.write_text(json.dumps(found), encoding="utf-8")


def _open(path: str, **settings: Any) -> Any:
    try:
        import llama_cpp
    except (ImportError, OSError) as error:
        raise MissingDependency(
            f"Reading GGUF files needs llama-cpp-python ({error}). Install a C++ compiler, then run `make install`."
        ) from error
    return llama_cpp.Llama(path, verbose=False, n_threads=threads(), n_threads_batch=threads(), **settings)


def _quantise(task: dict[str, Any]) -> None:
    import llama_cpp

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = task["ftype"]
    settings.nthread = threads()
    if llama_cpp.llama_model_quantize(task["source"].encode(), task["target"].encode(), settings) != 0:
        raise SystemExit(1)  # llama.cpp has said why


def _read(task: dict[str, Any]) -> dict[str, Any]:
    folder = Path(task["folder"])
    asked = Reference(**json.loads((folder / "reference.json").read_text(encoding="utf-8")))
    llama = _open(task["model"], n_ctx=CONTEXT, n_batch=BATCH, logits_all=True, lora_path=task["adapter"])
    if task["adapter"] and not llama._lora_adapter:
        raise SystemExit(f"{task['adapter']} is no LoRA for this model")
    found = _tokens(llama, asked) | _scores(llama, asked, folder)
    llama.close()
    return found | {"golden": _golden(task, asked)}


def _tokens(llama: Any, asked: Reference) -> dict[str, Any]:
    """The ids that this side gives the same texts and conversations, with its own template."""
    from rag.engines.chat_template import ChatTemplate

    def tokenize(text: str, special: bool) -> list[int]:
        ids: list[int] = llama.tokenize(text.encode(), add_bos=False, special=special)
        return ids

    def spelled(token: int) -> str:
        return llama._model.token_get_text(token) if token >= 0 else ""

    bos, eos = llama.token_bos(), llama.token_eos()
    template = llama.metadata.get("tokenizer.chat_template")
    first = bos if llama._model.add_bos_token() and bos >= 0 else None
    chat = ChatTemplate(template, spelled(bos), spelled(eos), first, tokenize)
    return {
        "vocabulary": llama.n_vocab(),
        "template": template,
        "bos": bos,
        "eos": eos,
        "texts": [tokenize(text, True) for text in asked.texts],
        "chats": [chat.tokens(_messages(talk)) for talk in asked.chats],
    }


def _scores(llama: Any, asked: Reference, folder: Path) -> dict[str, Any]:
    import numpy as np

    found: dict[str, Any] = {"kl": [], "nll": [], "same": [], "tuning": None}
    if llama.n_vocab() != asked.vocabulary:  # nothing to compare; the sizes say why
        return found
    shared = changed = 0.0
    for number, ids in enumerate(asked.scored):
        tuned, untuned = (np.load(folder / f"{name}-{number}.npy", mmap_mode="r") for name in ("tuned", "base"))
        llama.reset()
        llama.eval(ids)
        first = len(ids) - 1 - len(tuned)  # the logits at a position are of the token behind it
        for row, position in enumerate(range(first, len(ids) - 1)):
            ours, theirs, before = map(_log_softmax, (llama.scores[position], tuned[row], untuned[row]))
            likely = np.exp(theirs)
            found["kl"].append(float((likely * (theirs - ours)).sum()))
            found["nll"].append(float(-ours[ids[position + 1]]))
            found["same"].append(float(ours.argmax() == theirs.argmax()))
            change = theirs - before - (likely * (theirs - before)).sum()
            shared += float((likely * change * (ours - before)).sum())
            changed += float((likely * change * change).sum())
    return found | {"tuning": shared / changed if changed else None}


def _log_softmax(logits: Any) -> Any:
    import numpy as np

    wide = np.asarray(logits, np.float64)
    wide = wide - wide.max()
    return wide - np.log(np.exp(wide).sum())


def _golden(task: dict[str, Any], asked: Reference) -> list[str]:
    """The answers of the engine that serves."""
    from rag.engines.llama_cpp import LlamaCppGenerator

    settings = EngineSettings(model=task["model"], adapter=task["adapter"], context=CONTEXT, threads=threads())
    generator = LlamaCppGenerator(settings)
    try:
        return [generator.stream(_messages(talk), GOLDEN_TOKENS).text() for talk in asked.golden]
    finally:
        generator.close()


def _messages(talk: Conversation) -> list[Message]:
    return [Message(cast(Role, one["role"]), one["content"]) for one in talk]


def store(reference: Reference, folder: Path) -> None:
    """Lays down, beside the logits, what is to be read."""
    (folder / "reference.json").write_text(json.dumps(asdict(reference)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
