"""The judge's training: examples, the model with its three heads, its recipe, its export for run time."""
