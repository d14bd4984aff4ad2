"""Evidence is quoted, a draft is phrased from it, and every sentence is tied to its place or dropped."""
