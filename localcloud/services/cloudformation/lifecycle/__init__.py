"""The life of a stack: create, update, roll back, delete."""
