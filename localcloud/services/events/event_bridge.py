"""EventBridge, as the rest of the local cloud and tests use it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from localcloud.kernel.api import ApiRequest
from localcloud.kernel.faults import Faults, error_of
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.server import Server
from localcloud.kernel.site import Site
from localcloud.services.events.faults import Fault
from localcloud.services.events.put import PutEvent, PutService, new_event
from localcloud.services.events.rules import matching_rules
from localcloud.services.events.targets import Delivery, Targets


class EventBridge:
    """moto keeps the buses and the rules, and this class delivers the events.

    An event has been delivered when PutEvents returns. A function that is a target runs by itself from then
    on. There are no retries: a target that takes nothing gets nothing, and `deliveries` says why.

    Args:
        invoke: Queues an event for a function.
    """

    def __init__(
        self, site: Site, server: Server, permissions: Permissions, invoke: Callable[[str, bytes], None]
    ) -> None:
        self._lock = threading.Lock()
        self._events: list[PutEvent] = []
        self._faults = Faults[Fault]()
        self._site = site
        self._targets = Targets(site, permissions, invoke)
        server.register(PutService(site.clock, self._faults, self._send))
        server.observe(before=self._before_call)

    def all(self) -> list[PutEvent]:
        """The events on any bus, in order, without the entries that were refused."""
        with self._lock:
            return list(self._events)

    @property
    def deliveries(self) -> list[Delivery]:
        """The deliveries to targets, also those that were refused, in order."""
        return self._targets.deliveries()

    # --- faults ---------------------------------------------------------------------------------------------

    def fail_calls(
        self,
        code: str = "InternalFailure",
        times: int | None = 1,
        *,
        message: str | None = None,
        status: int | None = None,
    ) -> None:
        """Let calls of PutEvents do nothing but fail.

        Args:
            code: For example `AccessDeniedException`, which refuses them.
            times: How many calls; None for no end.
            message: A sentence that fits the code by default.
            status: By default 500 for InternalFailure, 503 for ServiceUnavailable, otherwise 400.
        """
        self._faults.add(Fault("call", error_of(code, message, status)), times)

    def throttle(self, times: int | None = 1) -> None:
        """Throttle calls of PutEvents."""
        self.fail_calls("ThrottlingException", times)

    def fail_entries(self, code: str = "InternalFailure", times: int | None = 1) -> None:
        """Let single entries fail, in responses with status 200 whose FailedEntryCount says so.

        Args:
            code: The ErrorCode of the entry, for example `ThrottlingException`.
            times: How many entries; None for no end.
        """
        self._faults.add(Fault("entry", error_of(code)), times)

    # --- for the local cloud --------------------------------------------------------------------------------

    def tell(self, source: str, detail_type: str, detail: Any, *, resource: str, time: datetime) -> None:
        """Send an event of one of AWS's services to the rules of the default bus."""
        site = self._site
        event = new_event(
            source,
            detail_type,
            detail,
            resources=[resource],
            account=site.account,
            region=site.region,
            time=time,
        )
        self._send("default", event, f"{source.removeprefix('aws.')}.amazonaws.com")

    def reset(self) -> None:
        """Forget every event, delivery and fault."""
        with self._lock:
            self._events.clear()
        self._targets.clear()
        self._faults.clear()

    def _send(self, bus: str, event: Mapping[str, Any], sender: str) -> None:
        rules = matching_rules(bus, event, self._site.region)
        with self._lock:
            self._events.append(
                PutEvent(
                    bus=bus,
                    source=event["source"],
                    detail_type=event["detail-type"],
                    detail=event["detail"],
                    principal=sender,
                    time=self._site.clock.now(),
                    resources=tuple(event["resources"]),
                )
            )
        for rule in rules:
            self._targets.deliver(rule, event)

    def _before_call(self, request: ApiRequest) -> None:
        is_put = (request.service, request.operation) == ("events", "PutEvents")
        if is_put and (fault := self._faults.take(lambda each: each.strikes == "call")):
            raise fault.error
