"""What was put on EventBridge."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from localcloud.api import ApiRequest

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


@dataclass(frozen=True)
class PutEvent:
    """An event that somebody put on a bus.

    Attributes:
        detail: Parsed from JSON.
    """

    bus: str
    source: str
    detail_type: str
    detail: Any
    principal: str
    time: datetime


class PutEvents:
    """Keeps every event that was put, besides what moto does with it (rules, targets, archives)."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._clock = cloud.clock
        self._lock = threading.Lock()
        self._events: list[PutEvent] = []
        cloud.server.observe(after=self._note)

    def all(self) -> list[PutEvent]:
        """In the order in which they were put."""
        with self._lock:
            return list(self._events)

    def reset(self) -> None:
        with self._lock:
            self._events.clear()

    def _note(self, request: ApiRequest) -> None:
        if (request.service, request.operation) != ("events", "PutEvents"):
            return
        for entry in request.parameters["Entries"]:
            event = PutEvent(
                bus=entry.get("EventBusName", "default").rpartition("/")[2],
                source=entry.get("Source", ""),
                detail_type=entry.get("DetailType", ""),
                detail=json.loads(entry.get("Detail", "{}")),
                principal=request.principal.arn,
                time=self._clock.now(),
            )
            with self._lock:
                self._events.append(event)
