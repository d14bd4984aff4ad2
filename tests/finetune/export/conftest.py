"""One tuned model of three layers, exported and proven once for all tests, which work on copies of it."""

from __future__ import annotations

import shutil

import pytest

from finetune.export import converter
from finetune.export.files import export
from finetune.export.merge import merge
from finetune.export.parity import prove
from tests.finetune.export.made_models import base, lora
from tests.finetune.export.tuned import FORMS, Tuned


@pytest.fixture(scope="session")
def proven(tmp_path_factory):
    pytest.importorskip("llama_cpp", reason="the other engine is installed")
    root = tmp_path_factory.mktemp("tuned")
    folder = base(root / "base")
    file = root / "base.gguf"
    converter.run("convert_hf_to_gguf.py", [str(folder), "--outfile", str(file), "--outtype", "f16"], "gpt-2")
    run = lora(folder, root / "run", use_rslora=True)
    merge(str(file), run)
    export(str(file), run, "small", FORMS)
    prove(str(file), run)
    return Tuned(folder, str(file), run)


@pytest.fixture
def tuned(proven, tmp_path):
    """A copy of the proven run, for a test to change."""
    shutil.copytree(proven.run, tmp_path / "run")
    return Tuned(proven.folder, proven.base, tmp_path / "run")
