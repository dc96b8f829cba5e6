"""CloudWatch Logs for other services, which write with the permissions of a role."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from localcloud.kernel.moto_app import backend
from localcloud.kernel.permissions import Permissions
from localcloud.kernel.site import Site
from localcloud.services.logs.embedded_metrics import Datum, data_in


class Logs:
    """Writes to moto's log groups at the clock's time.

    moto's own PutLogEvents refuses what is hours ahead of the real time, so the streams are written directly.

    Args:
        measure: Takes each value of a metric that a line has in the embedded metric format.
    """

    def __init__(self, site: Site, permissions: Permissions, measure: Callable[[Datum], None]) -> None:
        self._site = site
        self._measure = measure
        self._permissions = permissions
        self._lock = threading.Lock()

    def write(self, principal_arn: str, group: str, stream: str, lines: list[str]) -> bool:
        """Add lines to a stream. Group and stream are created if need be, and if the principal may.

        Returns whether the lines were written. Without permission nothing is written, silently, as on AWS.
        """
        logs = backend("logs", self._site.region)
        with self._lock:
            found = logs.groups.get(group)
            if found is None:
                if not self._may(principal_arn, "logs:CreateLogGroup", group, ""):
                    return False
                logs.create_log_group(group, {})
                found = logs.groups[group]
            if stream not in found.streams:
                if not self._may(principal_arn, "logs:CreateLogStream", group, stream):
                    return False
                found.create_log_stream(stream)
            if not self._may(principal_arn, "logs:PutLogEvents", group, stream):
                return False
            self._append(found, stream, lines)
        for line in lines:
            for datum in data_in(line):
                self._measure(datum)
        return True

    def deliver(self, group: str, stream: str, lines: list[str]) -> None:
        """Add lines to a new stream of a group that is there, for a service that has checked the permission.

        Raises KeyError if there is no such group.
        """
        with self._lock:
            found = backend("logs", self._site.region).groups[group]
            found.create_log_stream(stream)
            self._append(found, stream, lines)

    def lines(self, group: str) -> list[str]:
        """Every line of a group, stream by stream; nothing if there is no such group."""
        found: Any = backend("logs", self._site.region).groups.get(group)
        if found is None:
            return []
        return [event.message for stream in list(found.streams.values()) for event in list(stream.events)]

    def _append(self, group: Any, stream: str, lines: list[str]) -> None:
        now = int(self._site.clock.time() * 1000)
        group.put_log_events(stream, [{"timestamp": now, "message": line} for line in lines])

    def _may(self, principal_arn: str, action: str, group: str, stream: str) -> bool:
        place = f"arn:aws:logs:{self._site.region}:{self._site.account}"
        resource = f"{place}:log-group:{group}:log-stream:{stream}"
        return self._permissions.authorize(principal_arn, action, resource).allowed
