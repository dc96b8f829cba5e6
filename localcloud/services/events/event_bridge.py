"""EventBridge, as the rest of the local cloud and tests use it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from localcloud.kernel.api import AnswerLost, ApiError, ApiRequest
from localcloud.services.events.faults import CALL_MESSAGES, Faults
from localcloud.services.events.put import PutEvent, PutService
from localcloud.services.events.targets import Delivery, Targets

if TYPE_CHECKING:
    from localcloud.cloud import LocalCloud


class EventBridge:
    """Buses and rules are moto's; what happens to an event is ours.

    An event has been delivered when PutEvents answers. A function or a state machine that is a target runs by
    itself from then on. There are no retries: a target that takes nothing gets nothing, and `deliveries` says
    why.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        self._lock = threading.Lock()
        self._events: list[PutEvent] = []
        self._faults = Faults()
        self._targets = Targets(cloud)
        cloud.server.register(PutService(cloud, self._faults, self._targets, self._keep))
        cloud.server.observe(before=self._before_call, after=self._after_call)

    def all(self) -> list[PutEvent]:
        """What was put on any bus, in order. An entry that was refused is not among it."""
        with self._lock:
            return list(self._events)

    @property
    def deliveries(self) -> list[Delivery]:
        """What was given to targets, or refused by them, in order."""
        return self._targets.deliveries()

    # --- what goes wrong ------------------------------------------------------------------------------------

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
        self._faults.fail_calls(code, times, message=message, status=status)

    def throttle(self, times: int | None = 1) -> None:
        """Throttle calls of PutEvents."""
        self.fail_calls("ThrottlingException", times)

    def fail_entries(self, code: str = "InternalFailure", times: int | None = 1) -> None:
        """Let single entries fail, in answers with status 200 whose FailedEntryCount says so.

        Args:
            code: The ErrorCode of the entry, for example `ThrottlingException`.
            times: How many entries; None for no end.
        """
        self._faults.fail_entries(code, times)

    def lose_answers(self, times: int | None = 1) -> None:
        """Put the events of calls, and then close the connection without an answer."""
        self._faults.lose_answers(times)

    # --- for the local cloud --------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget every event, delivery and fault."""
        with self._lock:
            self._events.clear()
        self._targets.clear()
        self._faults.clear()

    def _keep(self, event: PutEvent) -> None:
        with self._lock:
            self._events.append(event)

    def _before_call(self, request: ApiRequest) -> None:
        if _is_put(request) and (failure := self._faults.call_failure()):
            message = failure.message or CALL_MESSAGES.get(failure.code, f"{failure.code} was asked for")
            raise ApiError(failure.code, message, failure.status)

    def _after_call(self, request: ApiRequest) -> None:
        if _is_put(request) and self._faults.loses_answer():
            raise AnswerLost


def _is_put(request: ApiRequest) -> bool:
    return (request.service, request.operation) == ("events", "PutEvents")
