"""The response to a request, in the form that CloudFormation reads.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from .request import Request

#: CloudFormation accepts no longer response: the resource fails, whatever the response says.
MAX_BYTES = 4096

#: Physical ids may not be longer,
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
MAX_PHYSICAL_RESOURCE_ID_BYTES = 1024

_CUT = " [...] "

Status = Literal["SUCCESS", "FAILED"]


@dataclass(frozen=True)
class Response:
    """The outcome of one request."""

    status: Status
    physical_resource_id: str
    reason: str = ""
    data: dict[str, str] = field(default_factory=dict)

    def as_state(self) -> dict[str, Any]:
        """The response as the state machine keeps it."""
        return {
            "Status": self.status,
            "PhysicalResourceId": self.physical_resource_id,
            "Reason": self.reason,
            "Data": self.data,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Response:
        """The response that the state machine kept.

        Raises:
            ValueError: it is no response.
        """
        status, physical_resource_id = state.get("Status"), state.get("PhysicalResourceId")
        if status not in ("SUCCESS", "FAILED") or not isinstance(physical_resource_id, str):
            raise ValueError("a response has a Status of SUCCESS or FAILED and a PhysicalResourceId")
        data = state.get("Data") or {}
        return cls(
            status, physical_resource_id, str(state.get("Reason") or ""), {k: str(v) for k, v in data.items()}
        )

    def document(self, request: Request) -> bytes:
        """The body to send: at most 4,096 bytes of UTF-8, cut in the middle of the reason if it has to be.

        A reason says at its start what failed and at its end where to look on, so what is in between goes
        first.
        """
        physical_resource_id = _printable(self.physical_resource_id)
        if not physical_resource_id or len(physical_resource_id.encode()) > MAX_PHYSICAL_RESOURCE_ID_BYTES:
            physical_resource_id = request.physical_resource_id or request.request_id
        body: dict[str, Any] = {
            "Status": self.status,
            "PhysicalResourceId": physical_resource_id,
            "StackId": request.stack_id,
            "RequestId": request.request_id,
            "LogicalResourceId": request.logical_resource_id,
            "Data": {key: _printable(value) for key, value in self.data.items()},
        }
        if _size(body) > MAX_BYTES:
            size = _size(body["Data"])
            failed = (
                f"the attributes of {physical_resource_id} take {size} bytes, more than a response may have"
            )
            body |= {"Status": "FAILED", "Data": {}, "Reason": failed}
            return _encoded(body)
        reason = _printable(self.reason)
        body["Reason"] = reason
        if _size(body) <= MAX_BYTES:
            return _encoded(body)
        low, high = 0, len(reason)
        while low < high:
            kept = (low + high + 1) // 2
            body["Reason"] = _cut(reason, kept)
            low, high = (kept, high) if _size(body) <= MAX_BYTES else (low, kept - 1)
        body["Reason"] = _cut(reason, low)
        return _encoded(body)


def _cut(text: str, kept: int) -> str:
    """The text with this many of its characters: its beginning and its end."""
    end = kept // 3
    return f"{text[: kept - end]}{_CUT}{text[len(text) - end :]}"


def _printable(text: str) -> str:
    """Control characters in a reason break the page and the API that show it."""
    return "".join(character if character.isprintable() else " " for character in text)


def _encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="replace")


def _size(body: dict[str, Any]) -> int:
    return len(_encoded(body))
