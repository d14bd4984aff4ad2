"""How good it is: question sets, the figures of every question, runs that can be repeated, reports."""
