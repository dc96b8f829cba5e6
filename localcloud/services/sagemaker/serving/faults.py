"""Faults of containers and of requests that a test asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

When = Literal["create", "update"]


@dataclass(frozen=True, slots=True)
class StartFault:
    """A start of containers that fails or takes long.

    Attributes:
        kind: `health check`: the container never responds to a ping. `capacity`: there is no instance for
            it. `slow`: it starts after `seconds`.
        when: The operation that it strikes; None for both.
        name_prefix: The beginning of the names of the endpoints or components that it strikes.
        silently: Whether the API hides that an update was rolled back: the endpoint is InService with the
            old configuration, without a FailureReason.
    """

    kind: Literal["health check", "capacity", "slow"]
    when: When | None = None
    name_prefix: str = ""
    silently: bool = False
    seconds: float = 0

    def fits(self, when: When, name: str) -> bool:
        return self.when in (None, when) and name.startswith(self.name_prefix)


@dataclass(frozen=True, slots=True)
class RequestFault:
    """A request for a prediction that fails or takes long.

    Attributes:
        seconds: The time that the model takes; None for a request that it does not respond to with 2XX.
        name_prefix: The beginning of the names of the endpoints that it strikes.
    """

    seconds: float | None
    name_prefix: str = ""

    def fits(self, name: str) -> bool:
        return name.startswith(self.name_prefix)
