"""Training of the language model: a recipe, strategies that say what changes, and the loop."""
