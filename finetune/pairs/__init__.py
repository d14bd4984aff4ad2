"""Training pairs: what the language model learns from, made of documents, support history and approved answers."""
