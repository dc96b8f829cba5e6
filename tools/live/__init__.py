"""`make live` checks the assumptions of docs/assumptions.md against AWS, and keeps its answers."""
