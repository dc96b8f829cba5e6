"""Faults of SageMaker that a test asks for."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Fault:
    """A failure of calls.

    Attributes:
        strikes: The point at which it strikes: before the call is carried out, after that, or when the call
            uses the role of a job.
        error: Makes the error that ends the call.
        operation: The name of the operation; None for every operation of SageMaker.
        name_prefix: The beginning of the names of the jobs whose calls it strikes.
        until: The clock time from which on it strikes no more; None for no end.
        rate: The share of the calls, more than 0 and at most 1.
    """

    strikes: Literal["before", "after", "role"]
    error: Callable[[], Exception]
    operation: str | None = None
    name_prefix: str = ""
    until: float | None = None
    rate: float = 1.0
    _random: random.Random = field(default_factory=lambda: random.Random(0))
    """Seeded: the same calls are struck in every run."""

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise ValueError(f"rate must be more than 0 and at most 1, got {self.rate}")

    def fits(self, strikes: str, operation: str, name: str, now: float) -> bool:
        """Return whether it strikes a call at `now` for the job `name`. Ask once for each call."""
        return (
            self.strikes == strikes
            and self.operation in (None, operation)
            and name.startswith(self.name_prefix)
            and (self.until is None or now < self.until)
            and self._random.random() < self.rate
        )


class CallRate:
    """A limit of the calls that pass in a clock second: a bucket of as many tokens, filled evenly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def set(self, limit: float | None, now: float) -> None:
        """Let at most `limit` calls pass in each second, and as many at once; None lifts the limit."""
        if limit is not None and limit < 1:
            raise ValueError(f"limit must be 1 or more calls a second, or None for no limit, got {limit}")
        with self._lock:
            self._limit, self._tokens, self._filled = limit, limit or 0.0, now

    def passes(self, now: float) -> bool:
        """Return whether a call passes. One that does not pass uses no token."""
        with self._lock:
            if self._limit is None:
                return True
            self._tokens = min(self._limit, self._tokens + (now - self._filled) * self._limit)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def clear(self) -> None:
        self.set(None, 0.0)


class SlowStops:
    """Times that jobs take to stop."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def set(self, seconds: float, name_prefix: str) -> None:
        """Let every job whose name begins with `name_prefix` take so many clock seconds to stop."""
        if seconds < 0:
            raise ValueError(f"seconds must be 0 or more, got {seconds}")
        self._seconds[name_prefix] = seconds

    def seconds(self, name: str) -> float | None:
        """Return the time for the longest prefix of a name; None if none was set."""
        prefixes = [prefix for prefix in self._seconds if name.startswith(prefix)]
        return self._seconds[max(prefixes, key=len)] if prefixes else None

    def clear(self) -> None:
        self._seconds.clear()
