"""What goes wrong because a test asked for it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Occasions:
    """The calls that something strikes. It counts them: ask once for each call.

    Attributes:
        name_prefix: Only calls for jobs whose name begins with it.
        times: How many calls; None for no end.
        until: The clock time from which on it strikes no more; None for no end.
        rate: The share of calls, 0 to 1.
    """

    name_prefix: str = ""
    times: int | None = None
    until: float | None = None
    rate: float = 1.0
    _random: random.Random = field(default_factory=lambda: random.Random(0))
    """Seeded: the same calls are struck in every run."""

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be 1 or more, or None for no end, got {self.times}")
        if not 0 < self.rate <= 1:
            raise ValueError(f"rate must be more than 0 and at most 1, got {self.rate}")

    def strikes(self, name: str, now: float) -> bool:
        """Whether a call at `now` for the job `name` is struck."""
        if (
            not name.startswith(self.name_prefix)
            or self.times == 0
            or (self.until is not None and now >= self.until)
        ):
            return False
        if self._random.random() >= self.rate:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with calls.

    Attributes:
        operation: The operation's name; None for every operation of SageMaker.
        error: What a call ends with, made anew for each.
        after: Whether the call is carried out first, and only its answer goes wrong.
    """

    operation: str | None
    error: Callable[[], Exception]
    occasions: Occasions
    after: bool = False


class CallFaults:
    """The faults that were asked for. Each call is struck by the first that fits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def strike(self, operation: str, name: str, now: float, *, after: bool) -> None:
        """Raise what a call is struck with, before or after it is carried out."""
        with self._lock:
            for fault in self._faults:
                fits = fault.after is after and fault.operation in (None, operation)
                if fits and fault.occasions.strikes(name, now):
                    raise fault.error()

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()


class CallRate:
    """How many calls of all operations together pass in a clock second: a bucket of as many tokens, filled
    evenly.
    """

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
        """Whether a call passes. One that does not takes no other's place."""
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


class NewRoles:
    """Roles that SageMaker cannot assume yet, because IAM takes its time to make a new role known."""

    def __init__(self) -> None:
        self._occasions: list[Occasions] = []

    def add(self, occasions: Occasions) -> None:
        self._occasions.append(occasions)

    def refuses(self, name: str, now: float) -> bool:
        """Whether the role cannot be assumed for the creation of the job `name`."""
        return any(occasions.strikes(name, now) for occasions in self._occasions)

    def clear(self) -> None:
        self._occasions.clear()


class SlowStops:
    """Jobs that take their time to stop."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def set(self, seconds: float, name_prefix: str) -> None:
        """Let every job whose name begins with `name_prefix` take so many clock seconds to stop."""
        if seconds < 0:
            raise ValueError(f"seconds must be 0 or more, got {seconds}")
        self._seconds[name_prefix] = seconds

    def seconds(self, name: str) -> float | None:
        """What was set for the longest prefix of a name; None if nothing was."""
        prefixes = [prefix for prefix in self._seconds if name.startswith(prefix)]
        return self._seconds[max(prefixes, key=len)] if prefixes else None

    def clear(self) -> None:
        self._seconds.clear()
