"""Asynchronous invocations, with Lambda's retries.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from localcloud.kernel.api import ApiError
from localcloud.kernel.site import Site
from localcloud.services.awslambda.configuration import Configuration, configuration, registered
from localcloud.services.awslambda.faults import Asynchronous, Faults
from localcloud.services.awslambda.invocation import Invoker

_RETRY_DELAYS = (60.0, 120.0)
"""Clock seconds before the second and the third attempt."""


@dataclass
class Events:
    """Each event on a thread of its own, until the function has dealt with it or the attempts are used up."""

    site: Site
    invoker: Invoker
    faults: Faults

    def add(self, configured: Configuration, payload: bytes) -> None:
        fault = self.faults.strike(Asynchronous, configured.name, payload)
        deliveries, delay = (fault.deliveries, fault.delay) if fault else (1, 0.0)
        request_id = str(uuid.uuid4())
        for _ in range(deliveries):
            self.site.clock.start_thread(
                self._deliver, configured, payload, request_id, delay, name=f"event for {configured.name}"
            )

    def _deliver(self, configured: Configuration, payload: bytes, request_id: str, delay: float) -> None:
        self.site.clock.sleep(delay)
        try:
            pauses = _RETRY_DELAYS[: self._retries(configured)]
        except ApiError:
            # The function was deleted meanwhile, and its events with it.
            return
        for pause in (*pauses, None):
            try:
                # The function may have been changed since the last attempt.
                current = configuration(configured.arn, self.site.region)
                if self.invoker.run(current, payload, request_id).error is None:
                    return
            except ApiError as error:
                if error.code == "ResourceNotFoundException":
                    return
            if pause is not None:
                self.site.clock.sleep(pause)

    def _retries(self, configured: Configuration) -> int:
        """The function's own MaximumRetryAttempts, or 2."""
        configs = registered(configured.arn, self.site.region).event_invoke_config
        attempts = [config["MaximumRetryAttempts"] for config in configs if "MaximumRetryAttempts" in config]
        return int(attempts[0]) if attempts else len(_RETRY_DELAYS)
