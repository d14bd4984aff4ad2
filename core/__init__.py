"""The contracts every floor of the house stands on: types, settings, errors, where weights come from.

Imports nothing of ours and nothing heavy.
"""
