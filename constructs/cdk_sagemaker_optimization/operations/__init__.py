"""Tools to operate jobs."""
