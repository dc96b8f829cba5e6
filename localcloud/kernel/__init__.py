"""The base of every service: the port, the clock, the callers, and the calls."""
