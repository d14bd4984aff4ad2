"""Which engine is taken, in a fresh interpreter where one or both are hidden."""

from __future__ import annotations

import subprocess
import sys

import pytest

OPEN = """
import sys, importlib.util
hidden = set(sys.argv[1:])
class Hidden:
    def find_spec(name, path=None, target=None):
        if name in hidden:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hidden)
whole = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in hidden else whole(name)
from core.errors import MissingDependency
from rag.engines.base import EngineSettings
from rag.engines.open import open_generator
heavy = {"llama_cpp", "xllamacpp", "httpx", "jinja2", "numpy"} & set(sys.modules)
assert not heavy, heavy
try:
    generator = open_generator(EngineSettings(adapter="", context=512, threads=1))
except MissingDependency as error:
    print(error)
else:
    print(generator.engine)
    generator.close()
"""


def opened(*hidden: str) -> str:
    done = subprocess.run([sys.executable, "-c", OPEN, *hidden], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_llama_cpp_python_comes_first():
    pytest.importorskip("llama_cpp")
    assert opened() == "llama-cpp-python"


def test_xllamacpp_stands_in():
    pytest.importorskip("xllamacpp")
    assert opened("llama_cpp") == "xllamacpp"


def test_neither():
    said = opened("llama_cpp", "xllamacpp")
    assert said.startswith("No engine for the language model is installed. Run `make install`")
