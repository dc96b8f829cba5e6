"""Asks AWS itself about the assumptions of docs/assumptions.md, and keeps its answers."""
