"""Checks of the values that users pass to the constructs."""
