"""The checks of a job that wait until every aspect has had its say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jsii
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.facts import Synthesis, node_of

from .rendered import RenderedJob
from .resource import JobResource

Check = Callable[[RenderedJob], list[str]]
"""Says what is wrong with a job; nothing, if it only warns."""


@jsii.implements(IValidation)
class LateChecks:
    """All late checks of a job. They are one object, because the CDK hears of each object by itself.

    Args:
        job: The construct of the job.
        resource: Its resource.
        properties: The properties that the resource was made with.
        checks: The checks, in the order in which their problems are told.
    """

    def __init__(
        self,
        job: IConstruct,
        resource: JobResource,
        properties: Mapping[str, Any],
        checks: Sequence[Check],
    ) -> None:
        self._job = job
        self._resource = resource
        self._properties = dict(properties)
        self._checks = checks
        Synthesis.of(job).forget()
        node_of(job).add_validation(self)

    def validate(self) -> list[str]:
        """At synthesis, when all tags, conditions, dependencies and overrides are known."""
        Synthesis.of(self._job).begin(self)
        rendered = RenderedJob(self._job, self._properties, self._resource.overrides)
        return [problem for check in self._checks for problem in check(rendered)]
