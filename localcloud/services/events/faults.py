"""Faults of PutEvents that a test asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MESSAGES = {
    "AccessDeniedException": "User is not authorized to perform: events:PutEvents",
    "InternalFailure": "The request processing has failed because of an unknown error, exception or failure.",
    "ServiceUnavailable": "The request has failed due to a temporary failure of the server.",
    "ThrottlingException": "Rate exceeded",
}

_STATUSES = {"InternalFailure": 500, "ServiceUnavailable": 503}


@dataclass(frozen=True)
class Fault:
    """A failure of a whole call, of one of its entries, or of its response.

    Attributes:
        message: By default a sentence that fits the code.
        status: The HTTP status; by default the one that fits the code.
    """

    strikes: Literal["call", "entry", "response"]
    code: str = ""
    message: str | None = None
    status: int | None = None

    @property
    def text(self) -> str:
        """The message that the caller gets."""
        return self.message or _MESSAGES.get(self.code, f"{self.code} was asked for")

    @property
    def http_status(self) -> int:
        """The status that the caller gets."""
        return self.status or _STATUSES.get(self.code, 400)
