"""Readers of public question sets: each gives the documents to search and the questions to ask of them."""
