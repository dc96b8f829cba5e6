"""Faults that a test asks for: each strikes a number of times, in the order in which they were asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from localcloud.kernel.api import ApiError

_Fault = TypeVar("_Fault")

_KNOWN: dict[str, tuple[str, int]] = {
    "AccessDeniedException": ("Access denied", 400),
    "InternalFailure": (
        "The request processing has failed because of an unknown error, exception or failure.",
        500,
    ),
    "InternalServerError": ("An internal server error occurred. Try again later.", 500),
    "ServiceUnavailable": ("The request has failed due to a temporary failure of the server.", 503),
    "ThrottlingException": ("Rate exceeded", 400),
}


def error_of(code: str, message: str | None = None, status: int | None = None) -> ApiError:
    """An error with any code. The message and the HTTP status fit the code unless they are given."""
    known_message, known_status = _KNOWN.get(code, (f"{code} was asked for", 400))
    return ApiError(code, message or known_message, status or known_status)


@dataclass
class Faults(Generic[_Fault]):
    """The faults that are still to strike."""

    _left: list[tuple[_Fault, int | None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: _Fault, times: int | None) -> None:
        """Let a fault strike so many times; None for no end.

        Raises:
            ValueError: `times` is less than 1.
        """
        if times is not None and times < 1:
            raise ValueError(f"times must be 1 or more, or None for no end, got {times}")
        with self._lock:
            self._left.append((fault, times))

    def take(self, fits: Callable[[_Fault], bool]) -> _Fault | None:
        """Return the first fault that fits, and count that it strikes; None if none fits."""
        with self._lock:
            for number, (fault, left) in enumerate(self._left):
                if not fits(fault):
                    continue
                if left == 1:
                    del self._left[number]
                elif left is not None:
                    self._left[number] = (fault, left - 1)
                return fault
        return None

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._left.clear()
