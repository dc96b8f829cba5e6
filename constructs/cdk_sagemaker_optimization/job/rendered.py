"""The parts of a job as the template will have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from cdk_sagemaker_optimization.facts import node_of, options_of, stack_of


class RenderedJob:
    """The parts of a job that checks need, after all aspects, read with one message.

    Args:
        job: the construct of the job.
        properties: the properties that its resource was defined with.
        overrides: the overrides of the resource by their paths.
    """

    def __init__(self, job: IConstruct, properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
        #: The resources of the job, and those that were added to it.
        self.resources = [each for each in node_of(job).find_all() if isinstance(each, cdk.CfnResource)]
        options = [options_of(each) for each in self.resources]
        rendered = stack_of(job).resolve(
            {"options": options, "properties": properties, "overrides": overrides}
        )
        #: The properties without the overrides.
        self.properties: dict[str, Any] = rendered["properties"]
        resolved = rendered.get("overrides") or {}
        #: The overrides by their paths. The CDK leaves out what is None, and so removes a property.
        self.overrides: dict[str, Any] = {
            path: resolved.get(path, None if value is None else {}) for path, value in overrides.items()
        }
        self._options: dict[IConstruct, dict[str, Any]] = dict(
            zip(self.resources, rendered["options"], strict=True)
        )

    def options(self, resource: cdk.CfnResource) -> dict[str, Any]:
        """Return the options of a resource that are set, such as its ``deletionPolicy``."""
        return self._options[resource]

    def condition(self, resource: cdk.CfnResource) -> object:
        """Return the condition of a resource as the template names it. None if it has none."""
        return self._options[resource].get("condition")
