"""The checks of a job that run at synthesis, after all aspects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jsii
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization.facts import Synthesis, node_of

from .rendered import RenderedJob
from .resource import JobResource

Check = Callable[[RenderedJob], list[str]]
"""A check, which returns the problems of a job. A check that only warns returns none."""


@jsii.implements(IValidation)
class LateChecks:
    """All late checks of a job, in one object, because adding each to the CDK takes a message.

    Args:
        job: the construct of the job.
        resource: the job's resource.
        properties: the properties that the resource was defined with.
        checks: the checks, in the order of their problems.
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
        """Run the checks, when all tags, conditions, dependencies and overrides are known."""
        Synthesis.of(self._job).begin(self)
        rendered = RenderedJob(self._job, self._properties, self._resource.overrides)
        return [problem for check in self._checks for problem in check(rendered)]
