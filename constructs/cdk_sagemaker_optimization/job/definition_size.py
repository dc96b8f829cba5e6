"""How large the definition of a job may be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization._lambda.optimization_job.properties import MAX_DEFINITION_BYTES

from .overrides import with_overrides
from .resource import JobResource


@jsii.implements(IValidation)
class DefinitionSize:
    """Checks that a job's definition fits into a request.

    An update carries the old definition and the new one, and Step Functions takes 262,144 bytes of input.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

    Args:
        job: the construct of the job.
        resource: its resource.
        properties: the properties that the resource was made with.
    """

    def __init__(self, job: IConstruct, resource: JobResource, properties: Mapping[str, Any]) -> None:
        self._job = job
        self._resource = resource
        self._properties = dict(properties)

    def check(self) -> None:
        """
        Raises:
            ValueError: a definition that is too large already without what is known only at synthesis.
        """
        known = {name: value for name, value in self._properties.items() if _is_plain(value)}
        problems = _problems(self._job, known)
        if problems:
            raise ValueError("; ".join(problems))

    def validate(self) -> list[str]:
        """At synthesis, when all tags and overrides are known.

        A token counts with what the template has for it.
        """
        resolve = cdk.Stack.of(self._job).resolve
        overrides = resolve(self._resource.overrides)
        return _problems(self._job, with_overrides(resolve(self._properties), overrides))


def _problems(job: IConstruct, properties: Mapping[str, Any]) -> list[str]:
    sizes = {name: len(json.dumps({name: value})) for name, value in properties.items()}
    size = sum(sizes.values())
    if size <= MAX_DEFINITION_BYTES:
        return []
    largest = sorted(sizes, key=lambda name: sizes[name], reverse=True)[:3]
    parts = ", ".join(f"{name} with {sizes[name]:,}" for name in largest)
    return [
        (
            f"the definition of {job.node.path} must have at most {MAX_DEFINITION_BYTES:,} bytes as JSON, "
            f"because an update carries the old one and the new one, got {size:,}: shorten what is largest "
            f"({parts}), such as environments and triggers; a hash of a trigger is as good as the trigger"
        )
    ]


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int, float))
