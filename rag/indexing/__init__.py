"""Files become passages in a library: what changed, reading, embedding, storing; and all of it anew."""

from rag.indexing.adding import AddOptions, add
from rag.indexing.reindexing import reindex

__all__ = ["AddOptions", "add", "reindex"]
