"""Puts events on the default event bus."""

from __future__ import annotations

from typing import Any

from ..errors import API_ERRORS, CallError, ErrorKind
from .status_change import StatusChange

_OPERATION = "PutEvents"


class Events:
    """The default event bus of the account."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def publish(self, change: StatusChange) -> None:
        """Puts the event of a change on the bus.

        Raises:
            CallError: EventBridge did not take the event, or did not say that it did.
        """
        try:
            response = self._client.put_events(Entries=[change.entry])
        except API_ERRORS as error:
            raise CallError.of(error, _OPERATION) from error
        if response.get("FailedEntryCount"):
            # The request succeeds even if its entry does not.
            (result,) = response["Entries"]
            message = f"{_OPERATION}: {result.get('ErrorCode')}: {result.get('ErrorMessage', '')}"
            raise CallError(ErrorKind.TRANSIENT, _OPERATION, message.rstrip(": "))
