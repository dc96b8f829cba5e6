"""The start of new containers, with the faults that a test asks for."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.kernel.faults import Faults
from localcloud.services.sagemaker.execution_role import Owner
from localcloud.services.sagemaker.serving.containers import Containers
from localcloud.services.sagemaker.serving.course import Wait
from localcloud.services.sagemaker.serving.faults import StartFault, When
from localcloud.services.sagemaker.serving.resources import Kind, Resource

STARTUP_SECONDS = 240.0
_DEFAULT_TIMEOUT = 300.0
"""The ContainerStartupHealthCheckTimeoutInSeconds that SageMaker's SDK gives by default."""

_NO_CAPACITY = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
    "Please retry using a different ML instance type or after some time."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """The failure of a start.

    Attributes:
        silently: Whether the API hides it.
    """

    reason: str
    silently: bool = False


Attempt = Generator[Wait, str | None, Failure | None]
"""A part of a course, which returns its failure if there is one."""


class Starting:
    """Starts containers.

    Args:
        model: Finds a model by its name or ARN; None if there is none.
    """

    def __init__(
        self, model: Callable[[str], Resource | None], work: Containers, faults: Faults[StartFault]
    ) -> None:
        self.model = model
        self._work = work
        self._faults = faults

    def start(
        self,
        when: When,
        owner: Owner,
        model_name: str,
        *,
        role_arn: str | None,
        parameters: Mapping[str, Any],
        what: str,
        subject: str,
    ) -> Attempt:
        """Let the time of a start pass, and return the failure if there is one.

        Args:
            parameters: Where the timeouts are: a production variant, or a component's StartupParameters.
            what: The folder of the logs.
            subject: The variant or component, as in "The primary container for <subject>".
        """
        fault = self._faults.take(lambda each: each.fits(when, owner.name))
        kind = fault.kind if fault else None
        silently = fault is not None and fault.silently
        if kind == "capacity":
            yield Wait(STARTUP_SECONDS)
            return Failure(_NO_CAPACITY, silently)
        model = self.model(model_name)
        if model is None:
            return Failure(f'Could not find {Kind.MODEL.in_messages} "{model_name}".')
        if problem := self._work.start(model, role_arn, owner, what):
            yield Wait(STARTUP_SECONDS)
            return Failure(problem, silently)
        timeout = parameters.get("ContainerStartupHealthCheckTimeoutInSeconds") or _DEFAULT_TIMEOUT
        if kind == "health check":
            yield Wait(timeout)
            reason = (
                f"The primary container for {subject} did not pass the ping health check. "
                f"Please check CloudWatch logs for this {owner.arn.split(':')[5].partition('/')[0]}."
            )
            return Failure(reason, silently)
        yield Wait(fault.seconds if fault is not None else STARTUP_SECONDS)
        return None
