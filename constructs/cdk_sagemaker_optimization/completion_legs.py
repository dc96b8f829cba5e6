"""The waiting for a job, as resources."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from .completion import Completion

_RESOURCE_TYPE = "Custom::SageMakerOptimizationJobCompletion"


class CompletionLegs(Construct):
    """A relay of resources, each of which waits for at most 55 minutes and hands over to the next.

    No property names the number of legs, and their ids are stable: another timeout touches only the legs that
    come or go, and the one that is the last.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        job: cdk.CfnResource,
        service_token: str,
        completion: Completion,
        max_runtime: cdk.Duration,
    ) -> None:
        super().__init__(scope, id)
        self._legs: list[cdk.CfnResource] = []
        common: dict[str, Any] = {
            "ServiceToken": service_token,
            "Version": "1",
            "OptimizationJobName": job.ref,
            "Run": job.get_att("CreationTime"),
        }
        if completion.poll_interval is not None:
            common["PollInterval"] = completion.poll_interval
        timeouts = completion.legs(max_runtime)
        for number, timeout in enumerate(timeouts, 1):
            properties = {**common, "Timeout": timeout}
            if number == len(timeouts):
                properties["Last"] = True
            leg = cdk.CfnResource(self, f"Leg{number}", type=_RESOURCE_TYPE, properties=properties)
            if self._legs:
                leg.node.add_dependency(self._legs[-1])
            self._legs.append(leg)

    @property
    def last(self) -> cdk.CfnResource | None:
        """The leg that has ended only when the job has completed; none if nobody waits."""
        return self._legs[-1] if self._legs else None
