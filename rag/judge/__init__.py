"""A small encoder that reads a question against a passage: is the answer there, where, and does a claim follow."""
