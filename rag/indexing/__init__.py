"""Files become passages in a library: what changed, reading, embedding, storing."""

from rag.indexing.adding import AddOptions, add

__all__ = ["AddOptions", "add"]
