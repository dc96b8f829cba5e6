"""The tags of a job, and the check of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from cdk_sagemaker_optimization._lambda.optimization_job.service_model import ServiceModel
from cdk_sagemaker_optimization.checks.kinds import check_strings
from cdk_sagemaker_optimization.checks.secrets_in_props import problems_with_secrets
from cdk_sagemaker_optimization.checks.validation import is_unresolved, plain
from cdk_sagemaker_optimization.facts import Synthesis, scopes_of, stack_of, stacks_around

from .rendered import RenderedJob
from .resource import JobResource


class JobTags:
    """The tags of a job as the API takes them.

    CloudFormation gives a stack's tags (``Stack(tags=…)``) to every resource that it can tag, unless the
    resource has a tag with the key. It cannot tag a custom resource, so these tags are added when they are
    known. ``Tags.of(…)`` around the job decides about its key: it reaches the job by itself, and a user who
    excludes the job means it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
    """

    def __init__(self, job: IConstruct, resource_type: str, tags: Mapping[str, str] | None) -> None:
        if tags is not None:
            check_strings(tags, "tags")
        self._job = job
        #: The tags of ``Tags.of(…)``, which override the tags in the props.
        self.manager = cdk.TagManager(cdk.TagType.KEY_VALUE, resource_type, plain(tags or {}))
        #: The tags of the manager, as the resource's property.
        self.rendered = self.manager.rendered_tags

    def values(self, rendered: RenderedJob) -> dict[str, str]:
        """Return the tags, sorted by their keys. All of them are known only when the app is synthesized."""
        own = self.manager.tag_values() if rendered.properties.get("Tags") else {}
        return dict(sorted({**self._of_the_stacks(), **own}.items()))

    def all_values(self) -> dict[str, str]:
        """Return the tags of a job that no resource stands for, sorted by their keys."""
        return dict(sorted({**self._of_the_stacks(), **self.manager.tag_values()}.items()))

    def later(self) -> cdk.IResolvable:
        """Return a token for all tags as the API takes them, which are known only at synthesis."""
        return cdk.Lazy.any(_AllTags(self), omit_empty_array=True)

    def _of_the_stacks(self) -> dict[str, str]:
        synthesis = Synthesis.of(self._job)
        tags = {
            key: value
            for stack in stacks_around(self._job)
            for key, value in synthesis.once(stack, "tags", partial(_tags_of, stack)).items()
            # The CDK gives CloudFormation no tags of a stack that are known only at deployment.
            if not is_unresolved(key) and not is_unresolved(value)
        }
        decided = self._decided_by_aspects() if tags else ()
        return {key: value for key, value in tags.items() if key not in decided}

    def _decided_by_aspects(self) -> set[str]:
        return {
            aspect.key
            for scope in scopes_of(self._job)
            for aspect in cdk.Aspects.of(scope).all
            if isinstance(aspect, (cdk.Tag, cdk.RemoveTag))
        }


@jsii.implements(cdk.IStableAnyProducer)
class _AllTags:
    def __init__(self, tags: JobTags) -> None:
        self._tags = tags

    def produce(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self._tags.all_values().items()]


def _tags_of(stack: cdk.Stack) -> dict[str, str]:
    return dict(stack.tags.tag_values())


_RESERVED = "aws:"


class TagCheck:
    """Renders the tags of a job and checks them, when all of them are known.

    Args:
        job: the construct of the job.
        resource: the job's resource.
        tags: the job's tags.
        own: the number of tags that the function adds.
        what: the kind of the construct, for messages.
    """

    def __init__(
        self, job: IConstruct, resource: JobResource, tags: JobTags, *, own: int, what: str = "job"
    ) -> None:
        self._job = job
        self._resource = resource
        self._tags = tags
        self._own = own
        self._what = what

    def problems(self, rendered: RenderedJob) -> list[str]:
        """Find tags that a job cannot have."""
        values = self._tags.values(rendered)
        tags = [{"Key": key, "Value": value} for key, value in values.items()]
        self._render(rendered, tags)
        return tag_problems(self._job, values, own=self._own, what=self._what)

    def _render(self, rendered: RenderedJob, tags: list[dict[str, str]]) -> None:
        """Add the tags of the stacks to those of the manager, and sort all of them."""
        if [tag["Key"] for tag in rendered.properties.get("Tags") or []] != [tag["Key"] for tag in tags]:
            self._resource.replace_tags(tags)
            rendered.properties["Tags"] = stack_of(self._job).resolve(tags)


def tag_problems(job: IConstruct, values: Mapping[str, str], *, own: int, what: str = "job") -> list[str]:
    """Find tags that a job or model cannot have.

    Args:
        job: the construct of the job.
        values: the values of the tags by their keys.
        own: the number of tags that the function adds.
        what: the kind of the construct, for messages. Default: a job.
    """
    tags = [{"Key": key, "Value": value} for key, value in values.items()]
    problems = ServiceModel.load().check("TagList", tags, "tags", is_unresolved=is_unresolved)
    if not problems:
        problems = _limit_problems(len(tags), own)
    problems += problems_with_secrets(job, {"tags": dict(values)}, what=what)
    return problems + [
        f"the key of a tag must not begin with {_RESERVED!r}, which only AWS may use, got {key!r}"
        for key in values
        if key.lower().startswith(_RESERVED)
    ]


def _limit_problems(count: int, own: int) -> list[str]:
    _, most = ServiceModel.load().limits("TagList")
    if most is None or count + own <= most:
        return []
    return [f"tags must have at most {most - own} items, because the library adds {own} more, got {count}"]
