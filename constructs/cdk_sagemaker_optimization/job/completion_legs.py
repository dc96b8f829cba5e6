"""The resources that wait for a job."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from cdk_sagemaker_optimization._lambda.optimization_job import contract
from cdk_sagemaker_optimization.checks.durations import describe
from cdk_sagemaker_optimization.checks.warnings import warn
from cdk_sagemaker_optimization.props.completion import Completion

from .condition import refuse_condition
from .rendered import RenderedJob


class CompletionLegs(Construct):
    """The legs of the waiting: resources that wait one after the other, at most 55 minutes each.

    No property has the number of legs, and their ids are stable. So another timeout changes only the legs
    that are added or removed, and the last one.
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
            contract.SERVICE_TOKEN: service_token,
            contract.VERSION: contract.PROPERTIES_VERSION,
            contract.JOB_NAME: job.ref,
            contract.RUN: job.get_att(contract.CREATION_TIME),
        }
        if completion.poll_interval is not None:
            common[contract.POLL_INTERVAL] = completion.poll_interval
        for number, timeout in enumerate(self._timeouts, 1):
            properties = {**common, contract.TIMEOUT: timeout}
            if number == len(self._timeouts):
                properties[contract.LAST] = True
            leg = _Leg(self, f"Leg{number}", type=contract.COMPLETION_TYPE, properties=properties)
            if self._legs:
                leg.node.add_dependency(self._legs[-1])
            self._legs.append(leg)

    @property
    def resources(self) -> list[cdk.CfnResource]:
        """The legs in their order."""
        return list(self._legs)

    def check_service_timeouts(self, _rendered: RenderedJob) -> list[str]:
        """Warn about a deployment that waits for a shorter time than its timeout. There is never an error."""
        asked = sum(self._timeouts)
        left = sum(
            min(timeout, leg.service_timeout or timeout)
            for timeout, leg in zip(self._timeouts, self._legs, strict=True)
        )
        if left < asked:
            warn(
                self,
                "shortServiceTimeout",
                f"the ServiceTimeout of the resources of type {contract.COMPLETION_TYPE} ends each part of "
                f"the waiting early, so the deployment waits for the job for {describe(left)} at most, "
                f"instead of {describe(asked)}: exclude these resources from the aspect that sets it, "
                f"because none of them waits longer than {describe(contract.LONGEST_WAIT)}, or give "
                "Completion.wait() a longer timeout",
            )
        return []

    def require_image(self) -> None:
        """Make the last leg fail if SageMaker recommends no image for the artifact."""
        if self._legs:
            self._legs[-1].add_property_override(contract.REQUIRE_IMAGE, True)

    @property
    def last(self) -> cdk.CfnResource | None:
        """The leg that ends when the job has completed. None if nothing waits."""
        return self._legs[-1] if self._legs else None


class _Leg(cdk.CfnResource):
    """A leg, which remembers the ``ServiceTimeout`` that an aspect may give it.

    After that time CloudFormation counts the leg as failed.
    """

    service_timeout: int | None = None

    def add_override(self, path: str, value: Any) -> None:
        refuse_condition(self, path, value)
        if path == f"Properties.{contract.SERVICE_TIMEOUT}":
            digits = str(value)
            self.service_timeout = int(digits) if digits.isascii() and digits.isdigit() else None
        super().add_override(path, value)
