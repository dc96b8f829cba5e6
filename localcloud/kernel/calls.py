"""A record of every API call that arrived."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KEPT_BYTES = 16_384
"""Binary parameters longer than this are not kept."""


@dataclass
class Call:
    """One API call.

    Attributes:
        service: botocore's name of the service.
        principal: The caller's ARN.
        time: When it arrived, in clock seconds since 1970.
        error: The error's code; None if it succeeded, or is under way.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    principal: str
    time: float
    error: str | None = None


class Calls:
    """The calls since the last reset, in the order in which they arrived."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def all(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def of(self, service: str, operation: str | None = None) -> list[Call]:
        """The calls of a service, or of one of its operations."""
        return [
            call for call in self.all() if call.service == service and operation in (None, call.operation)
        ]

    def by(self, principal: str) -> list[Call]:
        """Return the calls of principals with `principal` in the ARN, for example a role's name."""
        return [call for call in self.all() if principal in call.principal]

    def record(self, call: Call) -> None:
        """Add a call. Its `error` may be set later."""
        parameters = {
            name: f"<{len(value)} bytes>" if isinstance(value, bytes) and len(value) > _KEPT_BYTES else value
            for name, value in call.parameters.items()
        }
        call.parameters = parameters
        with self._lock:
            self._calls.append(call)

    def reset(self) -> None:
        with self._lock:
            self._calls.clear()
