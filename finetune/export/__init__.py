"""A trained adapter becomes files that the service runs: merged, written as GGUF, quantised, and proven against it."""
