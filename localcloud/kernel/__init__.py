"""What every service of the local cloud stands on: the port, the clock, the callers, and the calls."""
