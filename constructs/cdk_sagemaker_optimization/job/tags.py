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
    """Renders a job's tags as the API takes them.

    CloudFormation gives a stack's tags (``Stack(tags=…)``) to every resource that it knows how to tag, with
    the resource's own before them. It does not know how to tag a custom resource, so its tags are rendered
    here. What ``Tags.of(…)`` says of a key around the job comes first: it reaches the job by itself, and
    whoever leaves the job out means it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """

    def __init__(self, job: IConstruct, resource_type: str, tags: Mapping[str, str] | None) -> None:
        if tags is not None:
            check_strings(tags, "tags")
        self._job = job
        #: Where ``Tags.of(…)`` puts the job's tags; it overrides those given.
        self.manager = cdk.TagManager(cdk.TagType.KEY_VALUE, resource_type, plain(tags or {}))

    def values(self) -> dict[str, str]:
        """The tags, sorted by their keys. All of them are known only at the end of synthesis."""
        tags = {**self._of_the_stacks(), **self.manager.tag_values()}
        return dict(sorted(tags.items()))

    def produce(self) -> list[dict[str, str]] | None:
        """The tags as the template holds them."""
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
    """The job's stack and those that it is nested in, the outermost first."""
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
