"""Tuning: from an organisation's documents and questions to models that serve it better."""
