"""The check that a job's definition is not too large for an update."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from constructs import IConstruct

from cdk_sagemaker_optimization._lambda.optimization_job.contract import MAX_DEFINITION_BYTES

from .overrides import with_overrides
from .rendered import RenderedJob


class DefinitionSize:
    """Checks that a job's definition fits into a request.

    An update carries the old definition and the new one, and Step Functions takes 262,144 bytes of input.

    https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

    Args:
        job: the construct of the job.
        properties: the properties that its resource was defined with.
        is_text: whether an execution has the properties as a text in JSON, in which quotes take more room.
    """

    def __init__(self, job: IConstruct, properties: Mapping[str, Any], *, is_text: bool = False) -> None:
        self._job = job
        self._properties = dict(properties)
        self._is_text = is_text

    def check(self) -> None:
        """Check the properties that are known already.

        Raises:
            ValueError: they alone are too large.
        """
        known = {name: value for name, value in self._properties.items() if _is_plain(value)}
        problems = self._problems(known)
        if problems:
            raise ValueError("; ".join(problems))

    def problems(self, rendered: RenderedJob) -> list[str]:
        """Find that the definition is too large, when all tags and overrides are known.

        A token counts with its text in the template.
        """
        return self._problems(with_overrides(dict(rendered.properties), rendered.overrides))

    def _problems(self, properties: Mapping[str, Any]) -> list[str]:
        sizes = {name: self._size({name: value}) for name, value in properties.items()}
        size = sum(sizes.values())
        if size <= MAX_DEFINITION_BYTES:
            return []
        largest = sorted(sizes, key=lambda name: sizes[name], reverse=True)[:3]
        parts = ", ".join(f"{name} with {sizes[name]:,}" for name in largest)
        form, why = "JSON", "an update carries the old one and the new one"
        shorter = "environments, or give hashes as triggers"
        if self._is_text:
            form, why = "a text in JSON", "an execution has it twice after each look at the job"
            shorter = "environments"
        problem = (
            f"the definition of {self._job.node.path} must have at most {MAX_DEFINITION_BYTES:,} bytes as "
            f"{form}, because {why}, got {size:,}: shorten the largest properties ({parts}), such as "
            f"{shorter}"
        )
        return [problem]

    def _size(self, properties: Mapping[str, Any]) -> int:
        text = json.dumps(properties)
        return len(json.dumps(text) if self._is_text else text)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int, float))
