"""What searching and asking load, in a fresh interpreter: importing is most of a cold start."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("langchain", "langchain_core", "langsmith", "llama_cpp", "xllamacpp", "torch", "transformers", "httpx")


def loaded(module: str) -> set[str]:
    code = f"import sys, {module}; print(*set({HEAVY!r}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    return set(done.stdout.split())


def test_searching_does_not_load_langchain():
    assert loaded("rag.assistant") == set()


@pytest.mark.parametrize("module", ["rag.chain.chain", "rag.chain.vector_store"])
def test_the_chain_loads_no_engine_and_no_torch(module):
    assert loaded(module) & {"langchain", "llama_cpp", "xllamacpp", "torch", "transformers"} == set()
