"""What can go wrong with functions, when a test asks for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Matcher = Callable[[Any], bool]
"""Looks at an event (parsed from JSON) and says whether a fault is meant for it."""


@dataclass
class Target:
    """Which invocations a fault strikes.

    Attributes:
        function: The function's name; any function if None.
        event: Which events; any if None.
        times: How often.
    """

    function: str | None
    event: Matcher | None
    times: int

    def strikes(self, function: str, payload: bytes) -> bool:
        if self.times <= 0 or self.function not in (None, function):
            return False
        if self.event is not None and not self.event(json.loads(payload)):
            return False
        self.times -= 1
        return True


@dataclass
class Kill:
    """Kill the process at an API call that it makes.

    Attributes:
        call: At which call of the invocation, counted from 1; 0 kills it before the handler runs.
        after: After the call was carried out, but before the function hears of it.
        operation: Count only calls of this operation.
    """

    target: Target
    call: int = 1
    after: bool = False
    operation: str | None = None


@dataclass
class Hang:
    """Let the invocation take longer than its timeout."""

    target: Target


@dataclass
class Rubbish:
    """Replace what the function answers, after it ran."""

    target: Target
    payload: bytes = b""


@dataclass
class Asynchronous:
    """Drop an event, or deliver it more than once, or late (clock seconds)."""

    target: Target
    deliveries: int = 1
    delay: float = 0.0


_Kind = TypeVar("_Kind", Kill, Hang, Rubbish, Asynchronous)


@dataclass
class Faults:
    """The faults that are still to strike, each kind in the order in which they were asked for."""

    _faults: list[Kill | Hang | Rubbish | Asynchronous] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Kill | Hang | Rubbish | Asynchronous) -> None:
        with self._lock:
            self._faults.append(fault)

    def take(self, kind: type[_Kind], function: str, payload: bytes) -> _Kind | None:
        """The fault of a kind that strikes an invocation now, if any."""
        with self._lock:
            for fault in self._faults:
                if isinstance(fault, kind) and fault.target.strikes(function, payload):
                    return fault
        return None

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
