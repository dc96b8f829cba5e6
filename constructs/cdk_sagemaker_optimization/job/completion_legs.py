"""The waiting for a job, as resources."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from cdk_sagemaker_optimization.checks.durations import describe
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.props.completion import Completion

from .condition import refuse_condition

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
        self._legs: list[_Leg] = []
        self._timeouts = completion.legs(max_runtime)
        common: dict[str, Any] = {
            "ServiceToken": service_token,
            "Version": "1",
            "OptimizationJobName": job.ref,
            "Run": job.get_att("CreationTime"),
        }
        if completion.poll_interval is not None:
            common["PollInterval"] = completion.poll_interval
        for number, timeout in enumerate(self._timeouts, 1):
            properties = {**common, "Timeout": timeout}
            if number == len(self._timeouts):
                properties["Last"] = True
            leg = _Leg(self, f"Leg{number}", type=_RESOURCE_TYPE, properties=properties)
            if self._legs:
                leg.node.add_dependency(self._legs[-1])
            self._legs.append(leg)
        self.node.add_validation(_ServiceTimeouts(self))

    @property
    def resources(self) -> list[cdk.CfnResource]:
        """The legs, in their order."""
        return list(self._legs)

    def seconds(self, *, within_service_timeouts: bool) -> int:
        """How long the legs wait together.

        Args:
            within_service_timeouts: whether each ends by the ``ServiceTimeout`` that somebody gave it.
        """
        return sum(
            min(timeout, leg.service_timeout or timeout) if within_service_timeouts else timeout
            for timeout, leg in zip(self._timeouts, self._legs, strict=True)
        )

    @property
    def last(self) -> cdk.CfnResource | None:
        """The leg that has ended only when the job has completed; none if nobody waits."""
        return self._legs[-1] if self._legs else None


class _Leg(cdk.CfnResource):
    """One leg. It remembers the ``ServiceTimeout`` that an aspect may give it, after which CloudFormation
    takes it for failed.
    """

    service_timeout: int | None = None

    def add_override(self, path: str, value: Any) -> None:
        refuse_condition(self, path, value)
        if path == "Properties.ServiceTimeout":
            digits = str(value)
            self.service_timeout = int(digits) if digits.isascii() and digits.isdigit() else None
        super().add_override(path, value)


@jsii.implements(IValidation)
class _ServiceTimeouts:
    """Warns, when every aspect has had its say, that a deployment waits for a shorter time than was asked."""

    def __init__(self, legs: CompletionLegs) -> None:
        self._legs = legs

    def validate(self) -> list[str]:
        """Warn, and find no error."""
        asked, left = (self._legs.seconds(within_service_timeouts=within) for within in (False, True))
        if left < asked:
            warn(
                self._legs,
                "shortServiceTimeout",
                f"the ServiceTimeout of the resources of type {_RESOURCE_TYPE} ends each part of the waiting "
                f"early, so the deployment waits for the job for {describe(left)} at most, instead of "
                f"{describe(asked)}: leave these resources out of what sets it, because none of them waits "
                "longer than 55 minutes, or give Completion.wait() a longer timeout",
            )
        return []
