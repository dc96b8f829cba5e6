"""PutEvents: entries become events, one by one.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localcloud.kernel.api import ApiError, ApiRequest
from localcloud.kernel.clock import Clock
from localcloud.kernel.faults import Faults
from localcloud.services.events.faults import Fault
from localcloud.services.events.rules import check_bus

_MOST_ENTRIES = 10
_LARGEST_REQUEST = 1024 * 1024
_LONGEST_DETAIL_TYPE = 128


@dataclass(frozen=True)
class PutEvent:
    """An event on a bus.

    Attributes:
        detail: Parsed from JSON.
        time: When the call was made, whatever `Time` the entry has.
    """

    bus: str
    source: str
    detail_type: str
    detail: Any
    principal: str
    time: datetime
    resources: tuple[str, ...] = ()


class PutService:
    """Takes the place of moto's PutEvents, which knows few kinds of targets, and no disabled rules.

    Args:
        send: Sends an event to the rules of a bus: the bus, the event, and the ARN of the sender.
    """

    service = "events"
    operations: frozenset[str] | None = frozenset({"PutEvents"})

    def __init__(
        self, clock: Clock, faults: Faults[Fault], send: Callable[[str, Mapping[str, Any], str], None]
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._send = send

    def handle(self, request: ApiRequest) -> Mapping[str, Any]:
        entries: list[Mapping[str, Any]] = request.parameters.get("Entries") or []
        _check_size(entries)
        for entry in entries:
            check_bus(_bus(entry), request.region)
        results = [self._put(entry, request) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in each for each in results), "Entries": results}

    def _put(self, entry: Mapping[str, Any], request: ApiRequest) -> dict[str, str]:
        if (problem := _problem(entry)) is not None:
            return problem
        if (fault := self._faults.take(lambda each: each.strikes == "entry")) is not None:
            return {"ErrorCode": fault.error.code, "ErrorMessage": fault.error.message}
        event = new_event(
            entry["Source"],
            entry["DetailType"],
            json.loads(entry["Detail"]),
            resources=entry.get("Resources") or (),
            account=request.account,
            region=request.region,
            time=entry.get("Time") or self._clock.now(),
        )
        self._send(_bus(entry), event, request.principal.arn)
        return {"EventId": event["id"]}


def new_event(
    source: str,
    detail_type: str,
    detail: Any,
    *,
    resources: Sequence[str],
    account: str,
    region: str,
    time: datetime,
) -> dict[str, Any]:
    """An event as rules and targets see it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }


def _bus(entry: Mapping[str, Any]) -> str:
    """The name of the bus of an entry, which may have it as an ARN."""
    return str(entry.get("EventBusName") or "default").rpartition("/")[2]


def _check_size(entries: list[Mapping[str, Any]]) -> None:
    if not 1 <= len(entries) <= _MOST_ENTRIES:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have "
            f"length between 1 and {_MOST_ENTRIES}, got {len(entries)}",
        )
    if sum(map(_size, entries)) > _LARGEST_REQUEST:
        raise ApiError("ValidationException", "Total size of the entries in the request is over the limit.")


def _size(entry: Mapping[str, Any]) -> int:
    """As EventBridge counts it: 14 bytes for a time, and the texts."""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources") or ()
    return (14 if entry.get("Time") else 0) + sum(len(text.encode()) for text in texts)


def _problem(entry: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the error of an entry that EventBridge does not accept; None if it does."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if len(entry["DetailType"]) > _LONGEST_DETAIL_TYPE:
        reason = f"Parameter DetailType is not valid. Reason: longer than {_LONGEST_DETAIL_TYPE} characters."
        return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    if entry["Source"].startswith("aws."):
        reason = "Not authorized for the source."
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": reason}
    return None
