"""Runs one of llama.cpp's converters in a process of its own: run_converter FOLDER PRE_TOKENIZER SCRIPT ARGUMENTS...

A converter knows the tokenizers of published models by how they cut one long text, and refuses any other. PRE_TOKENIZER
is what such another one is taken for; empty, it is refused. That the ids come out the same is for `parity` to prove.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from typing import Any

from finetune.export.child import end_with_parent


def main() -> None:
    """Runs the script as if it had been called by itself."""
    end_with_parent()
    folder, pre_tokenizer, script, *arguments = sys.argv[1:]
    sys.path[0] = folder
    models: Any = importlib.import_module("conversion").TextModel
    known = models.get_vocab_base_pre

    def name_of(model: Any, tokenizer: Any) -> str:
        try:
            return str(known(model, tokenizer))
        except NotImplementedError:
            if not pre_tokenizer:
                raise
            return pre_tokenizer

    models.get_vocab_base_pre = name_of
    sys.argv = [script, *arguments]
    runpy.run_path(f"{folder}/{script}", run_name="__main__")


if __name__ == "__main__":
    main()
