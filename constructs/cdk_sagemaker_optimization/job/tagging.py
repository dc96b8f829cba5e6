"""The rules for a job's tags."""

from __future__ import annotations

import jsii
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization._lambda.optimization_job.service_model import ServiceModel
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.validation import is_unresolved

from .tags import JobTags

_RESERVED = "aws:"


@jsii.implements(IValidation)
class TagValidation:
    """Checks tags at synthesis, when all of them are known.

    Args:
        job: the construct of the job.
        tags: the job's tags.
        own: how many tags the function adds.
    """

    def __init__(self, job: IConstruct, tags: JobTags, *, own: int) -> None:
        self._job = job
        self._tags = tags
        self._own = own

    def validate(self) -> list[str]:
        """What is wrong with the tags."""
        values = self._tags.values()
        tags = [{"Key": key, "Value": value} for key, value in values.items()]
        problems = ServiceModel.load().check("TagList", tags, "tags", is_unresolved=is_unresolved)
        if not problems:
            problems = _limit_problems(len(tags), self._own)
        problems += problems_with_secrets(self._job, {"tags": values})
        return problems + [
            f"the key of a tag must not begin with {_RESERVED!r}, which is AWS's own, got {tag['Key']!r}"
            for tag in tags
            if tag["Key"].lower().startswith(_RESERVED)
        ]


def _limit_problems(count: int, own: int) -> list[str]:
    _, most = ServiceModel.load().limits("TagList")
    if most is None or count + own <= most:
        return []
    return [
        f"tags must have at most {most - own} items, because {own} more is the library's own, got {count}"
    ]
