"""Passages become a library, a question becomes evidence, and a draft becomes an answer that was checked."""
