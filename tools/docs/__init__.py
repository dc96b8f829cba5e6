"""Writes the pages of docs/ that are data. `python -m tools.docs` does it."""
