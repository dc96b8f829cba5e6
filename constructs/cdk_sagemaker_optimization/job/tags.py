"""The tags of a job, and the check of them."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import jsii
from constructs import IConstruct, IValidation

from cdk_sagemaker_optimization._lambda.optimization_job.service_model import ServiceModel
from cdk_sagemaker_optimization.checks.kinds import check_strings
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.validation import is_unresolved, plain


@jsii.implements(cdk.IStableAnyProducer)
class JobTags:
    """The tags of a job as the API takes them.

    CloudFormation gives a stack's tags (``Stack(tags=…)``) to every resource that it can tag, unless the
    resource has a tag with the key. It cannot tag a custom resource, so the template has these tags in the
    job's properties. ``Tags.of(…)`` around the job decides about its key: it reaches the job by itself, and a
    user who excludes the job means it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """

    def __init__(self, job: IConstruct, resource_type: str, tags: Mapping[str, str] | None) -> None:
        if tags is not None:
            check_strings(tags, "tags")
        self._job = job
        #: The tags of ``Tags.of(…)``, which override the tags in the props.
        self.manager = cdk.TagManager(cdk.TagType.KEY_VALUE, resource_type, plain(tags or {}))

    def values(self) -> dict[str, str]:
        """Return the tags, sorted by their keys. All of them are known only at the end of synthesis."""
        tags = {**self._of_the_stacks(), **self.manager.tag_values()}
        return dict(sorted(tags.items()))

    def produce(self) -> list[dict[str, str]] | None:
        """Return the tags as the template has them."""
        return [{"Key": key, "Value": value} for key, value in self.values().items()] or None

    def _of_the_stacks(self) -> dict[str, str]:
        tags = {
            key: value
            for stack in _stacks_around(self._job)
            for key, value in stack.tags.tag_values().items()
            # The CDK gives CloudFormation no tags of a stack that are known only at deployment.
            if not is_unresolved(key) and not is_unresolved(value)
        }
        decided = self._decided_by_aspects() if tags else ()
        return {key: value for key, value in tags.items() if key not in decided}

    def _decided_by_aspects(self) -> set[str]:
        return {
            aspect.key
            for scope in self._job.node.scopes
            for aspect in cdk.Aspects.of(scope).all
            if isinstance(aspect, (cdk.Tag, cdk.RemoveTag))
        }


def _stacks_around(job: IConstruct) -> list[cdk.Stack]:
    """Return the job's stack and the stacks around it, the outermost first."""
    stacks = [cdk.Stack.of(job)]
    while (parent := stacks[0].nested_stack_parent) is not None:
        stacks.insert(0, parent)
    return stacks


_RESERVED = "aws:"


@jsii.implements(IValidation)
class TagValidation:
    """Checks tags at synthesis, when all of them are known.

    Args:
        job: the construct of the job.
        tags: the job's tags.
        own: the number of tags that the function adds.
    """

    def __init__(self, job: IConstruct, tags: JobTags, *, own: int) -> None:
        self._job = job
        self._tags = tags
        self._own = own

    def validate(self) -> list[str]:
        """Find tags that a job cannot have."""
        values = self._tags.values()
        tags = [{"Key": key, "Value": value} for key, value in values.items()]
        problems = ServiceModel.load().check("TagList", tags, "tags", is_unresolved=is_unresolved)
        if not problems:
            problems = _limit_problems(len(tags), self._own)
        problems += problems_with_secrets(self._job, {"tags": values})
        return problems + [
            f"the key of a tag must not begin with {_RESERVED!r}, which only AWS may use, got {tag['Key']!r}"
            for tag in tags
            if tag["Key"].lower().startswith(_RESERVED)
        ]


def _limit_problems(count: int, own: int) -> list[str]:
    _, most = ServiceModel.load().limits("TagList")
    if most is None or count + own <= most:
        return []
    return [f"tags must have at most {most - own} items, because the library adds {own} more, got {count}"]
