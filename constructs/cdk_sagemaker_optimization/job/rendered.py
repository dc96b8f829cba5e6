"""What the template will say of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import node_of, options_of, stack_of


class RenderedJob:
    """The parts of a job that checks ask for, when every aspect has had its say. One message brings them all.

    Args:
        job: The construct of the job.
        properties: The properties that its resource was made with.
        overrides: What was overridden in the resource, by its path.
    """

    def __init__(self, job: IConstruct, properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
        #: The resources of the job, and what else was put into it.
        self.resources = [each for each in node_of(job).find_all() if isinstance(each, cdk.CfnResource)]
        options = [options_of(each) for each in self.resources]
        rendered = stack_of(job).resolve(
            {"options": options, "properties": properties, "overrides": overrides}
        )
        #: The properties, without what was overridden.
        self.properties: dict[str, Any] = rendered["properties"]
        #: What was overridden, by its path.
        self.overrides: dict[str, Any] = rendered.get("overrides") or {}
        self._options: dict[IConstruct, dict[str, Any]] = dict(
            zip(self.resources, rendered["options"], strict=True)
        )

    def options(self, resource: cdk.CfnResource) -> dict[str, Any]:
        """The options of a resource that are set, such as its ``deletionPolicy``."""
        return self._options[resource]

    def condition(self, resource: cdk.CfnResource) -> object:
        """The condition of a resource, as the template names it; none if it has none."""
        return self._options[resource].get("condition")
