"""Faults of functions that a test asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from localcloud.kernel import faults

Matcher = Callable[[Any], bool]
"""Looks at an event (parsed from JSON) and says whether a fault is meant for it."""


@dataclass(frozen=True)
class Target:
    """The invocations that a fault strikes.

    Attributes:
        function: The name of the function; any function if None.
        event: The events; any if None.
    """

    function: str | None
    event: Matcher | None

    def fits(self, function: str, payload: bytes) -> bool:
        """Return whether an invocation is among them."""
        if self.function not in (None, function):
            return False
        return self.event is None or self.event(json.loads(payload))


@dataclass(frozen=True)
class Fault:
    """A fault of invocations."""

    target: Target


@dataclass(frozen=True)
class Kill(Fault):
    """Kills the process at an API call that it makes.

    Attributes:
        call: The number of the call within the invocation, from 1; 0 kills it before the handler runs.
        after: Kill it after the call was carried out, but before the function gets the response.
        operation: Count only calls of this operation.
    """

    call: int = 1
    after: bool = False
    operation: str | None = None


@dataclass(frozen=True)
class Hang(Fault):
    """Lets the invocation take longer than its timeout."""


@dataclass(frozen=True)
class Rubbish(Fault):
    """Replaces the response of the function, after it ran."""

    payload: bytes = b""


@dataclass(frozen=True)
class Asynchronous(Fault):
    """Drops an event, or delivers it more than once, or late (clock seconds)."""

    deliveries: int = 1
    delay: float = 0.0


_Kind = TypeVar("_Kind", bound=Fault)


class Faults(faults.Faults[Fault]):
    """The faults that are still to strike."""

    def strike(self, kind: type[_Kind], function: str, payload: bytes) -> _Kind | None:
        """Return the fault of a kind that strikes an invocation now, if any."""
        taken = self.take(lambda fault: isinstance(fault, kind) and fault.target.fits(function, payload))
        return taken if isinstance(taken, kind) else None
