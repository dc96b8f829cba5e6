"""Providers, each of which makes the resources of one type."""
