import builtins

import pytest

from core.errors import MissingDependency
from rag.embedding.sentence_transformer import SentenceTransformerEmbedder


def test_without_the_extra_it_says_the_command(tmp_path, monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest):
        if name == "sentence_transformers":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingDependency, match=r"pip install 'pincite\[embedders\]'"):
        SentenceTransformerEmbedder(str(tmp_path)).embed(["text"])
