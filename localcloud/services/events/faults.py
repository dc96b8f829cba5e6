"""What goes wrong with PutEvents because a test asked for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

CALL_MESSAGES = {
    "AccessDeniedException": "User is not authorized to perform: events:PutEvents",
    "InternalFailure": "The request processing has failed because of an unknown error, exception or failure.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
    "ThrottlingException": "Rate exceeded",
}

_STATUSES = {"InternalFailure": 500, "ServiceUnavailable": 503}


@dataclass
class Fault:
    """Something that strikes a number of times; without an end if `times` is None."""

    code: str
    times: int | None
    message: str | None = None
    status: int = 400

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"times must be 1 or more, or None for no end, got {self.times}")


@dataclass
class Faults:
    """The faults that are still to strike, each kind in the order in which they were asked for."""

    _calls: list[Fault] = field(default_factory=list)
    _entries: list[Fault] = field(default_factory=list)
    _answers: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail_calls(self, code: str, times: int | None, *, message: str | None, status: int | None) -> None:
        self._calls.append(Fault(code, times, message, status or _STATUSES.get(code, 400)))

    def fail_entries(self, code: str, times: int | None) -> None:
        self._entries.append(Fault(code, times))

    def lose_answers(self, times: int | None) -> None:
        self._answers.append(Fault("", times))

    def call_failure(self) -> Fault | None:
        """What a call is struck with; ask once for each call."""
        return self._take(self._calls)

    def entry_failure(self) -> Fault | None:
        """What an entry is struck with; ask once for each entry."""
        return self._take(self._entries)

    def loses_answer(self) -> bool:
        return self._take(self._answers) is not None

    def clear(self) -> None:
        with self._lock:
            for faults in (self._calls, self._entries, self._answers):
                faults.clear()

    def _take(self, faults: list[Fault]) -> Fault | None:
        with self._lock:
            if not faults:
                return None
            fault = faults[0]
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    faults.pop(0)
            return fault
